"""Heads of the chains, published outside the database: whoever rewrites a whole chain there cannot rewrite these.

One file a day in `VAR_DIR/audit-heads`, a line for each company that was found intact, only ever appended to. A
company whose chain is broken gets no new line: its last good one goes on accusing it.
"""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.apps import apps
from django.conf import settings

from audit.queries import Verdict, verify
from core import clock
from core.tenancy import all_companies, current_company_id


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """What was written down of a company's chain: its last position and hash (hex), and the local day."""

    position: int
    hash: str
    day: date


def folder() -> Path:
    """Return where the heads are kept."""
    return Path(settings.VAR_DIR) / "audit-heads"


def last_published() -> PublishedHead | None:
    """Return the active company's newest published head."""
    company_id = current_company_id()
    for path in sorted(folder().glob("*.json"), reverse=True):
        for line in reversed(path.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            if row["company"] == company_id:
                return PublishedHead(row["position"], row["hash"], date.fromisoformat(path.stem))
    return None


def verify_against_published() -> Verdict:
    """Walk the active company's chain, which must still pass through its newest published head."""
    published = last_published()
    return verify((published.position, published.hash) if published else None)


def every_company() -> list[int]:
    """Return the ids of all companies: one whose log was emptied has neither entries nor a head to be found by."""
    companies = apps.get_model("companies.Company")
    with all_companies():
        return list(companies._default_manager.order_by("pk").values_list("pk", flat=True))


def publish(verdict: Verdict) -> None:
    """Write down the head of the active company's chain, if it has one and was found intact."""
    if not verdict.length or not verdict.intact:
        return
    line = {"company": current_company_id(), "position": verdict.length, "hash": verdict.head}
    line["published_at"] = clock.now().isoformat()
    folder().mkdir(mode=0o700, exist_ok=True)
    _append(folder() / f"{clock.now().astimezone(clock.DEFAULT_ZONE).date()}.json", json.dumps(line) + "\n")


def _append(path: Path, line: str) -> None:
    """Add a line in one write, so that workers who publish at the same time do not mix theirs, and on the disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
