"""The pages only a demo has."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("sri/", views.shown, name="simulator"),
    path("sri/falla/", views.switched, name="simulator_switch"),
    path("sri/rechazo/", views.refusing, name="simulator_refusal"),
    path("sri/reloj/", views.clock_set, name="simulator_clock"),
    path("sri/normal/", views.mended, name="simulator_mended"),
]
