"""A program that calls the API, and holds every answer against the OpenAPI document."""

import json
import re
from functools import cache
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from companies import tokens
from companies.models import User
from core.problems import PROBLEM
from core.schema import document

BASE = "/api/v1/"


class Api:
    """Calls as a person's program does; `last` is the whole last response."""

    def __init__(self, user: User | None = None, *, key: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = dict(headers)
        if user or key:
            self.headers["Authorization"] = f"Bearer {key or tokens.issue(user)['access']}"  # type: ignore[arg-type]
        self.last: Any = None

    def get(self, path: str, params: dict[str, Any] | None = None, **headers: str) -> Any:
        """Read; return the body."""
        return self._send("GET", path, params, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Create or act; return the body."""
        return self._send("POST", path, {} if body is None else body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        """Replace; return the body."""
        return self._send("PUT", path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """Change; return the body."""
        return self._send("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        """Remove; return the body."""
        return self._send("DELETE", path, None, headers)

    @property
    def status(self) -> int:
        """Return the last answer's status."""
        return self.last.status_code  # type: ignore[no-any-return]

    def _send(self, method: str, path: str, content: Any, headers: dict[str, str]) -> Any:
        url = path if path.startswith("/") else BASE + path
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        call = getattr(self.client, method.lower())
        options: dict[str, Any] = {"headers": self.headers | names}
        if method != "GET" and content is not None and not _has_file(content):
            options["content_type"] = "application/json"
        self.last = call(url, content, **options) if content is not None else call(url, **options)
        return check(method, url, self.last)


def _has_file(content: Any) -> bool:
    """Say whether a body carries a file, and so is sent as a form."""
    return isinstance(content, dict) and any(hasattr(value, "read") for value in content.values())


def check(method: str, url: str, response: Any) -> Any:
    """Return the body of an answer, having found it as the document describes it."""
    path = url.partition("?")[0]
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    body = json.loads(response.content) if kind.endswith("json") else None
    described = operation(method, path)
    if described is None:
        assert response.status_code in (404, 405), f"{method} {path} is not described"
        return body
    status = str(response.status_code)
    assert status in described["responses"], f"{method} {path} answers {status}, which is not described: {body}"
    content = described["responses"][status].get("content", {})
    if kind or content:
        assert kind in content, f"{method} {path} answers {status} as {kind}, described are {list(content)}"
    if body is not None:
        validator(json.dumps(content[kind]["schema"])).validate(body)
    if response.status_code >= 400:
        assert kind == PROBLEM
    return body


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Find the operation that answers a path: the one with the fewest variables."""
    found = [operations for pattern, operations in _paths() if pattern.fullmatch(path)]
    return found[0].get(method.lower()) if found else None


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    by_variables = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations) for path, operations in by_variables]


@cache
def validator(schema: str) -> Draft202012Validator:
    """Make the validator of a schema of the document."""
    rooted = json.loads(schema) | {"components": document()["components"]}
    return Draft202012Validator(rooted, format_checker=FormatChecker())
