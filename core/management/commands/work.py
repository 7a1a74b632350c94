"""`manage.py work`: does the queued jobs."""

from typing import Any

from django.core.management import BaseCommand

from core import workers
from core.processes import refuse_powerful_role


class Command(BaseCommand):
    help = "Do queued jobs in JOB_WORKERS processes, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_powerful_role()
        workers.work()
