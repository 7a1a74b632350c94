"""What the present request or job is called, for logs, audit entries and the jobs that follow."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")


def request_id() -> str:
    """Return the id of the request being served ("" in jobs and commands)."""
    return _request_id.get()


def correlation_id() -> str:
    """Return the id that ties a request to everything it sets off ("" where nothing was given)."""
    return _correlation_id.get()


@contextmanager
def called(*, request: str = "", correlation: str) -> Iterator[None]:
    """Give the work inside its ids."""
    tokens = _request_id.set(request), _correlation_id.set(correlation)
    try:
        yield
    finally:
        _request_id.reset(tokens[0])
        _correlation_id.reset(tokens[1])
