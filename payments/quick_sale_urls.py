"""The counter's address."""

from django.urls import path

from payments.views import quick_sale

app_name = "quick_sale"
urlpatterns = [path("", quick_sale.new, name="new")]
