"""Letters: to whom they go, how they are sent, what a crash or a refusing server makes of them, and whose they are."""

import io
from datetime import timedelta
from email import message_from_bytes, policy
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from PIL import Image

from audit.models import AuditEntry
from billing import letters, mailing, public, workflow
from billing.models import Authorization, Customer, Document, Letter, SriAuthorization
from companies.models import Company
from companies.roles import ROLES, Role
from core import clock
from core.errors import Forbidden, WorkflowError
from core.tenancy import all_companies, company_context
from payments import workflow as payments
from tests.factories import (
    SYSTEM,
    actor,
    line,
    make_company,
    make_customer,
    make_draft,
    make_invoice,
    make_user,
    own_company,
    pay,
)

pytestmark = pytest.mark.django_db

BILLER = actor(Role.BILLING)
XML = b'<?xml version="1.0" encoding="UTF-8"?><autorizacion><estado>AUTORIZADO</estado></autorizacion>'


@pytest.fixture(autouse=True)
def _quick_pdf(db, monkeypatch):
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-1.7 " + ride.heading.number.encode())


@pytest.fixture
def company(db):
    with own_company(
        mails_documents=True, environment="2", email="cobros@canchas.test", trade_name="Canchas del Sur"
    ) as made:
        yield made


def buyer(**values: Any) -> Customer:
    return make_customer(**{"email": "pagos@cliente.test", "name": "Cliente S.A."} | values)


def invoice(**values: Any) -> Document:
    return make_invoice(customer_id=buyer(**values).pk)


def sent(number: int = 0) -> Any:
    """Return a message as a mail program reads it."""
    return message_from_bytes(mail.outbox[number].message().as_bytes(), policy=policy.default)


def the_letter(document: Document) -> Letter:
    return Letter.objects.get(document=document)


def deliver(letter: Letter) -> Letter:
    mailing.send(letter.pk)
    letter.refresh_from_db()
    return letter


def code_of(step: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(WorkflowError) as refused:
        step(*args, **values)
    return refused.value.code


def entries(letter: Letter) -> list[str]:
    found = AuditEntry.objects.filter(object_type="billing.letter", object_id=letter.pk).order_by("pk")
    return list(found.values_list("action", flat=True))


# Asked for by the step


def test_issuing_without_e_invoicing_asks_for_a_letter(company):
    document = invoice()
    letter = the_letter(document)
    assert (letter.kind, letter.state, letter.recipients) == ("issued", "pending", ["pagos@cliente.test"])
    assert letter.next_attempt_at is not None
    assert letter.requested_by == ""
    assert entries(letter) == ["letter.requested"]


def test_a_letter_is_asked_for_once_by_itself(company):
    document = invoice()
    assert letters.request(document) is None
    assert Letter.objects.count() == 1


def test_consumidor_final_gets_none(company):
    final = Customer.objects.get(identification_type="07")
    Customer.objects.filter(pk=final.pk).update(email="alguien@x.test")
    document = make_invoice(line("10.00"), customer_id=final.pk)
    assert not Letter.objects.exists()
    assert code_of(letters.send_again, document.pk, recipients=["a@x.test"], actor=BILLER) == "final_consumer_no_mail"


def test_a_company_that_does_not_mail_writes_nothing():
    with own_company():
        invoice()
        assert not Letter.objects.exists()


def test_without_an_address_a_row_says_so(company):
    letter = the_letter(invoice(email=""))
    assert (letter.state, letter.next_attempt_at) == ("skipped", None)
    assert "no tiene correo" in letter.problem
    mailing.send(letter.pk)
    assert mail.outbox == []


def test_contacts_who_receive_documents_come_before_the_customer_s_own_address(company):
    customer = buyer()
    customer.contacts.create(name="Ana", email="ana@cliente.test", receives_documents=True)
    customer.contacts.create(name="Eva", email="EVA@cliente.test", receives_documents=True)
    customer.contacts.create(name="Luis", email="luis@cliente.test")
    document = make_invoice(customer_id=customer.pk)
    assert the_letter(document).recipients == ["ana@cliente.test", "EVA@cliente.test"]


def test_the_address_on_the_document_is_the_last_resort(company):
    customer = buyer()
    document = make_invoice(customer_id=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(email="")
    assert letters.send_again(document.pk, actor=BILLER).recipients == ["pagos@cliente.test"]


# Sent


def test_the_message_is_from_the_company_with_its_files(company, settings):
    settings.DEFAULT_FROM_EMAIL = "Cuadre <no-responder@cuadre.test>"
    document = invoice()
    letter = deliver(the_letter(document))
    assert (letter.state, letter.attempts, letter.next_attempt_at) == ("sent", 1, None)
    assert letter.sent_at is not None
    assert entries(letter) == ["letter.requested", "letter.sent"]
    message = sent()
    assert message["From"] == "Canchas del Sur <no-responder@cuadre.test>"
    assert (message["To"], message["Reply-To"]) == ("pagos@cliente.test", "cobros@canchas.test")
    assert message["Subject"] == f"Factura {document.number} de Canchas del Sur"
    assert message["Message-ID"] == letter.message_id
    assert (message["X-Cuadre-Company"], message["X-Cuadre-Document"]) == (str(company.pk), str(document.pk))
    (pdf,) = message.iter_attachments()
    assert pdf.get_filename() == f"factura-{document.number}.pdf"
    assert pdf.get_content() == b"%PDF-1.7 " + document.number.encode()
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert document.number in text
        assert "$ 115,00" in text
        assert public.address(document) in text
        assert "PRUEBAS" not in text


def test_the_authorized_xml_goes_along(company):
    document = invoice()
    key = "2" * 49
    SriAuthorization.objects.create(
        document=document, access_key=key, number=key, authorized_at=clock.now(), content=XML, sha256="0" * 64
    )
    deliver(the_letter(document))
    xml, pdf = sent().iter_attachments()
    assert (xml.get_filename(), xml.get_content_type()) == (f"{key}.xml", "application/xml")
    assert xml.get_content() == XML
    assert pdf.get_content_type() == "application/pdf"


def test_the_logo_stands_beside_the_html(company):
    png = io.BytesIO()
    Image.new("RGB", (900, 300), "red").save(png, "PNG")
    name = default_storage.save(f"logos/{company.pk}/x.png", ContentFile(png.getvalue()))
    Company.objects.filter(pk=company.pk).update(logo=name)
    deliver(the_letter(invoice()))
    message = sent()
    assert 'src="cid:logo"' in message.get_body(("html",)).get_content()
    (picture,) = [part for part in message.walk() if part["Content-ID"] == "<logo>"]
    assert picture.get_content_disposition() == "inline"
    assert Image.open(io.BytesIO(picture.get_content())).size == (360, 120)


def test_done_twice_it_is_sent_once(company):
    letter = deliver(the_letter(invoice()))
    mailing.send(letter.pk)
    assert len(mail.outbox) == 1


def test_what_is_being_sent_is_left_alone(company):
    letter = the_letter(invoice())
    claimed = mailing._claim(letter.pk)
    assert claimed.attempts == 1
    mailing.send(letter.pk)
    assert mail.outbox == []


def test_a_crash_between_sending_and_recording_repeats_it_under_the_same_message_id(company, monkeypatch):
    letter = the_letter(invoice())
    now = clock.now()

    def killed(_letter: Letter) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, clock.at(now):
        patch.setattr(mailing, "_note_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            mailing.send(letter.pk)
    letter.refresh_from_db()
    assert letter.state == "pending"
    with clock.at(letter.next_attempt_at):
        assert mailing.sweep() == 1
        assert deliver(letter).state == "sent"
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second == letter.message_id


def test_an_attempt_that_was_given_up_records_nothing(company):
    """A sender that comes back after its claim has passed on must not overwrite what the other did."""
    letter = the_letter(invoice())
    old = mailing._claim(letter.pk)
    with clock.at(clock.now() + mailing.SENDING):
        deliver(letter)
    mailing._fail(old, "tarde", final=True)
    letter.refresh_from_db()
    assert letter.state == "sent"


@pytest.mark.parametrize(
    ("problem", "final"),
    [
        (SMTPRecipientsRefused({"pagos@cliente.test": (550, b"No such user")}), True),
        (SMTPRecipientsRefused({"pagos@cliente.test": (450, b"Try later")}), False),
        (SMTPRecipientsRefused({"a@x.test": (550, b"No"), "b@x.test": (450, b"Later")}), False),
        (SMTPDataError(552, b"Too large"), True),
        (SMTPDataError(451, b"Local error"), False),
        (SMTPAuthenticationError(535, b"Bad password"), False),
        (SMTPServerDisconnected("gone"), False),
        (TimeoutError("timed out"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_refusal_for_good_is_final_and_the_rest_is_tried_again(company, monkeypatch, problem, final):
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: (_ for _ in ()).throw(problem))
    now = clock.now()
    with clock.at(now):
        letter = deliver(the_letter(invoice()))
    assert letter.problem
    if final:
        assert (letter.state, letter.next_attempt_at) == ("failed", None)
        assert entries(letter) == ["letter.requested", "letter.failed"]
    else:
        assert (letter.state, letter.next_attempt_at) == ("pending", now + timedelta(minutes=1))
        assert entries(letter) == ["letter.requested"]


def test_the_refused_address_is_named(company, monkeypatch):
    problem = SMTPRecipientsRefused({"pagos@cliente.test": (550, "Buzón inexistente".encode())})
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: (_ for _ in ()).throw(problem))
    assert deliver(the_letter(invoice())).problem == "pagos@cliente.test: 550 Buzón inexistente"


def test_after_the_last_pause_it_is_given_up(company, monkeypatch):
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: (_ for _ in ()).throw(OSError("caído")))
    letter = the_letter(invoice())
    for _attempt in range(6):
        with clock.at(letter.next_attempt_at):
            deliver(letter)
    assert (letter.state, letter.attempts, letter.problem) == ("failed", 6, "caído")


def test_a_letter_that_kills_its_worker_each_time_is_given_up(company):
    letter = the_letter(invoice())
    Letter.objects.filter(pk=letter.pk).update(attempts=6)
    assert deliver(letter).state == "failed"
    assert entries(letter)[-1] == "letter.failed"


def test_a_document_voided_meanwhile_is_not_sent(company):
    document = invoice()
    workflow.void(document.pk, reason="Error", actor=SYSTEM)
    letter = deliver(the_letter(document))
    assert (letter.state, mail.outbox) == ("failed", [])
    assert "anuló" in letter.problem


# A test company (D1)


def test_a_test_company_writes_to_its_own_people_only():
    with own_company(mails_documents=True) as company:
        owner, boss = make_user(company), make_user(company, Role.ADMINISTRATOR)
        for role in Role:
            if role not in (Role.OWNER, Role.ADMINISTRATOR):
                make_user(company, role)
        letter = deliver(the_letter(invoice()))
        assert letter.recipients == ["pagos@cliente.test"]
        assert mail.outbox[0].recipients() == [owner.email, boss.email]
        message = sent()
        assert message["Subject"].startswith("[PRUEBAS] ")
        for kind in ("plain", "html"):
            assert "Habría sido para: pagos@cliente.test" in message.get_body((kind,)).get_content()


def test_addresses_that_are_typed_stay_inside_a_test_company_too():
    with own_company(mails_documents=True) as company:
        owner = make_user(company)
        letter = letters.send_again(invoice().pk, recipients=["otro@fuera.test"], actor=BILLER)
        deliver(letter)
        assert mail.outbox[0].recipients() == [owner.email]


def test_a_test_company_of_nobody_writes_to_nobody():
    with own_company(mails_documents=True):
        letter = deliver(the_letter(invoice()))
        assert (letter.state, mail.outbox) == ("failed", [])


# Sent again


def test_sent_again_it_is_a_new_letter(company):
    document = invoice()
    first = deliver(the_letter(document))
    again = letters.send_again(document.pk, recipients=[" Otra@X.test ", "otra@x.test"], actor=BILLER)
    assert again.pk != first.pk
    assert again.message_id != first.message_id
    assert again.recipients == ["otra@x.test"]
    assert again.requested_by == BILLER.label
    assert deliver(again).state == "sent"
    first.refresh_from_db()
    assert first.state == "sent"


@pytest.mark.parametrize("role", list(Role))
def test_who_may_mail_mails(company, role):
    document = invoice()
    if "billing.mail" in ROLES[role]:
        assert letters.send_again(document.pk, actor=actor(role)).state == "pending"
    else:
        with pytest.raises(Forbidden):
            letters.send_again(document.pk, actor=actor(role))
    assert {role for role in Role if "billing.mail" in ROLES[role]} == {Role.OWNER, Role.ADMINISTRATOR, Role.BILLING}


def test_what_cannot_be_mailed_is_refused(company):
    draft, void, lonely = make_draft(), invoice(), invoice(email="")
    workflow.void(void.pk, reason="Error", actor=SYSTEM)
    before = Letter.objects.count()
    assert code_of(letters.send_again, draft.pk, actor=BILLER) == "not_issued"
    assert code_of(letters.send_again, void.pk, actor=BILLER) == "document_voided"
    assert code_of(letters.send_again, lonely.pk, actor=BILLER) == "no_recipients"
    assert code_of(letters.send_again, lonely.pk, recipients=["no es"], actor=BILLER) == "email_invalid"
    many = [f"a{number}@x.test" for number in range(11)]
    assert code_of(letters.send_again, lonely.pk, recipients=many, actor=BILLER) == "too_many_recipients"
    assert Letter.objects.count() == before


def test_what_waits_for_sri_is_not_mailed(company):
    document = invoice()
    document.access_key, document.authorization = "1" * 49, Authorization.PENDING
    assert letters._refusal_of(document).code == "not_authorized"
    assert letters.request(document) is None


def test_a_letter_is_repeated_to_the_addresses_of_today(company):
    document = invoice(email="viejo@x.test")
    Customer.objects.filter(pk=document.customer_id).update(email="nuevo@x.test")
    again = letters.repeat(the_letter(document).pk, actor=BILLER)
    assert (again.document_id, again.recipients) == (document.pk, ["nuevo@x.test"])


# Receipts


def test_a_payment_is_receipted_where_the_company_says_so(company):
    document = invoice()
    pay(document, "15.00", reference="TR-9")
    assert not Letter.objects.filter(kind="receipt").exists()
    Company.objects.filter(pk=company.pk).update(mails_receipts=True)
    payment = pay(document, "60.00", reference="TR-10")
    letter = Letter.objects.get(kind="receipt")
    assert (letter.payment_id, letter.recipients) == (payment.pk, ["pagos@cliente.test"])
    deliver(letter)
    text = sent().get_body(("plain",)).get_content()
    for said in (
        "Canchas del Sur recibió su pago de $ 60,00",
        "TR-10",
        f"Factura {document.number}: $ 60,00",
        "$ 40,00",
    ):
        assert said in text


def test_the_receipt_of_a_voided_payment_is_not_sent(company):
    Company.objects.filter(pk=company.pk).update(mails_receipts=True)
    payment = pay(invoice(), "60.00")
    letter = Letter.objects.get(kind="receipt")
    payments.void(payment.pk, reason="Error", actor=SYSTEM)
    assert deliver(letter).state == "failed"
    assert code_of(letters.repeat, letter.pk, actor=BILLER) == "payment_voided"


# The wall


def test_another_company_s_letter_is_not_there():
    mine, theirs = make_company(mails_documents=True, environment="2"), make_company()
    with company_context(mine.pk):
        letter = the_letter(invoice())
    with company_context(theirs.pk):
        with pytest.raises(Letter.DoesNotExist):
            letters.repeat(letter.pk, actor=BILLER)
        with pytest.raises(Document.DoesNotExist):
            letters.send_again(letter.document_id, actor=BILLER)
        mailing.send(letter.pk)
    assert mail.outbox == []
    with all_companies():
        connection.check_constraints()
