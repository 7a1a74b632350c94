"""The pages of the company's side of SRI."""

from django.urls import path

from sri import views

app_name = "sri"
urlpatterns = [
    path("certificados/", views.Certificates.as_view(), name="certificates"),
    path("certificados/nuevo/", views.Upload.as_view(), name="certificate_new"),
    path("certificados/<int:pk>/retirar/", views.Retire.as_view(), name="certificate_retire"),
]
