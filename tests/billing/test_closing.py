"""Month close: nothing dated up to the closed day is issued, received, voided or given back."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEntry
from billing import closing, notes, workflow
from billing.models import Document, PeriodClose, Status
from core import clock
from core.errors import Forbidden, RuleRefused, WorkflowError
from tests.factories import SYSTEM, actor, line, make_draft, make_invoice, make_user
from tests.notes import issue_note, make_note_series
from tests.pages import filled

OCTOBER = datetime.fromisoformat("2026-10-20T10:00:00-05:00")
NOVEMBER = datetime.fromisoformat("2026-11-10T10:00:00-05:00")
END_OF_OCTOBER = date(2026, 10, 31)


@pytest.fixture(autouse=True)
def _november(company):
    with clock.at(NOVEMBER):
        yield


def in_october() -> Document:
    with clock.at(OCTOBER):
        return make_invoice()


def close(until: date = END_OF_OCTOBER) -> PeriodClose:
    return closing.close(until, reason="Declarado", actor=SYSTEM)


def refused(code: str, call, *args, **options) -> WorkflowError:
    with pytest.raises(WorkflowError) as refusal:
        call(*args, **options)
    assert refusal.value.code == code
    return refusal.value


def test_a_document_of_a_closed_day_is_not_voided_and_the_refusal_says_who_may_reopen():
    invoice = in_october()
    close()
    said = refused("period_closed", workflow.void, invoice.pk, reason="Error", actor=SYSTEM)
    assert said.message == (
        "Los libros están cerrados hasta el 31/10/2026: no se puede anular con fecha 20/10/2026. "
        "Pueden reabrirlos: propietario, administrador."
    )
    assert said.extra == {"closed_until": "2026-10-31"}
    assert Document.objects.get(pk=invoice.pk).status == Status.ISSUED


def test_a_document_is_not_issued_on_a_closed_day():
    back_dated = make_draft(date_asked=date(2026, 11, 5))
    close(date(2026, 11, 5))
    refused("period_closed", workflow.issue, back_dated.pk, actor=SYSTEM)
    assert Document.objects.get(pk=back_dated.pk).number == ""
    assert workflow.issue(make_draft().pk, actor=SYSTEM).issue_date == date(2026, 11, 10)


def test_a_note_goes_by_its_own_date():
    make_note_series()
    invoice = in_october()
    with clock.at(OCTOBER):
        old = issue_note(make_invoice())
    close()
    assert issue_note(invoice).issue_date == date(2026, 11, 10)
    refused("period_closed", notes.void, old.pk, reason="Error", actor=SYSTEM)
    invoice = make_invoice()
    close(date(2026, 11, 10))
    refused("period_closed", issue_note, invoice)


@pytest.mark.parametrize("until", [date(2026, 11, 11), date(2027, 1, 1)])
def test_the_future_is_not_closed(until):
    refused("date_in_future", close, until)


def test_what_is_closed_is_not_closed_again_nor_to_an_earlier_day():
    close()
    refused("period_already_closed", close)
    refused("period_already_closed", close, date(2026, 9, 30))
    assert close(date(2026, 11, 10)).closed_until == closing.closed_until() == date(2026, 11, 10)


def test_reopening_goes_back_with_a_reason_and_both_rows_stay():
    refused("nothing_closed", closing.reopen, None, reason="x", actor=SYSTEM)
    close()
    refused("day_not_earlier", closing.reopen, END_OF_OCTOBER, reason="x", actor=SYSTEM)
    refused("reason_required", closing.reopen, None, reason=" ", actor=SYSTEM)
    closing.reopen(date(2026, 9, 30), reason="Faltaba una factura", actor=SYSTEM)
    assert workflow.void(in_october().pk, reason="Error", actor=SYSTEM).status == Status.VOIDED
    closing.reopen(None, reason="Todo", actor=SYSTEM)
    assert closing.closed_until() is None
    assert list(PeriodClose.objects.newest().values_list("closed_until", "reason")) == [
        (None, "Todo"), (date(2026, 9, 30), "Faltaba una factura"), (END_OF_OCTOBER, "Declarado"),
    ]  # fmt: skip
    told = AuditEntry.objects.filter(action__startswith="period.").order_by("pk").values_list("action", "reason")
    assert list(told)[:2] == [("period.closed", "Declarado"), ("period.reopened", "Faltaba una factura")]


@pytest.mark.parametrize("role", ["billing", "cashier", "frontdesk", "auditor"])
def test_who_may_not_close_is_told(role):
    with pytest.raises(Forbidden, match=r"periods\.close"):
        closing.close(END_OF_OCTOBER, reason="x", actor=actor(role))


def test_the_accountant_closes_and_does_not_reopen():
    closing.close(END_OF_OCTOBER, reason="x", actor=actor("accountant"))
    with pytest.raises(Forbidden, match=r"periods\.reopen"):
        closing.reopen(None, reason="x", actor=actor("accountant"))


def test_the_database_refuses_a_closed_day_by_itself():
    """A number was given, the law is only about the day: the statement itself is refused."""
    invoice, draft = in_october(), make_draft(date_asked=date(2026, 11, 5))
    close(date(2026, 11, 5))
    voided = {"status": "voided", "balance": 0, "void_reason": "x", "voided_at": clock.now()}
    issued = {"status": "issued", "number": "001-001-000000009", "sequential": 9, "issued_at": clock.now()}
    for row, values in ((invoice, voided), (draft, issued)):
        with pytest.raises(IntegrityError, match="the books are closed on"), transaction.atomic():
            Document.objects.filter(pk=row.pk).update(**values)


def test_a_closing_never_changes():
    close()
    for change in (lambda rows: rows.update(closed_until=None), lambda rows: rows.delete()):
        with pytest.raises(Exception, match=r"Cannot (update|delete)"), transaction.atomic():
            change(PeriodClose.objects.all())


def test_open_work_says_what_is_unfinished_up_to_the_day():
    with clock.at(OCTOBER):
        make_draft(line("10.00"))
        make_invoice(line("20.00", tax_category="zero"))
    make_draft()
    found = {row.name: (row.count, row.amount) for row in closing.open_work(END_OF_OCTOBER)}
    nothing = (0, Decimal("0.00"))
    assert found == {"drafts": (1, Decimal("11.50")), "note_drafts": nothing, "unauthorized": nothing,
                     "uncollected": (1, Decimal("20.00"))}  # fmt: skip


def test_the_page_shows_what_is_open_for_the_day_that_is_typed(as_role):
    in_october()
    client = as_role("accountant")
    path = "/empresa/cierres/cerrar/"
    assert "Abierto hasta el 31/10/2026" in client.get(path).content.decode()
    assert client.get(path + "?until=mañana").context["until"] == END_OF_OCTOBER
    shown = client.post(path, filled(client, path, {"closed_until": "2026-10-19", "review": "1"}))
    assert "Nada: todo está emitido" in shown.content.decode()
    assert not PeriodClose.objects.exists()
    client.post(path, filled(client, path, {"closed_until": "2026-10-31", "reason": "Declarado"}))
    listed = client.get("/empresa/cierres/").content.decode()
    assert "Cerrado hasta el 31/10/2026" in listed
    assert "Reabrir…" not in listed
    assert "Reabrir…" in as_role("owner").get("/empresa/cierres/").content.decode()


def test_the_api_tells_what_is_open(company):
    from tests.api_client import Api

    in_october()
    api = Api(make_user(company, "accountant"))
    rows = api.get("period-closes/open-work/?until=2026-10-31")
    assert rows[3] == {"name": "uncollected", "count": 1, "amount": "115.00"}


def test_closing_gives_up_where_others_never_stop_writing(company, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0)
    with pytest.raises(WorkflowError) as refusal:
        close()
    assert (refusal.value.code, isinstance(refusal.value, RuleRefused)) == ("period_busy", False)
