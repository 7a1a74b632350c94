"""Every answer carries its ids and the headers that tell a browser what not to do; a log line carries the ids too."""

import json
import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from core import context
from core.logs import JsonFormatter
from core.middleware import RequestIds, SecurityHeaders


def test_an_answer_names_its_request(client: Client) -> None:
    response = client.get("/health/live")
    assert len(response["X-Request-ID"]) == 32
    assert response["X-Correlation-ID"] == response["X-Request-ID"]


def test_a_given_correlation_id_is_kept(client: Client) -> None:
    response = client.get("/health/live", headers={"X-Correlation-ID": "order-77:a"})
    assert response["X-Correlation-ID"] == "order-77:a"
    assert response["X-Request-ID"] != "order-77:a"


@pytest.mark.parametrize("strange", ["a b", "x" * 65, "<script>", "ñ", ""])
def test_a_correlation_id_of_a_strange_shape_is_replaced(client: Client, strange: str) -> None:
    response = client.get("/health/live", headers={"X-Correlation-ID": strange.encode().decode("latin-1")})
    assert response["X-Correlation-ID"] == response["X-Request-ID"]


def test_the_ids_are_known_while_the_request_is_served_and_not_after() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{request.request_id} {context.request_id()} {context.correlation_id()}")

    response = RequestIds(view)(RequestFactory().get("/", headers={"X-Correlation-ID": "c-9"}))
    request_id = response["X-Request-ID"]
    assert response.content.decode() == f"{request_id} {request_id} c-9"
    assert (context.request_id(), context.correlation_id()) == ("", "")


def test_no_page_may_run_inline_script_or_be_framed_by_others(client: Client) -> None:
    response = client.get("/health/live")
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_view_may_set_a_stricter_policy() -> None:
    def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    assert SecurityHeaders(view)(RequestFactory().get("/"))["Content-Security-Policy"] == "default-src 'none'"


def test_a_request_is_logged_by_its_route_and_never_by_its_path(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "core.middleware"):
        client.get("/health/live?token=s3cret")
        client.get("/nothing/s3cret/")
    lines = [
        json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name == "core.middleware"
    ]
    assert [(line["method"], line.get("route", ""), line["status"]) for line in lines] == [
        ("GET", "health/live", 200),
        ("GET", "", 404),
    ]
    assert "s3cret" not in json.dumps(lines)


def test_a_log_line_is_json_with_the_ids_and_the_extra() -> None:
    record = logging.LogRecord("cuadre", logging.WARNING, "f.py", 1, "%s was late", ("SRI",), None)
    record.document = 12
    with context.called(request="r-1", correlation="c-1"):
        line = json.loads(JsonFormatter().format(record))
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "cuadre",
        "message": "SRI was late",
        "request_id": "r-1",
        "correlation_id": "c-1",
        "document": 12,
    }


def test_a_log_line_tells_an_error_in_one_line() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError as error:
        record = logging.LogRecord("cuadre", logging.ERROR, "f.py", 1, "failed", (), (ValueError, error, None))
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["exception"].endswith("ValueError: no\nway")
