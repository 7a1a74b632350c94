"""`manage.py restore FILE`: a backup takes the place of the present data."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from core import backup


class Command(BaseCommand):
    help = "Restore a backup; the database before is kept under another name."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        before = backup.restore(options["file"])
        self.stdout.write(f"Restored. The database before is kept as {before}; drop it when all is well.")
