"""A company at work, and browsers signed in by role."""

from tests.payments.conftest import as_role, company

__all__ = ["as_role", "company"]
