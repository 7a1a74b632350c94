"""The checklist of a company that begins, on the start page until all of it is done."""

from dataclasses import dataclass

from billing.opening import has_documents
from billing.profile import missing
from billing.series import sales_series
from companies import hooks
from companies.hooks import SetupStep
from companies.models import Company


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps, how many are done, and whether the company can work without the others."""

    steps: list[SetupStep]
    works: bool

    @property
    def done(self) -> int:
        """Return how many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def left(self) -> list[SetupStep]:
        """Return the steps still to do."""
        return [step for step in self.steps if not step.done]


def checklist(company: Company) -> Checklist | None:
    """Return the checklist while something is left of it."""
    steps = hooks.setup_steps(company)
    if all(step.done for step in steps):
        return None
    return Checklist(steps, works=has_documents() and not missing(company, next(iter(sales_series(company)), None)))
