"""The way to the page that drives the demo's SRI, where there is one."""

from django import template
from django.urls import reverse

from demo import simulator

register = template.Library()


@register.simple_tag
def simulator_url() -> str:
    """Return the address of the page, "" on an installation without a simulator."""
    return reverse("demo:simulator") if simulator.is_here() else ""
