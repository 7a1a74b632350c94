"""The API resources of reservations."""

from django.urls import URLPattern
from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns: list[URLPattern] = []
