"""The demo's mailbox: what was mailed here, read from the files Django's file backend writes instead of sending.

Only on an installation whose data are a demo, and only the active company's mail: each letter names its company
in a header, and what names none (invitations, passwords) is shown to nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.cache import caches

from billing.mailing import COMPANY_HEADER, DOCUMENT_HEADER
from core import installation
from core.ids import whole
from core.tenancy import current_company_id

FILES: Final = "django.core.mail.backends.filebased.EmailBackend"
MOST: Final = 200
MOST_FILES: Final = 2_000
REMEMBERED: Final = 30  # seconds
_BETWEEN: Final = b"\n" + b"-" * 79 + b"\n"
_NAME: Final = re.compile(r"([0-9A-Za-z][0-9A-Za-z._-]*\.(?:log|eml))~([0-9]{1,4})")


class NoSuchMail(LookupError):
    """There is no such message, or it is another company's."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message in the mailbox; `name` finds it again."""

    name: str
    message: EmailMessage

    @property
    def at(self) -> datetime | None:
        """Return when it was written."""
        try:
            moment = parsedate_to_datetime(self.message["Date"])
        except (TypeError, ValueError):
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # -0000 is UTC, of an unknown place

    @property
    def document_id(self) -> int | None:
        """Return the document it brings."""
        return whole(self.message.get(DOCUMENT_HEADER, ""))

    @property
    def subject(self) -> str:
        """Return its subject."""
        return str(self.message["Subject"] or "")

    @property
    def to(self) -> str:
        """Return whom it was written to."""
        return str(self.message["To"] or "")

    def attachments(self) -> list[EmailMessage]:
        """Return its files, without the picture in its text."""
        return [part for part in self.message.walk() if part.get_content_disposition() == "attachment"]

    def text(self) -> str:
        """Return its plain text."""
        body = self.message.get_body(("plain",))
        return body.get_content() if body else ""

    def html(self) -> str:
        """Return its HTML with the pictures it names written into it: nothing is fetched to show it."""
        body = self.message.get_body(("html",))
        shown: str = body.get_content() if body else ""
        for part in self.message.walk():
            if part["Content-ID"] and part.get_content_maintype() == "image":
                encoded = str(part.get_payload()).replace("\n", "")
                picture = f"data:{part.get_content_type()};base64,{encoded}"
                shown = shown.replace(f"cid:{str(part['Content-ID']).strip('<> ')}", picture)
        return shown


def is_here() -> bool:
    """Say whether this installation has a mailbox: it is a demo, and its mail goes to files."""
    if settings.EMAIL_BACKEND != FILES:
        return False
    return bool(caches["process"].get_or_set("mailbox.is_demo", _is_demo, REMEMBERED))


def _is_demo() -> bool:
    return installation.demo() != installation.Demo.NONE


def newest() -> list[Mail]:
    """Return the active company's last messages, the newest first."""
    found: list[Mail] = []
    for path in _files():
        found += [mail for mail in _messages(path) if _is_ours(mail)]
        if len(found) >= MOST:
            break
    return found[:MOST]


def find(name: str) -> Mail:
    """Return a message of the active company.

    Raises:
        NoSuchMail: there is none of that name, or it is another company's.
    """
    named = _NAME.fullmatch(name)
    path = _folder() / named[1] if named else None
    if path is None or not path.is_file():
        raise NoSuchMail(name)
    for mail in _messages(path):
        if mail.name == name and _is_ours(mail):
            return mail
    raise NoSuchMail(name)


def _is_ours(mail: Mail) -> bool:
    return str(mail.message.get(COMPANY_HEADER, "")) == str(current_company_id())


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _files() -> list[Path]:
    if not _folder().is_dir():
        return []
    paths = (path for path in _folder().iterdir() if path.suffix in (".log", ".eml") and path.is_file())
    return sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_FILES]


def _messages(path: Path) -> Iterator[Mail]:
    """Read a file's messages, the last first; the backend writes a line of dashes after each."""
    parts = [part for part in path.read_bytes().split(_BETWEEN) if part.strip()]
    for number in reversed(range(len(parts))):
        message = message_from_bytes(parts[number].lstrip(b"\n"), policy=policy.default)
        yield Mail(f"{path.name}~{number}", message)
