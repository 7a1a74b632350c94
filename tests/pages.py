"""Pages as a person uses them: a form is fetched, filled in and sent."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Fields = dict[str, list[str]]


class _Forms(HTMLParser):
    """Collects what each form of a page would send if nobody touched it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, Any], Fields]] = []
        self._fields: Fields | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        if tag == "form":
            self._fields = {}
            self.forms.append((found, self._fields))
        if self._fields is None:
            return
        name, value = found.get("name") or "", found.get("value")
        if tag == "input" and name and found.get("type") not in ("submit", "button", "file"):
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self._fields.setdefault(name, []).append("on" if value is None and "checked" in found else value or "")
        elif tag == "select" and name:
            self._select = name, []
        elif tag == "option" and self._select:
            self._select[1].append((value or "", "selected" in found))
        elif tag == "textarea" and name:
            self._textarea = name
            self._fields[name] = [""]

    def handle_data(self, data: str) -> None:
        if self._textarea and self._fields is not None:
            self._fields[self._textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "textarea":
            if self._fields is not None and self._textarea:
                self._fields[self._textarea][0] = self._fields[self._textarea][0].removeprefix("\n")
            self._textarea = ""
        elif tag == "select" and self._select and self._fields is not None:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self._fields[name] = chosen
            self._select = None


def form_of(client: Client, path: str) -> Fields:
    """Return what the largest form of a page would send, without the key that makes a second sending the first."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    parser = _Forms()
    parser.feed(response.content.decode())
    posted = [fields for found, fields in parser.forms if found.get("method", "").lower() == "post"]
    fields = max(posted, key=len)
    return {name: values for name, values in fields.items() if name != "_key" and "__prefix__" not in name}


def filled(client: Client, path: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Fetch a page and fill in its form; a key `lines-0-product` counts the lines it needs by itself."""
    return fill(form_of(client, path), values)


def fill(form: Fields, values: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in a form that was fetched."""
    fields: dict[str, Any] = dict(form)
    for name, value in values.items():
        fields[name] = value
        prefix, _, rest = name.partition("-")
        number = rest.partition("-")[0]
        total = f"{prefix}-TOTAL_FORMS"
        if number.isdecimal() and total in fields:
            count = int(fields[total][0] if isinstance(fields[total], list) else fields[total])
            fields[total] = str(max(count, int(number) + 1))
    return fields


def errors_of(response: Any) -> list[str]:
    """Return what a refused form says, for the message of a failing test."""
    forms = [layer["form"] for layer in response.context or [] if "form" in layer]
    return [form.errors.as_text() for form in forms]
