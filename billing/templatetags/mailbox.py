"""The way to the demo's mailbox, where there is one."""

from django import template
from django.urls import reverse

from billing import mailbox

register = template.Library()


@register.simple_tag
def mailbox_url() -> str:
    """Return the address of the mailbox, "" on an installation without one."""
    return reverse("billing:mailbox") if mailbox.is_here() else ""
