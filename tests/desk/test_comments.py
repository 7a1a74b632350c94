"""Notes beside things: written, read by whom they name, withdrawn by who wrote them, seen by who sees the thing."""

import pytest
from django.test import Client

from audit.events import Audience
from audit.models import AuditEntry
from billing.models import Customer
from companies.roles import Role
from core.errors import Forbidden, Malformed, RuleRefused, WorkflowError
from desk import comments
from desk.models import Comment, Mention
from tests.factories import actor, make_customer, make_user, own_company
from tests.world import BACKEND


@pytest.fixture
def company(db):
    with own_company() as company:
        yield company


@pytest.fixture
def ana(company):
    return make_user(company, Role.BILLING, name="Ana Torres")


def by(user, role=Role.BILLING, **values):
    return actor(role, user_id=user.pk, **values)


def write(text: str, user, role=Role.BILLING) -> Comment:
    return comments.add("customer", make_customer().pk, text, actor=by(user, role))


def named(comment: Comment) -> list[str]:
    return list(Mention.objects.filter(comment=comment).values_list("user__name", flat=True))


def test_who_is_named_by_whole_name_or_by_a_first_name_only_one_has_is_told(company, ana):
    for name in ("José Muñoz", "Juan Mera", "Juan Paz"):
        make_user(company, Role.CASHIER, name=name)
    assert named(write("@jose munoz, mira. Y @Juan Paz también.", ana)) == ["José Muñoz", "Juan Paz"]
    assert named(write("Que lo vea @José", ana)) == ["José Muñoz"]
    assert named(write("Que lo vea @Juan, o a@b.test, o @nadie", ana)) == []
    assert named(write("Yo misma: @Ana Torres", ana)) == []


def test_nobody_else_gets_the_sentence_of_a_mention(company, ana):
    jose = make_user(company, Role.CASHIER, name="José Muñoz")
    write("@José llame hoy", ana)
    entry = AuditEntry.objects.get(action="mention.created")
    told = {
        user.pk: Audience.of(by(user), wants_messages=True).hears_message(entry)
        for user in (ana, jose, make_user(company))
    }
    assert [pk for pk, heard in told.items() if heard] == [jose.pk]


def test_a_mention_is_counted_until_it_is_read(company, ana):
    jose = make_user(company, Role.CASHIER, name="José Muñoz")
    write("@José uno", ana)
    write("@José dos", ana)
    first, second = comments.mentions_of(jose.pk).order_by("pk")
    comments.read([first.pk], actor=by(jose))
    assert list(comments.unread(by(jose))) == [second]
    assert comments.read([second.pk], actor=by(ana)) == []
    assert comments.unread(by(jose)).count() == 1


def test_only_who_wrote_a_note_withdraws_it_and_may_put_it_back(company, ana):
    comment = write("Llamar mañana", ana)
    with pytest.raises(WorkflowError) as refused:
        comments.withdraw(comment.pk, actor=by(make_user(company), Role.OWNER))
    assert refused.value.code == "not_your_comment"
    comments.withdraw(comment.pk, actor=by(ana))
    assert comments.panel("customer", comment.object_id, by(ana)).comments == []
    with pytest.raises(WorkflowError) as refused:
        comments.withdraw(comment.pk, actor=by(ana))
    assert refused.value.code == "comment_withdrawn"
    comments.restore(comment.pk, actor=by(ana))
    assert [row.text for row in comments.panel("customer", comment.object_id, by(ana)).comments] == ["Llamar mañana"]


def test_a_withdrawn_note_mentions_nobody_any_more(company, ana):
    jose = make_user(company, Role.CASHIER, name="José Muñoz")
    comments.withdraw(write("@José olvídelo", ana).pk, actor=by(ana))
    assert not comments.unread(by(jose)).exists()


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("customer", "  ", "comment_empty"),
        ("customer", "x" * 4001, "comment_too_long"),
        ("cosa", "Hola", "unknown_object_type"),
    ],
)
def test_what_says_nothing_too_much_or_of_nothing_is_refused(company, ana, kind, text, code):
    with pytest.raises((RuleRefused, Malformed)) as refused:
        comments.add(kind, make_customer().pk, text, actor=by(ana))
    assert refused.value.code == code
    assert not Comment.objects.exists()


def test_the_auditor_reads_and_does_not_write(company):
    with pytest.raises(Forbidden):
        write("Hola", make_user(company, Role.AUDITOR), Role.AUDITOR)


def test_another_company_s_thing_takes_no_note(company, ana):
    with own_company():
        other = make_customer().pk
    with pytest.raises(Customer.DoesNotExist):
        comments.add("customer", other, "Hola", actor=by(ana))


class TestPages:
    @pytest.fixture
    def client(self, company, ana):
        client = Client()
        client.force_login(ana, backend=BACKEND)
        return client

    def test_a_note_is_written_on_the_customer_s_page_and_taken_back_with_one_click(self, client):
        customer = make_customer()
        answer = client.post(f"/notas/sobre/customer/{customer.pk}/agregar/", {"text": "Paga los viernes"}, follow=True)
        assert answer.redirect_chain == [(f"/clientes/{customer.pk}/#notas", 302)]
        assert "Paga los viernes" in answer.content.decode()
        comment = Comment.objects.get()
        page = client.post(f"/notas/{comment.pk}/retirar/", follow=True).content.decode()
        assert "Paga los viernes" not in page
        assert f'action="/notas/{comment.pk}/restaurar/"' in page
        assert "Paga los viernes" in client.post(f"/notas/{comment.pk}/restaurar/", follow=True).content.decode()

    def test_a_refused_note_keeps_what_was_typed(self, client):
        answer = client.post(f"/notas/sobre/customer/{make_customer().pk}/agregar/", {"text": "x" * 4001})
        assert answer.status_code == 422
        assert "x" * 4001 in answer.content.decode()

    def test_htmx_gets_the_panel_alone(self, client):
        url = f"/notas/sobre/customer/{make_customer().pk}/agregar/"
        page = client.post(url, {"text": "Hola"}, headers={"HX-Request": "true"}).content.decode()
        assert page.lstrip().startswith('<section class="card notes"')
        assert "Hola" in page

    def test_the_page_of_mentions_leads_to_the_thing_and_notes_that_it_was_read(self, company, client, ana):
        comment = write("@Ana vea esto", make_user(company), Role.OWNER)
        page = client.get("/menciones/").content.decode()
        assert "vea esto" in page
        assert "Sin leer" in page
        mention = Mention.objects.get()
        answer = client.post(f"/menciones/{mention.pk}/")
        assert answer["Location"] == f"/clientes/{comment.object_id}/#notas"
        assert "Sin leer" not in client.get("/menciones/").content.decode()

    def test_colleagues_are_found_by_a_part_of_their_name(self, company, client):
        make_user(company, Role.CASHIER, name="José Muñoz", email="caja@prueba.test")
        found = client.get("/notas/personas/", {"q": "muno"}).json()["people"]
        assert found == [{"name": "José Muñoz", "email": "caja@prueba.test"}]
