"""The mail of a mention: once, to who is named and still wants it, with text, author and the way to the note."""

from dataclasses import replace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from audit.models import AuditEntry
from companies import alerts, members
from companies.api_keys import create
from companies.models import AlertMail, Membership
from companies.roles import Role
from core.errors import WorkflowError
from desk import comments
from tests.api_client import Api
from tests.desk.test_comments import ana, by, company, write
from tests.factories import actor, make_user

__all__ = ["ana", "company"]


@pytest.fixture
def jose(company):
    return make_user(company, Role.CASHIER, name="José Muñoz", email="jose@prueba.test")


def deliver() -> list[str]:
    """Do what the workers do, and return who was written to."""
    mail.outbox.clear()
    for row in AlertMail.objects.filter(next_attempt_at__isnull=False).order_by("pk"):
        alerts.send(row.pk)
    return [address for message in mail.outbox for address in message.to]


def choose(user, wanted: bool) -> Membership:
    return members.choose_mails(mails_mentions=wanted, actor=by(user, Role.CASHIER))


def test_who_is_named_gets_the_text_its_author_and_the_way_there(company, ana, jose, settings):
    settings.BASE_URL = "https://cuadre.test"
    customer = write("nada", ana).object_id
    comments.add("customer", customer, "@José llame <hoy>\ny anote.", actor=replace(by(ana), label="Ana"))
    assert deliver() == ["jose@prueba.test"]
    (message,) = mail.outbox
    assert message.subject.startswith("Ana le menciona en Cliente")
    html = str(message.alternatives[0][0])
    assert "@José llame <hoy>\ny anote." in message.body
    assert "@José llame &lt;hoy&gt;<br>y anote." in html
    for text in (message.body, html):
        assert f"https://cuadre.test/clientes/{customer}/#notas" in text
        assert "PRUEBAS" in text
        assert "«Avisos por correo»" in text
        assert "propietario" not in text


def test_a_mention_is_mailed_once_whatever_becomes_of_the_note(ana, jose):
    note = write("@José y otra vez @José Muñoz", ana)
    row = AlertMail.objects.get()
    assert deliver() == ["jose@prueba.test"]
    comments.withdraw(note.pk, actor=by(ana))
    comments.restore(note.pk, actor=by(ana))
    alerts.send(row.pk)
    alerts.mail_to(row.entry_id, [row.address])
    assert deliver() == []
    assert AlertMail.objects.count() == 1


def test_nobody_is_mailed_for_naming_themselves(ana):
    write("Yo: @Ana Torres", ana)
    assert not AlertMail.objects.exists()


def left(jose, note):
    Membership.objects.filter(user=jose).update(ended_at=timezone.now())


def wants_none(jose, note):
    choose(jose, wanted=False)


def was_taken_back(jose, note):
    comments.withdraw(note.pk, actor=actor(user_id=note.author_id))


@pytest.mark.parametrize("meanwhile", [left, wants_none, was_taken_back])
def test_what_is_not_to_be_told_any_more_is_given_up(ana, jose, meanwhile):
    note = write("@José mire", ana)
    meanwhile(jose, note)
    assert deliver() == []
    row = AlertMail.objects.get()
    assert (row.sent_at, row.next_attempt_at) == (None, None)
    assert row.problem == "Dejó de hacer falta antes de enviarse."


def test_a_mail_that_fails_is_tried_again(ana, jose, monkeypatch):
    def refusing(self, messages):
        raise ConnectionRefusedError("no one listens")

    write("@José mire", ana)
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refusing)
        assert deliver() == []
    row = AlertMail.objects.get()
    assert (row.attempts, row.problem, row.sent_at) == (1, "no one listens", None)
    assert deliver() == ["jose@prueba.test"]
    assert deliver() == []


def test_the_choice_is_kept_in_the_log_and_only_where_it_changes_something(jose):
    assert choose(jose, wanted=True).version == 1
    assert choose(jose, wanted=False).version == 2
    entry = AuditEntry.objects.get(action="membership.mails_chosen")
    assert (entry.before, entry.after) == ({"mails_mentions": True}, {"mails_mentions": False})


def test_a_program_gets_no_mails_and_so_chooses_none(company, ana):
    with pytest.raises(WorkflowError) as refused:
        members.choose_mails(mails_mentions=False, actor=actor())
    assert refused.value.code == "not_a_person"
    secret = create(name="ERP", scopes=["comments.view"], actor=actor(user_id=ana.pk)).secret
    api = Api(key=secret)
    for answer in (api.get("me/mails/"), api.patch("me/mails/", {"mails_mentions": False})):
        assert (api.status, answer["code"]) == (409, "not_a_person")


def test_a_person_chooses_over_the_api(company, jose):
    api = Api(jose)
    assert api.get("me/mails/") == {"mails_mentions": True}
    assert api.patch("me/mails/", {"mails_mentions": False}, If_Match='"1"') == {"mails_mentions": False}
    assert api.patch("me/mails/", {}) == {"mails_mentions": False}
    assert api.patch("me/mails/", {"mails_mentions": True}, If_Match='"1"')["code"] == "stale_version"


def test_a_person_chooses_on_their_own_page(company, as_role):
    client = as_role(Role.AUDITOR)
    assert 'href="/cuenta/avisos/"' in client.get("/").content.decode()
    assert "checked" in client.get("/cuenta/avisos/").content.decode()
    said = client.post("/cuenta/avisos/", {}, follow=True).content.decode()
    assert "Avisos por correo guardados." in said
    assert list(Membership.objects.values_list("mails_mentions", flat=True)) == [False]
