"""`manage.py audit_verify`: prove that nobody edited the log, or name each entry that was."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.heads import every_company, verify_against_published
from core.tenancy import company_context


class Command(BaseCommand):
    help = "Walks each company's audit chain and compares it with the head published last; ends with 1 if it is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", type=int, help="only the company with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = [options["company"]] if options["company"] else every_company()
        broken = [company_id for company_id in companies if not self._verify(company_id)]
        if broken:
            raise SystemExit(1)

    def _verify(self, company_id: int) -> bool:
        with company_context(company_id):
            verdict = verify_against_published()
        against = f", published head {verdict.published}" if verdict.published else ", no published head"
        state = self.style.SUCCESS("intact") if verdict.intact else self.style.ERROR("BROKEN")
        self.stdout.write(f"company {company_id}: {state} ({verdict.length} entries{against})")
        for problem in verdict.problems:
            self.stdout.write(f"  {problem.code}: {problem.message}")
        return verdict.intact
