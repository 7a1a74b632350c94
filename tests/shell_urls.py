"""The site's addresses, and two that show nothing: what the shell takes by itself, and a request without it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from config import urls
from core.views import page


@page()
def shell(request: HttpRequest) -> HttpResponse:
    """Show the shell around nothing."""
    return render(request, "base.html")


@page()
def nothing(request: HttpRequest) -> HttpResponse:
    """Show nothing at all."""
    return HttpResponse()


urlpatterns = [*urls.urlpatterns, path("_shell/", shell), path("_nothing/", nothing)]
