"""Who is acting: a person, an API key, a job or a command, through which door, on whose behalf."""

from dataclasses import dataclass, field
from typing import Final, Literal

from core.errors import Forbidden

Kind = Literal["user", "api_key", "job", "command", "system"]
Door = Literal["page", "api", "job", "command", "admin"]

ALL_PERMISSIONS: Final = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, as the audit log will name it.

    `permissions` are the codes of `companies.roles`; `{"*"}` may do everything (jobs and commands,
    which only repeat what a person was allowed to start).
    """

    kind: Kind
    label: str
    door: Door
    permissions: frozenset[str] = field(default_factory=frozenset)
    user_id: int | None = None
    credential: str = ""
    request_id: str = ""
    correlation_id: str = ""
    address: str | None = None

    def may(self, permission: str) -> bool:
        """Say whether the actor holds the permission."""
        return "*" in self.permissions or permission in self.permissions

    def require(self, *any_of: str) -> None:
        """Refuse unless the actor holds at least one of the permissions.

        Raises:
            Forbidden: naming the first one.
        """
        if not any(self.may(permission) for permission in any_of):
            raise Forbidden(any_of[0])

    @classmethod
    def job(cls, name: str, *, correlation_id: str = "") -> "Actor":
        """Make the actor of a background job."""
        return cls("job", name, "job", ALL_PERMISSIONS, correlation_id=correlation_id)

    @classmethod
    def command(cls, name: str) -> "Actor":
        """Make the actor of a management command, run by whoever administers the installation."""
        return cls("command", name, "command", ALL_PERMISSIONS)
