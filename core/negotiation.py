"""In which format the API answers."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneFormat(DefaultContentNegotiation):
    """Answers in the view's own format, whatever the caller accepts: a refusal is always readable."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Take the view's first renderer."""
        first = next(iter(renderers))
        return first, str(first.media_type)
