"""The public link: what it shows to anybody who has it, what to who knows the buyer, and that guessing is closed."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import AccessEntry, AuditEntry
from billing import files, printing, public, workflow
from billing.models import Customer, Document, DocumentFile, PublicLink, SriAuthorization
from companies.roles import ROLES, Role
from core import clock
from core.crypto import digest
from core.errors import Forbidden, WorkflowError
from core.tenancy import all_companies, company_context
from tests.factories import SYSTEM, actor, line, make_company, make_customer, make_draft, make_invoice, make_user, pay
from tests.world import BACKEND

pytestmark = pytest.mark.django_db

BILLER = actor(Role.BILLING)
IDENTIFICATION = "1710034065"


@pytest.fixture(autouse=True)
def _quick_pdf(db, monkeypatch):
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-1.7 " + ride.link.encode())
    yield
    with all_companies():  # what the database checks at commit
        connection.check_constraints()


@pytest.fixture
def company(db):
    return make_company()


@pytest.fixture
def document(company) -> Document:
    with company_context(company.pk):
        customer = make_customer(
            identification_type="05", identification=IDENTIFICATION, name="Ana Secreta", address="Calle Secreta 7"
        )
        return make_invoice(customer_id=customer.pk)


@pytest.fixture
def path(company, document) -> str:
    with company_context(company.pk):
        return path_of(document)


def path_of(document: Document) -> str:
    return public.address(document).removeprefix(settings.BASE_URL)


def opened(path: str, typed: str = IDENTIFICATION) -> Client:
    client = Client()
    assert client.post(path, {"identification": typed}).status_code == 302
    return client


def seen(company: Any) -> list[tuple[str, str, str]]:
    with company_context(company.pk):
        found = AccessEntry.objects.exclude(path="").order_by("pk")
        return [(row.kind, row.code, row.path) for row in found]


# The link itself


def test_an_issued_document_has_one_link_whose_token_is_nowhere_in_clear(company, document, path):
    token = path.split("/")[2]
    assert len(token) == 43  # 256 bits
    with company_context(company.pk):
        (link,) = PublicLink.objects.all()
        assert link.token_hash == digest(token)
        assert token not in str(link.__dict__)
        with pytest.raises(IntegrityError), transaction.atomic():
            public.open_link(document)


def test_a_draft_has_none(company):
    with company_context(company.pk):
        draft = make_draft()
        assert public.address(draft) == printing.ride_of(draft).link == ""
        with pytest.raises(WorkflowError) as refused:
            public.renew(draft.pk, actor=BILLER)
        assert refused.value.code == "not_issued"


def test_a_revoked_link_is_dead_and_changes_no_printed_byte(company, document, path):
    with company_context(company.pk):
        printed = printing.ride_of(document)
        public.revoke(document.pk, actor=BILLER)
        assert public.address(document) == ""
        assert printing.ride_of(document) == printed
        assert printed.link.endswith(path)
        assert AuditEntry.objects.order_by("-pk")[0].action == "public_link.revoked"
        with pytest.raises(WorkflowError) as refused:
            public.revoke(document.pk, actor=BILLER)
        assert refused.value.code == "no_public_link"
    assert Client().get(path).status_code == 404


def test_a_new_link_kills_the_old_one_and_is_printed(company, document, path):
    with company_context(company.pk):
        files.make(document.pk)
        public.renew(document.pk, actor=BILLER)
        new = path_of(document)
        assert DocumentFile.objects.get(document=document).state == "pending"
        assert printing.ride_of(document).link.endswith(new)
        actions = AuditEntry.objects.filter(object_type="billing.publiclink").order_by("pk")
        assert [entry.action for entry in actions] == ["public_link.revoked", "public_link.opened"]
    assert (Client().get(path).status_code, Client().get(new).status_code) == (404, 200)


@pytest.mark.parametrize("role", [role for role in Role if "billing.mail" not in ROLES[role]])
def test_only_who_mails_gives_links(company, document, role):
    with company_context(company.pk):
        for step in (public.revoke, public.renew):
            with pytest.raises(Forbidden):
                step(document.pk, actor=actor(role))
        assert PublicLink.objects.get().revoked_at is None


def test_another_company_s_document_has_no_link_to_give(document):
    with company_context(make_company().pk):
        for step in (public.revoke, public.renew):
            with pytest.raises(Document.DoesNotExist):
                step(document.pk, actor=BILLER)


# The page


def test_anybody_with_the_link_sees_state_totals_and_balance_and_nothing_of_the_buyer(company, document, path):
    with company_context(company.pk):
        pay(document, "15.00")
    page = Client().get(path)
    text = page.content.decode()
    assert page.status_code == 200
    for shown in (
        document.number,
        "Emitida",
        "$ 115,00",
        "$ 100,00",
        "Saldo por pagar",
        company.legal_name,
        company.ruc,
    ):
        assert shown in text
    for hidden in ("Ana Secreta", "Calle Secreta", IDENTIFICATION, "Alquiler de cancha", "PDF (RIDE)"):
        assert hidden not in text


def test_nothing_keeps_lists_or_passes_on_the_page(path):
    client = opened(path)
    for page in (client.get(path), client.get(f"{path}pdf/"), client.post(path, {"identification": "x"})):
        assert page["Cache-Control"] == "no-store"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Referrer-Policy"] == "same-origin"


def test_a_voided_document_says_so(company, document, path):
    with company_context(company.pk):
        workflow.void(document.pk, reason="Error", actor=SYSTEM)
    text = Client().get(path).content.decode()
    assert "Anulada" in text
    assert "Saldo por pagar" not in text


@pytest.mark.parametrize(
    ("status", "authorization", "annulment", "said"),
    [
        ("issued", "none", "none", "Emitida"),
        ("issued", "pending", "none", "Pendiente de autorización del SRI"),
        ("paid", "sent", "none", "Pendiente de autorización del SRI"),
        ("issued", "rejected", "none", "Pendiente de autorización del SRI"),
        ("paid", "authorized", "none", "Autorizada por el SRI"),
        ("paid", "authorized", "annulled", "Anulada en el SRI"),
        ("voided", "pending", "none", "Anulada"),
    ],
)
def test_the_state_is_told_in_plain_words(status, authorization, annulment, said):
    row = Document(status=status, authorization=authorization, annulment=annulment)
    assert public.standing(row)[0] == said


def test_who_is_signed_in_to_another_company_sees_it_the_same(company, document, path):
    client = Client()
    client.force_login(make_user(make_company()), backend=BACKEND)
    text = client.get(path).content.decode()
    assert document.number in text
    assert "nav-link" not in text


def test_the_visit_is_remembered_and_noted_without_the_token(company, document, path):
    Client().get(path)
    token = path.split("/")[2]
    with company_context(company.pk):
        assert PublicLink.objects.get().last_seen_at is not None
    assert seen(company) == [("read", "", "/d/…/")]
    with all_companies():
        assert not AccessEntry.objects.filter(path__contains=token).exists()


# The files


def test_the_files_are_for_who_knows_the_buyer(company, document, path):
    with company_context(company.pk):
        address = public.address(document)
    stranger = Client()
    assert stranger.get(f"{path}pdf/")["Location"] == path
    client = opened(path, "171003406-5")
    assert "Ver el PDF (RIDE)" in client.get(path).content.decode()
    pdf = client.get(f"{path}pdf/")
    assert (pdf["Content-Type"], pdf.content) == ("application/pdf", b"%PDF-1.7 " + address.encode())
    assert document.number in pdf["Content-Disposition"]
    assert client.get(f"{path}xml/").status_code == 404  # nothing was authorized


def test_the_authorized_xml_is_given_as_sri_wrapped_it(company, document, path):
    with company_context(company.pk):
        SriAuthorization.objects.create(
            document=document, access_key="1" * 49, number="1" * 49, authorized_at=clock.now(), content=b"<xml/>",
            sha256="0" * 64,
        )  # fmt: skip
    assert Client().get(f"{path}xml/").status_code == 302
    client = opened(path)
    assert "Descargar el XML" in client.get(path).content.decode()
    xml = client.get(f"{path}xml/")
    assert (xml["Content-Type"], xml.content) == ("application/xml", b"<xml/>")
    assert f'filename="{"1" * 49}.xml"' in xml["Content-Disposition"]


def test_what_was_opened_is_one_document_in_one_browser(company, document, path):
    with company_context(company.pk):
        other = path_of(make_invoice(customer_id=document.customer_id))
    client = opened(path)
    assert client.get(f"{path}pdf/").status_code == 200
    assert client.get(f"{other}pdf/").status_code == 302
    cookie = next(iter(client.cookies.values()))
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (path, True, "Lax", "")
    forged = Client()
    forged.cookies[cookie.key] = digest(path.split("/")[2])
    assert forged.get(f"{path}pdf/").status_code == 302


def test_a_wrong_identification_opens_nothing_and_is_noted(company, path):
    answer = Client().post(path, {"identification": "1710034066"})
    assert answer.status_code == 422
    assert "No es la identificación del comprador" in answer.content.decode()
    assert seen(company) == [("refused", "identification_differs", "/d/…/")]


@pytest.mark.parametrize("typed", ["", " ", "-", "%", "1710034065001", "171003406", "ana secreta"])
def test_nearly_right_is_wrong(path, typed):
    assert Client().post(path, {"identification": typed}).status_code == 422


@pytest.mark.parametrize(("kept", "typed"), [("AB-12x", " ab 12X"), ("1790016919001", "1790016919001 ")])
def test_letters_and_dashes_are_forgiven(kept, typed):
    assert public.is_the_buyer(Document(buyer_identification=kept), typed)


def test_guessing_at_a_link_is_closed_after_five_tries(company, path):
    now = clock.now().replace(minute=1, second=0)
    with clock.at(now):
        for number in range(5):
            assert Client(REMOTE_ADDR=f"10.0.0.{number}").post(path, {"identification": str(number)}).status_code == 422
        closed = Client(REMOTE_ADDR="10.0.1.1").post(path, {"identification": IDENTIFICATION})
        assert closed.status_code == 429
        assert closed["Retry-After"] == "840"
        assert "Demasiados intentos" in closed.content.decode()
        assert not closed.cookies
        assert Client().get(path).status_code == 200
    with clock.at(now + timedelta(minutes=15)):
        opened(path)
    assert seen(company)[-3][:2] == ("refused", "too_many_attempts")


def test_guessing_from_an_address_is_closed_after_twenty_tries(company):
    with company_context(company.pk):
        paths = [path_of(make_invoice()) for _ in range(5)]
    with clock.at(clock.now().replace(minute=1, second=0)):
        for path in paths[:4]:
            for number in range(5):
                assert Client().post(path, {"identification": str(number)}).status_code == 422
        assert Client().post(paths[4], {"identification": "1"}).status_code == 429
        assert Client(REMOTE_ADDR="10.9.9.9").post(paths[4], {"identification": "1"}).status_code == 422


def test_unknown_and_revoked_are_the_same(company, document, path, django_assert_num_queries):
    with company_context(company.pk):
        public.revoke(document.pk, actor=BILLER)
    unknown = reverse("billing:public", args=["A" * 43])
    answers = []
    for each in (path, unknown):
        for name in ("", "pdf/", "xml/", "logo/"):
            with django_assert_num_queries(3):  # the company's setting, the look-up, the setting again
                answers.append(Client().get(each + name))
        answers.append(Client().post(each, {"identification": IDENTIFICATION}))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_consumidor_final_names_itself_by_the_law_s_number(company):
    with company_context(company.pk):
        final = Customer.objects.get(identification_type="07")
        path = path_of(make_invoice(line("10.00"), customer_id=final.pk))
    opened(path, "9999999999999")
