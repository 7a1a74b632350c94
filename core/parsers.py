"""Bodies of the API: JSON that can be read, or a refusal that says where it cannot."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Halves of characters, which alone neither a table nor an answer could hold.
SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonBody(JSONParser):
    """Reads JSON; also what is nested too deep to read, and half a character, is a refusal."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the body's value.

        Raises:
            ParseError: it is not JSON (`parse_error`).
        """
        body = stream.read()
        try:
            value = super().parse(BytesIO(body), media_type, parser_context)
            if SURROGATE.search(body):
                json.dumps(value, ensure_ascii=False).encode()
        except (ParseError, RecursionError, UnicodeEncodeError) as error:
            raise ParseError(_("El cuerpo no es JSON válido%(place)s.") % {"place": _place(error)}) from error
        return value


def _place(error: Exception) -> str:
    """Say where reading stopped, where Python's reader says so."""
    cause = error.__context__
    if not isinstance(cause, json.JSONDecodeError):
        return ""
    return _(" (línea %(line)d, columna %(column)d)") % {"line": cause.lineno, "column": cause.colno}
