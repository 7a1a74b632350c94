"""The pages of audit."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.Log.as_view(), name="log"),
    path("<int:pk>/", views.entry, name="entry"),
    path("accesos/", views.AccessLog.as_view(), name="access"),
    path("verificacion/", views.verify, name="verify"),
    path("insignias/", views.badges, name="badges"),
]
