"""The gallery alone, with a few addresses for the navigation to show."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.gallery import gallery


def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer an address that only has to exist."""
    return HttpResponse("<!doctype html><title>Otra página</title><main id=main><h1>Otra página</h1></main>")


def nothing(request: HttpRequest) -> HttpResponse:
    """Answer what the shell asks for by itself."""
    return HttpResponse()


desk = [path("tareas/bandeja/", nothing, name="tray"), path("menciones/", nowhere, name="mentions"),
        path("tareas/", nowhere, name="tasks")]  # fmt: skip
billing = [path("pendientes/", nowhere, name="billables"), path("facturas/", nowhere, name="invoices")]
payments = [path("", nowhere, name="list"), path("metodos/", nowhere, name="methods")]

urlpatterns = [
    path("", nowhere, name="home"),
    path("componentes/", gallery),
    path("componentes/<str:name>/", gallery),
    path("", include((billing, "billing"))),
    path("", include((desk, "desk"))),
    path("cobros/", include((payments, "payments"))),
]
