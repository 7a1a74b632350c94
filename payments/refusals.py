"""How payments say what is wrong, and where."""

from core.errors import FieldError, RuleRefused


def refused(field: str, code: str, message: str, **figures: object) -> RuleRefused:
    """Return a refusal of what stands in a field, with the figures a program may want."""
    fields = [FieldError(field=field, code=code, message=message)]
    return RuleRefused(message, code=code, fields=fields, extra={name: str(value) for name, value in figures.items()})


def part_field(name: str, position: int, parts: int) -> str:
    """Name a field of one part of a receipt: `parts.1.reference`; with a single part it is the receipt's own."""
    return f"parts.{position}.{name}" if parts > 1 else name
