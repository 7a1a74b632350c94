"""Every address of the site, and which app answers it."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from core import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
]
