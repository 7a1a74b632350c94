"""The gallery alone, with a few addresses for the navigation to show."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config.gallery import gallery


def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer an address that only has to exist."""
    return HttpResponse("<!doctype html><title>Otra página</title><main id=main><h1>Otra página</h1></main>")


billing = [path("pendientes/", nowhere, name="billables"), path("facturas/", nowhere, name="invoices")]
payments = [path("", nowhere, name="list"), path("metodos/", nowhere, name="methods")]

urlpatterns = [
    path("", nowhere, name="home"),
    path("componentes/", gallery),
    path("componentes/<str:name>/", gallery),
    path("", include((billing, "billing"))),
    path("cobros/", include((payments, "payments"))),
]
