"""What is the matter in the company, over every page: asked for again when an event says that it may have moved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.views import page


@page()
def show(request: HttpRequest) -> HttpResponse:
    """Answer the notices alone."""
    return render(request, "components/notices.html")
