"""Files beside things: what they are their bytes say; they are handed out, never shown, to who sees the thing."""

import io
import zipfile

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.models import AccessEntry
from companies.roles import Role
from core.errors import RuleRefused, WorkflowError
from desk import attachments
from desk.models import Attachment
from tests.api_client import Api
from tests.factories import actor, make_customer, make_user, own_company
from tests.world import BACKEND

PNG = b"\x89PNG\r\n\x1a\n0000"


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


def office() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as writing:
        writing.writestr("[Content_Types].xml", "<Types/>")
    return packed.getvalue()


def keep(name: str, content: bytes, user=None) -> Attachment:
    who = actor(Role.BILLING, **({"user_id": user.pk} if user else {}))
    return attachments.add("customer", make_customer().pk, name, content, actor=who)


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "served_as"),
    [
        ("Contrato.PDF", b"%PDF-1.7", "Contrato.pdf", "application/pdf"),
        ("..\\..\\foto.png", PNG, "foto.png", "image/png"),
        ("orden.docx", office(), "orden.docx", f"{attachments.OFFICE}wordprocessingml.document"),
        ("retención.xml", "\ufeff<comprobante/>".encode(), "retención.xml", "application/xml"),
        ("a\nb.txt", b"hola", "ab.txt", "text/plain"),
    ],
)  # fmt: skip
def test_a_file_is_kept_and_served_as_what_its_bytes_are(company, name, content, kept_as, served_as):
    row = keep(name, content)
    assert (row.name, row.content_type, row.size) == (kept_as, served_as, len(content))
    assert attachments.content_of(row) == content


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("virus.exe", b"MZ", "attachment_kind_refused"),
        ("page.html", b"<html>", "attachment_kind_refused"),
        ("foto.png", b"<script>", "attachment_kind_refused"),
        ("hoja.xlsx", b"PK\x03\x04 no zip", "attachment_kind_refused"),
        ("nota.txt", b"a\0b", "attachment_kind_refused"),
        ("vacio.pdf", b"", "attachment_empty"),
        ("largo.txt", b"x" * (attachments.MAX_BYTES + 1), "attachment_too_large"),
    ],
)  # fmt: skip
def test_what_it_is_not_is_refused(company, name, content, code):
    with pytest.raises(RuleRefused) as refused:
        keep(name, content)
    assert refused.value.code == code
    assert not Attachment.objects.exists()


def test_who_brought_a_file_or_administers_withdraws_it_and_its_bytes_stay(company):
    owner, clerk = make_user(company), make_user(company, Role.BILLING)
    row = keep("a.pdf", b"%PDF-", clerk)
    with pytest.raises(WorkflowError) as refused:
        attachments.withdraw(row.pk, actor=actor(Role.CASHIER, user_id=make_user(company, Role.CASHIER).pk))
    assert refused.value.code == "not_your_attachment"
    attachments.withdraw(row.pk, actor=actor(user_id=owner.pk))
    assert attachments.content_of(row) == b"%PDF-"
    attachments.restore(row.pk, actor=actor(Role.BILLING, user_id=clerk.pk))
    assert Attachment.objects.get().withdrawn_at is None


def test_it_is_handed_out_never_shown_and_the_look_is_noted(company):
    client, row = Client(), keep("señal.png", PNG)
    client.force_login(make_user(company, Role.AUDITOR), backend=BACKEND)
    answer = client.get(f"/adjuntos/{row.pk}/")
    assert answer.content == PNG
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''se%C3%B1al.png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox"
    assert AccessEntry.objects.filter(object_type="desk.attachment", object_id=row.pk).count() == 1


def test_a_withdrawn_or_foreign_file_is_not_there(company):
    client, row = Client(), keep("a.png", PNG)
    client.force_login(make_user(company), backend=BACKEND)
    with own_company():
        other = keep("b.png", PNG)
    assert client.get(f"/adjuntos/{other.pk}/").status_code == 404
    assert client.post(f"/adjuntos/{row.pk}/retirar/").status_code == 302
    assert client.get(f"/adjuntos/{row.pk}/").status_code == 404


def test_page_and_api_keep_files_and_refuse_alike(company):
    owner, customer = make_user(company), make_customer()
    client, api = Client(), Api(owner)
    client.force_login(owner, backend=BACKEND)
    url = f"/notas/sobre/customer/{customer.pk}/adjuntar/"
    assert client.post(url, {"file": SimpleUploadedFile("a.png", PNG)}).status_code == 302
    refused = client.post(url, {"file": SimpleUploadedFile("a.png", b"nada")})
    assert refused.status_code == 422
    assert "se admiten PDF" in refused.content.decode()
    assert client.post(url).status_code == 422
    body = {"object_type": "customer", "object_id": customer.pk}
    made = api.client.post(
        "/api/v1/attachments/", body | {"file": SimpleUploadedFile("b.png", PNG)}, headers=api.headers
    )
    assert made.status_code == 201
    bad = api.client.post(
        "/api/v1/attachments/", body | {"file": SimpleUploadedFile("b.png", b"no")}, headers=api.headers
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "attachment_kind_refused")
    taken = api.client.get(f"/api/v1/attachments/{made.json()['id']}/file/", headers=api.headers)
    assert taken.content == PNG
    assert Attachment.objects.count() == 2


def test_over_the_api_a_key_holds_for_a_file_larger_than_memory_takes(company):
    api, customer = Api(make_user(company)), make_customer()
    large = PNG + b"\0" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def send(content: bytes, key: str = "f-1"):
        file = SimpleUploadedFile("a.png", content)
        body = {"object_type": "customer", "object_id": customer.pk, "file": file}
        return api.client.post("/api/v1/attachments/", body, headers=api.headers | {"Idempotency-Key": key})

    first, again = send(large), send(large)
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
    assert again["Idempotent-Replayed"] == "true"
    kept = Attachment.objects.get()
    assert kept.size == len(large)
    other = send(large[:-1] + b"1")  # as long, and another one
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Attachment.objects.count() == 1


def test_a_file_whose_bytes_are_gone_says_so(company):
    row = keep("nota.txt", b"hola")
    default_storage.delete(row.path)
    with pytest.raises(WorkflowError, match="no está en el almacenamiento") as refused:
        attachments.content_of(row)
    assert refused.value.code == "file_missing"
