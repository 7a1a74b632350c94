"""Every address of the site, and which app answers it."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from billing.views.home import home
from config.gallery import gallery
from core import goto, health, schema
from reservations.urls import agenda_urlpatterns

handler400 = "core.problems.bad_request"
handler403 = "core.problems.permission_denied"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", schema.schema, name="schema"),
    path("docs/", schema.docs, name="docs"),
    path("", include("companies.api.urls")),
    path("", include("audit.api.urls")),
    path("", include("sri.api.urls")),
    path("", include("desk.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("payments.api.urls")),
    path("", include("reservations.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("buscar/", goto.search, name="search"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
    path("cuenta/", include("companies.account_urls")),
    path("api/v1/", include((api_urlpatterns, "api"))),
    path("empresa/", include("companies.urls")),
    path("empresa/sri/", include("sri.urls")),
    path("auditoria/", include("audit.urls")),
    path("reservas/", include("reservations.urls")),
    path("", include((agenda_urlpatterns, "agenda"))),
    path("venta/", include("payments.quick_sale_urls")),
    path("cobros/", include("payments.urls")),
    path("demostracion/", include("demo.urls")),
    path("", include("desk.urls")),
    path("", include("billing.urls")),
]

if settings.DEBUG:
    urlpatterns += [path("componentes/", gallery), path("componentes/<str:name>/", gallery)]
