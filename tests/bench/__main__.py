"""`make bench`: each line measures its limit beside itself and prints ours, limit, ratio and budget.

`python -m tests.bench issue lists` runs those parts alone; `--invoices 20000` makes the company smaller.
"""

import argparse
import logging
import os
import time
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from config.database import ensure_running  # noqa: E402
from tests import laws  # noqa: E402
from tests.bench import (  # noqa: E402
    bench_agenda,
    bench_audit,
    bench_import,
    bench_issue,
    bench_jobs,
    bench_lists,
    bench_pdf,
    bench_sri,
    bench_start,
    bench_statement,
)
from tests.bench.measuring import Row, print_table  # noqa: E402
from tests.bench.seed import seed  # noqa: E402
from tests.databases import migrated_copy  # noqa: E402

ON_ROWS = {
    "issue": bench_issue,
    "lists": bench_lists,
    "start": bench_start,
    "audit": bench_audit,
    "jobs": bench_jobs,
    "sri": bench_sri,
    "import": bench_import,
    "agenda": bench_agenda,
    "statement": bench_statement,
}


def main() -> None:
    """Run the parts that are asked for, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=["pdf", *ON_ROWS, []], default=[])
    parser.add_argument("--invoices", type=int, default=100_000)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    settings.STORAGES |= {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.API_RATE_LIMITS = dict.fromkeys(settings.API_RATE_LIMITS, 10**9)
    parts = asked.parts or ["pdf", *ON_ROWS]
    print_table(_rows(parts, asked.invoices))


def _rows(parts: list[str], invoices: int) -> Iterator[Row]:
    if "pdf" in parts:
        yield from bench_pdf.run()
    if set(parts) - {"pdf"}:
        ensure_running()
        with migrated_copy() as copy:
            with connections["owner"].cursor() as owner:  # what is measured waits for the disk
                owner.execute(f'ALTER DATABASE "{copy.name}" RESET synchronous_commit')
            connections.close_all()
            begun = time.perf_counter()
            company = seed(invoices)
            yield Row(
                f"seed {invoices:,} invoices, all laws kept", invoices / (time.perf_counter() - begun), 32_000, "/s"
            )
            assert laws.broken() == []
            for part in parts:
                if part in ON_ROWS:
                    yield from ON_ROWS[part].run(company)


if __name__ == "__main__":
    main()
