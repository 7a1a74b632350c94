"""Law 6 after a restored backup: nothing is sent twice, no number is used again, and what was lost comes back."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from billing import recovery
from billing.models import (
    Authorization,
    Customer,
    Document,
    Series,
    SignedXml,
    SriAnswer,
    Stage,
    Status,
    Transmission,
)
from core import backup, clock
from core.errors import WorkflowError
from core.tenancy import company_context
from tests import laws
from tests.factories import actor, line, make_customer, make_invoice, make_user
from tests.pages import filled
from tests.sri_line import Line, simulated
from tests.world import BACKEND


@pytest.fixture
def sri(settings, tmp_path: Path):
    with simulated(settings, tmp_path) as found:
        yield found


@pytest.mark.usefixtures("committing")
def test_a_restored_backup_sends_nothing_twice_reuses_no_number_and_gets_the_lost_back(sri, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.FILES_DIR.mkdir()
    company = sri.company()
    with company_context(company.pk):
        customer = make_customer(identification_type="05", identification="1710034065", name="Ana Torres")
        kept = make_invoice(customer_id=customer.pk)
        sri.turn()
        on_its_way = make_invoice(customer_id=customer.pk)
    made = backup.make()
    with company_context(company.pk):
        sri.turn()  # SRI gets what the backup believes is still to be sent
        lost = make_invoice(line("40.00"), customer_id=customer.pk)
        also_lost = make_invoice(customer_id=customer.pk)
        sri.turn()
        xml_of_lost = bytes(SignedXml.objects.get(document=lost).content)

    backup.restore(made)

    with company_context(company.pk):
        series = kept.series
        series.refresh_from_db()
        assert (series.last_number, bool(series.doubt)) == (2, True)
        with pytest.raises(WorkflowError) as refused:
            make_invoice(customer_id=customer.pk)
        assert refused.value.code == "series_in_doubt"

        sri.run()
        found = Document.objects.get(pk=on_its_way.pk)
        assert found.authorization == Authorization.AUTHORIZED
        sends = SriAnswer.objects.filter(document=found, operation="receive")
        assert not sends.exists()  # it was asked for, and SRI had it

        recovery.confirm_series(series.pk, also_lost.sequential, actor=actor())
        (lost_numbers,) = recovery.missing_numbers()
        assert (lost_numbers.first, lost_numbers.last, lost_numbers.missing) == (3, 4, 2)
        back = recovery.bring_back(xml_of_lost, actor=actor())
        assert (back.number, back.access_key, back.total) == (lost.number, lost.access_key, Decimal("46.00"))
        assert (back.status, back.authorization, back.balance) == (
            Status.ISSUED, Authorization.AUTHORIZED, Decimal("46.00"),
        )  # fmt: skip
        assert recovery.missing_numbers().get().missing == 1
        assert back.customer == Customer.objects.get(identification="1710034065")
        assert make_invoice(customer_id=customer.pk).sequential == 5
        sri.turn()
    assert sri.authorized(lost) == [lost.access_key]
    assert laws.broken() == []


@pytest.fixture
def company(db, sri: Line):
    made = sri.company()
    with company_context(made.pk):
        yield made
        connection.check_constraints()


def doubted(company) -> Document:
    """Issue an invoice, and then put its series in doubt."""
    invoice = make_invoice()
    recovery._doubt_everything()
    return invoice


def test_the_last_number_is_confirmed_as_it_is_or_raised_never_lowered(company):
    series = doubted(company).series
    with pytest.raises(WorkflowError) as refused:
        recovery.confirm_series(series.pk, 0, actor=actor())
    assert refused.value.code == "last_number_too_low"
    assert recovery.confirm_series(series.pk, 1, actor=actor()).doubt == ""
    assert make_invoice().sequential == 2
    with pytest.raises(WorkflowError) as refused:
        recovery.confirm_series(series.pk, 9, actor=actor())
    assert refused.value.code == "series_not_in_doubt"


def test_only_an_administrator_confirms(company):
    series = doubted(company).series
    with pytest.raises(WorkflowError) as refused:
        recovery.confirm_series(series.pk, 5, actor=actor("billing"))
    assert refused.value.code == "permission_denied"


def test_the_database_lets_no_number_be_skipped_without_a_doubt(company):
    series = make_invoice().series
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.filter(pk=series.pk).update(last_number=9)


def test_what_sri_does_not_know_is_not_brought_back(company, sri):
    invoice = doubted(company)
    content = bytes(SignedXml.objects.get(document=invoice).content)
    with pytest.raises(WorkflowError) as refused:
        recovery.bring_back(content, actor=actor())
    assert refused.value.code == "already_here"
    other = content.replace(invoice.access_key.encode(), b"")
    with pytest.raises(WorkflowError) as refused:
        recovery.bring_back(other, actor=actor())
    assert refused.value.code == "xml_unreadable"


def test_nothing_of_another_company_is_brought_back(company, sri):
    content = bytes(SignedXml.objects.get(document=make_invoice()).content)
    connection.check_constraints()
    with company_context(sri.company().pk):
        with pytest.raises(WorkflowError) as refused:
            recovery.bring_back(content, actor=actor())
        assert refused.value.code == "not_ours"


def test_the_pages_confirm_a_series_and_refuse_a_file_that_is_none(client, company):
    series = doubted(company).series
    client.force_login(make_user(company), backend=BACKEND)
    path = f"/empresa/series/{series.pk}/confirmar/"
    assert "Se restauró una copia" in client.get(path).content.decode()
    answer = client.post(path, filled(client, path, {"last_number": "7"}))
    assert answer.status_code == 302
    series.refresh_from_db()
    assert (series.last_number, series.doubt) == (7, "")
    answer = client.post("/empresa/series/recuperar/", {"file": SimpleUploadedFile("x.xml", b"<nada/>")})
    assert answer.status_code == 422
    assert "No se puede leer el XML" in answer.content.decode()


def test_under_way_at_the_restore_is_asked_for_before_it_is_sent(company):
    invoice = make_invoice()
    recovery._doubt_everything()
    row = Transmission.objects.get(document=invoice)
    assert (row.stage, row.received_at) == (Stage.ASK, None)
    assert row.next_attempt_at <= clock.now() + timedelta(seconds=1)
