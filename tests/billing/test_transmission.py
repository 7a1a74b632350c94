"""The way of a document to SRI over real HTTP: once, whatever happens on the way, and what each of SRI's words does."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection as connection_of_tests

from audit.models import AuditEntry
from billing import correcting, transmission, upkeep, workflow
from billing.entered import as_entered
from billing.models import (
    Authorization,
    Document,
    DocumentFile,
    DocumentLine,
    IssuerPause,
    NumberGap,
    SignedXml,
    SriAnswer,
    SriAuthorization,
    Stage,
    Status,
    Transmission,
)
from core import clock
from core.errors import WorkflowError
from core.tenancy import company_context
from sri import connection, xml
from sri.messages import MESSAGES, Action
from sri.xml.sameness import unwrap
from tests import laws
from tests.factories import SYSTEM, actor, line, make_billable, make_customer, make_draft, make_invoice, pay
from tests.sri_line import NOON, Line, simulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def sri(settings, tmp_path: Path):
    with simulated(settings, tmp_path) as found:
        yield found


@pytest.fixture
def company(sri: Line):
    made = sri.company()
    with company_context(made.pk):
        yield made
        connection_of_tests.check_constraints()  # what the database looks at when a step commits


def broken() -> list[laws.Broken]:
    """Return the laws that do not hold in what this test has written so far."""
    connection_of_tests.check_constraints()
    with connection_of_tests.cursor() as cursor:
        return laws.broken(cursor)


def row_of(document: Document) -> Transmission:
    return Transmission.objects.get(document=document)


def again(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def actions(document: Document) -> list[str]:
    found = AuditEntry.objects.filter(document_id=document.pk, object_type="billing.document").order_by("pk")
    return list(found.values_list("action", flat=True))


# Issued and authorized


def test_an_issued_invoice_is_signed_queued_and_authorized_by_itself(sri, company):
    invoice = make_invoice(line("100.00"))
    assert (invoice.authorization, row_of(invoice).stage) == (Authorization.PENDING, Stage.SEND)
    signed = SignedXml.objects.get(document=invoice)
    assert signed.sha256 == hashlib.sha256(bytes(signed.content)).hexdigest()
    assert sri.turn() == 1
    invoice = again(invoice)
    assert (invoice.authorization, invoice.authorized_at) == (Authorization.AUTHORIZED, NOON)
    assert row_of(invoice).stage == Stage.DONE
    assert sri.authorized(invoice) == [invoice.access_key]
    kept = SriAuthorization.objects.get(document=invoice)
    assert unwrap(bytes(kept.content)) == bytes(signed.content)
    assert actions(invoice) == ["invoice.created", "invoice.issued", "invoice.sent", "invoice.authorized"]
    assert DocumentFile.objects.get(document=invoice).state == "pending"  # the final RIDE is on its way


def test_amounts_read_again_from_the_xml_are_those_of_the_document(sri, company):
    invoice = make_invoice(
        line("33.333333", "3", price_includes_tax=True),
        line("7.77", "1.5", tax_category="zero"),
        line("10.00", tax_category="exempt"),
    )
    read = xml.read(bytes(SignedXml.objects.get(document=invoice).content))
    assert (read.subtotal, read.total, read.discount) == (invoice.subtotal, invoice.total, invoice.total_discount)
    assert sum(tax.amount for tax in read.taxes) == invoice.tax_total
    assert [row.total for row in read.lines] == [row.base for row in invoice.lines.all()]
    assert sum(row.amount for row in read.payments) == invoice.total


def test_without_a_certificate_nothing_is_issued_and_no_number_is_taken(sri):
    from tests.factories import make_company

    bare = make_company(e_invoicing=True, certificate=None)
    with company_context(bare.pk):
        draft = make_draft()
        with pytest.raises(WorkflowError) as refused:
            workflow.issue(draft.pk, actor=SYSTEM)
        assert refused.value.code == "certificate_missing"
        draft.series.refresh_from_db()
        assert (again(draft).status, draft.series.last_number) == (Status.DRAFT, 0)


def test_what_sri_would_not_admit_is_refused_before_a_number_is_taken(sri, company):
    draft = make_draft(additional_info=(("Nota", "x" * 300),))
    Document.objects.filter(pk=draft.pk).update(additional_info=[{"name": "Nota", "value": ""}])
    with pytest.raises(WorkflowError) as refused:
        workflow.issue(draft.pk, actor=SYSTEM)
    assert refused.value.code == "document_invalid"
    draft.series.refresh_from_db()
    assert draft.series.last_number == 0


# Outcomes that are not clear


def test_a_cut_after_sri_took_it_in_is_asked_for_and_never_sent_twice(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("drop_after", service="reception")
    sri.turn()
    assert (again(invoice).authorization, row_of(invoice).stage) == (Authorization.SENT, Stage.ASK)
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    sends = SriAnswer.objects.filter(document=invoice, operation="receive").count()
    assert sends == 1
    assert sri.authorized(invoice) == [invoice.access_key]


@pytest.mark.parametrize("kind", ["drop_before", "http", "html", "fault", "encoding", "empty"])
@pytest.mark.parametrize("service", ["reception", "authorization"])
def test_what_makes_no_sense_is_asked_for_and_then_the_same_bytes_go(sri, company, kind, service):
    invoice = make_invoice()
    sri.simulator.faults.add(kind, service=service, times=2)
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    assert sri.authorized(invoice) == [invoice.access_key]
    assert SignedXml.objects.filter(document=invoice).count() == 1


def test_in_process_is_waited_for_ever_more_rarely(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.processing = 6
    ended = sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    assert SriAnswer.objects.filter(document=invoice, operation="receive").count() == 1
    assert ended - NOON == timedelta(seconds=1 + 2 + 4 + 8 + 16 + 32)


def test_what_sri_said_it_received_and_never_shows_is_sent_again_after_a_day(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("code", service="reception", code="70")
    ended = sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    assert timedelta(hours=24) <= ended - NOON < timedelta(hours=25)


def test_several_authorizations_count_as_authorized_when_one_is(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.several = True
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED


def test_a_line_that_is_down_is_tried_with_growing_pauses_and_opens_the_breaker(sri, company):
    invoices = [make_invoice() for _number in range(4)]
    sri.simulator.faults.down = True
    sri.turn()
    pauses = [row_of(invoice).next_attempt_at - NOON for invoice in invoices]
    assert all(timedelta(seconds=1.6) <= pause <= timedelta(seconds=2.4) for pause in pauses)
    assert not connection.state("1").is_open  # four have failed
    with sri.at(NOON + timedelta(seconds=2.5)):
        sri.turn()
        assert connection.state("1").is_open
        fifth = Transmission.objects.get(failures=2)
        assert timedelta(seconds=3.2) <= fifth.next_attempt_at - clock.now() <= timedelta(seconds=4.8)


def test_five_hundred_documents_of_an_outage_are_authorized_after_it_without_a_person(sri, company):
    sri.simulator.faults.down = True
    invoices = []
    for second in range(0, 600, 12):
        with sri.at(NOON + timedelta(seconds=second)):
            invoices += [make_invoice() for _more in range(10)]
            sri.turn()
    sri.simulator.faults.down = False
    with sri.at(NOON + timedelta(seconds=600)):
        ended = sri.run()
    assert {again(invoice).authorization for invoice in invoices} == {Authorization.AUTHORIZED}
    assert ended - NOON < timedelta(minutes=16)
    assert all(sri.authorized(again(invoice)) == [invoice.access_key] for invoice in invoices)


def test_people_are_told_once_when_it_takes_longer_than_a_day(sri, company):
    make_invoice()
    sri.simulator.faults.down = True
    sri.turn()
    with sri.at(NOON + timedelta(hours=25)):
        upkeep.watch_delays()
        upkeep.watch_delays()
    assert AuditEntry.objects.filter(action="sri.delayed").count() == 1


# The pace


def test_five_documents_a_second_and_the_oldest_first(sri, company, settings):
    settings.SRI_DOCUMENTS_PER_SECOND = 5
    invoices = [make_invoice() for _number in range(7)]
    sri.run()
    order = list(SriAnswer.objects.filter(operation="receive").order_by("pk").values_list("document_id", "at"))
    assert [pk for pk, _at in order] == [invoice.pk for invoice in invoices]
    assert order[-1][1] - order[0][1] == timedelta(seconds=6 / 5)


# Each of SRI's codes


CODES = [
    message for message in MESSAGES if message.action not in (Action.PREVENT, Action.NOTE) and message.code != "99"
]


@pytest.mark.parametrize("message", CODES, ids=[message.code for message in CODES])
@pytest.mark.parametrize("service", ["reception", "authorization"])
def test_each_code_does_what_the_table_says(sri, company, message, service):
    invoice = make_invoice()
    if message.action in (Action.ASK, Action.WAIT):  # it says that SRI has it: it does
        sri.simulator.receive(bytes(SignedXml.objects.get(document=invoice).content))
    sri.simulator.faults.add("code", service=service, code=message.code)
    sri.turn()
    now, row = again(invoice), row_of(invoice)
    match message.action:
        case Action.CORRECT:
            assert (now.authorization, row.stage) == (Authorization.REJECTED, Stage.STOPPED)
            assert row.messages[0]["code"] == message.code
            assert row.messages[0]["advice"]
            assert "invoice.failed" in actions(invoice)
        case Action.BLOCK_ISSUER | Action.BLOCK_ESTABLISHMENT:
            assert (now.authorization, row.stage) == (Authorization.PENDING, Stage.BLOCKED)
            pause = IssuerPause.objects.get()
            assert (pause.establishment_id is None) == (message.action == Action.BLOCK_ISSUER)
            later = make_invoice()
            assert row_of(later).stage == Stage.BLOCKED
            upkeep.resume(pause.pk, actor=actor())
            sri.run()
            assert {again(invoice).authorization, again(later).authorization} == {Authorization.AUTHORIZED}
        case Action.RETRY | Action.ASK | Action.WAIT:
            sri.run()
            assert again(invoice).authorization == Authorization.AUTHORIZED
            assert SignedXml.objects.filter(document=invoice).count() == 1
        case Action.REPLACE:
            assert now.authorization in (Authorization.REJECTED, Authorization.PENDING, Authorization.SENT)
    assert len(sri.authorized(again(invoice))) <= 1


@pytest.mark.parametrize("code", ["59", "62", "68"])
def test_warnings_are_kept_and_stop_nothing(sri, company, code):
    customer = make_customer(identification_type="05", identification="1710034065")
    sri.simulator.faults.receivers["1710034065"] = code
    invoice = make_invoice(customer_id=customer.pk)
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    assert code in [item["code"] for item in row_of(invoice).messages]


# Correcting


def refused(sri: Line, code: str = "52", **values: object) -> Document:
    invoice = make_invoice(**values)
    sri.simulator.faults.add("code", service="authorization", code=code)
    sri.turn()
    return again(invoice)


def test_refused_corrected_and_authorized_under_the_same_number_with_the_earlier_bytes_kept(sri, company):
    invoice = refused(sri)
    customer = invoice.customer
    customer.name = "Nombre corregido"
    customer.save()
    correcting.correct(invoice.pk, actor=actor())
    sri.run()
    now = again(invoice)
    assert (now.authorization, now.revision, now.number) == (Authorization.AUTHORIZED, 2, invoice.number)
    assert (now.access_key, now.buyer_name) == (invoice.access_key, "Nombre corregido")
    first, second = SignedXml.objects.filter(document=invoice).order_by("revision")
    assert b"Nombre corregido" in bytes(second.content)
    assert b"Nombre corregido" not in bytes(first.content)
    assert sri.authorized(now) == [invoice.access_key]


def test_a_correction_changes_the_lines_and_keeps_those_that_were(sri, company):
    invoice = refused(sri)
    entered = as_entered(invoice)
    changed = correcting.correct(
        invoice.pk, type(entered)(customer_id=entered.customer_id, lines=(line("90.00"),)), actor=actor()
    )
    assert (changed.total, changed.balance) == (Decimal("103.50"), Decimal("103.50"))
    assert [row.unit_price for row in changed.lines.all()] == [Decimal(90)]
    every = DocumentLine.all_revisions.filter(document=changed).order_by("revision")
    assert [(row.revision, row.unit_price) for row in every] == [(1, Decimal(100)), (2, Decimal(90))]
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED
    assert broken() == []


def test_a_correction_below_what_is_settled_is_refused(sri, company):
    invoice = refused(sri)
    pay(invoice, "100.00")
    with pytest.raises(WorkflowError) as found:
        correcting.correct(
            invoice.pk,
            type(as_entered(invoice))(customer_id=invoice.customer_id, lines=(line("50.00"),)),
            actor=actor(),
        )
    assert found.value.code == "below_settled"
    assert (again(invoice).revision, again(invoice).authorization) == (1, Authorization.REJECTED)


def test_only_a_refused_document_is_corrected(sri, company):
    invoice = make_invoice()
    sri.run()
    with pytest.raises(WorkflowError) as found:
        correcting.correct(invoice.pk, actor=actor())
    assert found.value.code == "not_rejected"


# Replacing (law 6)


def test_a_number_of_somebody_else_is_voided_and_issued_anew_with_money_and_billables(sri, company):
    customer = make_customer()
    billable = make_billable(customer)
    invoice = make_invoice(customer_id=customer.pk, billable_ids=(billable.pk,), lines=(line("10.00"),))
    pay(invoice, "5.00")
    sri.simulator.faults.add("code", service="reception", code="45")
    sri.turn()
    do_queued_replacements()
    old, new = again(invoice), Document.objects.get(replaces=invoice)
    assert (old.status, NumberGap.objects.get().sequential) == (Status.VOIDED, old.sequential)
    assert (new.total, new.balance, new.sequential) == (invoice.total, invoice.total - 5, invoice.sequential + 1)
    billable.refresh_from_db()
    assert billable.document_id == new.pk
    sri.run()
    assert again(new).authorization == Authorization.AUTHORIZED
    assert broken() == []


def test_a_second_number_of_somebody_else_stops_the_series_until_it_is_confirmed(sri, company):
    from billing import recovery

    invoice = make_invoice()
    sri.simulator.faults.add("code", service="reception", code="45", times=2)
    sri.turn()
    do_queued_replacements()
    sri.turn()
    do_queued_replacements()
    series = invoice.series
    series.refresh_from_db()
    assert series.doubt
    with pytest.raises(WorkflowError) as found:
        make_invoice()
    assert found.value.code == "series_in_doubt"
    recovery.confirm_series(series.pk, 10, actor=actor())
    assert make_invoice().sequential == 11


def test_a_date_that_is_too_old_is_issued_anew_today(sri, company):
    invoice = make_invoice()
    with sri.at(NOON + timedelta(days=2)):
        sri.simulator.faults.add("code", service="reception", code="65")
        sri.turn()
        do_queued_replacements()
        new = Document.objects.get(replaces=invoice)
        assert (again(invoice).status, new.issue_date) == (Status.VOIDED, clock.today())


def test_a_date_of_today_that_sri_takes_for_the_future_waits(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("code", service="reception", code="65")
    sri.run()
    assert again(invoice).authorization == Authorization.AUTHORIZED


def do_queued_replacements() -> None:
    """Do what the workers do with the jobs that recording an answer queued."""
    from billing import jobs

    for document in Document.objects.filter(authorization=Authorization.REJECTED, status=Status.ISSUED):
        jobs.replace_document(document.pk, row_of(document).messages[0]["code"])


# Voiding


def test_a_document_that_was_never_sent_is_voided_at_once(sri, company):
    invoice = make_invoice()
    workflow.void(invoice.pk, reason="Error", actor=actor())
    assert (again(invoice).status, row_of(invoice).stage) == (Status.VOIDED, Stage.STOPPED)
    assert sri.turn() == 0


def test_a_document_that_may_have_arrived_is_asked_for_and_not_voided_when_sri_has_it(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("drop_after", service="reception")
    sri.turn()
    with pytest.raises(WorkflowError) as found:
        workflow.void(invoice.pk, reason="Error", actor=actor())
    assert found.value.code == "authorization_not_voidable"
    assert again(invoice).authorization == Authorization.AUTHORIZED


def test_a_document_that_sri_does_not_have_is_voided_after_asking(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("http", service="reception")
    sri.turn()
    workflow.void(invoice.pk, reason="Error", actor=actor())
    assert again(invoice).status == Status.VOIDED
    assert broken() == []


def test_a_document_is_not_voided_while_sri_cannot_be_asked(sri, company):
    invoice = make_invoice()
    sri.simulator.faults.add("drop_after", service="reception")
    sri.turn()
    sri.simulator.faults.down = True
    with pytest.raises(WorkflowError) as found:
        workflow.void(invoice.pk, reason="Error", actor=actor())
    assert found.value.code in ("sri_unknown", "authorization_not_voidable")
    assert again(invoice).status == Status.ISSUED


def test_a_document_in_flight_is_not_voided(sri, company):
    invoice = make_invoice()
    assert transmission.claim(row_of(invoice).pk) is not None
    with pytest.raises(WorkflowError) as found:
        workflow.void(invoice.pk, reason="Error", actor=actor())
    assert found.value.code == "sri_in_flight"


# Reconciling


def test_the_nightly_reconciliation_finds_what_was_voided_here_and_authorized_there(sri, company):
    invoice = refused(sri)
    workflow.void(invoice.pk, reason="Error", actor=actor())
    sri.simulator.receive(bytes(SignedXml.objects.get(document=invoice).content))
    upkeep.reconcile()
    assert list(upkeep.orphans()) == [again(invoice)]
    with pytest.raises(WorkflowError) as found:
        upkeep.repair(invoice.pk, actor=actor())
    assert found.value.code == "voided_but_authorized"


def test_raw_answers_are_forgotten_after_ninety_days_and_signed_bytes_never(sri, company):
    invoice = make_invoice()
    sri.run()
    with sri.at(NOON + timedelta(days=91)):
        upkeep.forget_old_answers()
    assert not SriAnswer.objects.filter(document=invoice).exists()
    assert SignedXml.objects.filter(document=invoice).exists()
    assert SriAuthorization.objects.filter(document=invoice).exists()
