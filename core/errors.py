"""Refusals: what a rule says when it says no.

A refusal carries a stable `code` for programs, a Spanish sentence a person can act on, and the HTTP
status both doors answer with (D25). Raising one rolls the step's transaction back, so it changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypedDict


class FieldError(TypedDict):
    """One bad input: which field, a stable code, and what to do about it (in Spanish)."""

    field: str
    code: str
    message: str


class WorkflowError(Exception):
    """A step refused because of the present state or a concurrent change (HTTP 409)."""

    status: ClassVar[int] = 409

    def __init__(
        self,
        message: str,
        *,
        code: str,
        extra: Mapping[str, Any] | None = None,
        fields: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code
        self.extra = dict(extra or {})
        self.fields = list(fields)


class RuleRefused(WorkflowError):
    """A rule refuses the content: a limit, a date, an overpayment (HTTP 422)."""

    status = 422


class Malformed(WorkflowError):
    """The request's shape is wrong: a missing field, not a number, not a date (HTTP 400)."""

    status = 400


class Forbidden(WorkflowError):
    """The actor lacks a permission, which is named (HTTP 403)."""

    status = 403

    def __init__(self, permission: str) -> None:
        super().__init__(
            f"Su rol no permite esta acción (permiso «{permission}»). Pida ayuda a un administrador de la empresa.",
            code="permission_denied",
            extra={"permission": permission},
        )


class StaleVersion(WorkflowError):
    """Somebody else saved the same row first (HTTP 412)."""

    status = 412

    def __init__(self, current: int) -> None:
        super().__init__(
            f"Otra persona guardó cambios mientras tanto (versión actual: {current}). "
            "Vuelva a abrir la página y repita su cambio.",
            code="stale_version",
            extra={"current_version": current},
        )


def check_version(current: int, expected: int | None) -> None:
    """Refuse an edit made on an older version of a row; `None` means the caller does not check.

    Raises:
        StaleVersion: `expected` is not the row's present version.
    """
    if expected is not None and expected != current:
        raise StaleVersion(current)
