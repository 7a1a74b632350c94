"""The only way in: an invitation, its mail, its link, its week."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from audit.models import AuditEntry
from companies import invitations, jobs, members
from companies.models import Invitation, Membership, User
from companies.roles import Role
from core import clock
from core.actor import Actor
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.tenancy import all_companies, company_context
from tests.factories import actor, make_user, own_company

pytestmark = pytest.mark.django_db

OWNER = actor(Role.OWNER)
ADMINISTRATOR = actor(Role.ADMINISTRATOR)
GUEST = Actor("system", "", "page")
PASSWORD = "una-larga-y-rara-7"


def invite(**values) -> Invitation:
    values = {"email": "ana@nueva.test", "name": "Ana Paz", "role": Role.CASHIER, "actor": ADMINISTRATOR} | values
    return invitations.invite(**values)


def token(invitation: Invitation) -> str:
    return invitations.token_of(invitation)


def entries() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def code_of(step, *args, **values) -> str:
    with pytest.raises(WorkflowError) as refused:
        step(*args, **values)
    return refused.value.code


def join_as_new(sent: Invitation) -> Membership:
    return invitations.accept_as_new(token(sent), name="Eva", password=PASSWORD, actor=GUEST)


# Inviting


def test_an_invitation_keeps_only_the_hash_of_its_link():
    with own_company():
        now = clock.now()
        with clock.at(now):
            sent = invite(email=" Ana@Nueva.TEST ")
        stored = Invitation.objects.get()
        assert (stored.email, stored.expires_at, stored.state) == ("ana@nueva.test", now + timedelta(days=7), "invited")
        assert len(token(sent)) == 43
        assert token(stored) == token(sent)
        assert token(sent) not in str(stored.__dict__)
        assert invitations.by_token(token(sent)) == stored
        assert entries()[-1] == "invitation.created"


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_who_manages_people_invites(role):
    with own_company():
        sent = invite()
        for step in (
            lambda: invite(email="otra@x.test", actor=actor(role)),
            lambda: invitations.resend(sent.pk, actor=actor(role)),
            lambda: invitations.revoke(sent.pk, actor=actor(role)),
        ):
            with pytest.raises(Forbidden):
                step()
        assert Invitation.objects.count() == 1


def test_owners_are_invited_by_owners():
    with own_company():
        with pytest.raises(Forbidden) as refused:
            invite(role=Role.OWNER)
        assert refused.value.extra == {"permission": "owners.manage"}
        sent = invite(role=Role.OWNER, actor=OWNER)
        with pytest.raises(Forbidden):
            invitations.resend(sent.pk, actor=ADMINISTRATOR)


def test_who_belongs_or_is_invited_already_is_not_invited():
    with own_company() as company:
        user = make_user(email="luis@x.test")
        Membership.objects.create(user=user, role=Role.BILLING, company=company)
        assert code_of(invite, email="Luis@x.test") == "already_member"
        invite()
        assert code_of(invite, email="ANA@nueva.test") == "already_invited"
        assert Invitation.objects.count() == 1


def test_an_expired_invitation_gives_way_to_a_new_one():
    with own_company():
        old = invite()
        with clock.at(clock.now() + timedelta(days=7)):
            new = invite(role=Role.BILLING)
        old.refresh_from_db()
        assert old.state == "revoked"
        assert new.role == Role.BILLING
        assert entries()[-2:] == ["invitation.revoked", "invitation.created"]


def test_sending_again_kills_the_earlier_link():
    with own_company():
        sent = invite()
        first = token(sent)
        with clock.at(clock.now() + timedelta(days=6)):
            again = invitations.resend(sent.pk, actor=ADMINISTRATOR)
        assert token(again) != first
        with pytest.raises(Invitation.DoesNotExist):
            invitations.by_token(first)
        assert invitations.by_token(token(again)).pk == sent.pk
        assert entries()[-1] == "invitation.resent"


def test_an_answered_invitation_is_neither_sent_again_nor_taken_back():
    with own_company():
        taken_back, accepted = invite(), invite(email="eva@x.test")
        invitations.revoke(taken_back.pk, actor=ADMINISTRATOR)
        join_as_new(accepted)
        for row, code in ((taken_back, "invitation_revoked"), (accepted, "invitation_accepted")):
            assert code_of(invitations.resend, row.pk, actor=ADMINISTRATOR) == code
            assert code_of(invitations.revoke, row.pk, actor=ADMINISTRATOR) == code


# Accepting


def test_somebody_new_makes_an_account_and_belongs():
    with own_company() as company:
        sent = invite()
    membership = invitations.accept_as_new(token(sent), name=" Ana María Paz ", password=PASSWORD, actor=GUEST)
    with company_context(company.pk):
        user = User.objects.get(email="ana@nueva.test")
        assert (user.name, user.check_password(PASSWORD)) == ("Ana María Paz", True)
        assert (membership.user, membership.role, membership.company_id) == (user, Role.CASHIER, company.pk)
        assert Invitation.objects.get().state == "accepted"
        assert entries()[-2:] == ["invitation.accepted", "membership.created"]
        entry = AuditEntry.objects.order_by("-id")[0]
        assert (entry.actor_label, entry.actor_user_id) == ("Ana María Paz", user.pk)


def test_somebody_with_an_account_belongs_to_both_companies():
    user = make_user(email="ana@nueva.test")
    with own_company():
        first = invite()
    with own_company():
        second = invite(role=Role.AUDITOR)
    for sent in (first, second):
        invitations.accept_as(token(sent), user, actor=GUEST)
    with all_companies():
        assert sorted(Membership.objects.filter(user=user).values_list("role", flat=True)) == ["auditor", "cashier"]


def test_who_comes_back_gets_the_role_of_the_invitation():
    user = make_user(email="ana@nueva.test")
    with own_company() as company:
        member = Membership.objects.create(user=user, role=Role.OWNER, company=company)
        Membership.objects.create(user=make_user(), role=Role.OWNER, company=company)
        members.end_access(member.pk, actor=OWNER)
        back = invitations.accept_as(token(invite(role=Role.AUDITOR)), user, actor=GUEST)
        assert (back.pk, back.role, back.ended_at) == (member.pk, Role.AUDITOR, None)
        assert entries()[-1] == "membership.restored"


def test_a_dead_link_lets_nobody_in():
    user = make_user(email="ana@nueva.test")
    with own_company():
        expired, revoked, accepted = invite(), invite(email="b@x.test"), invite(email="c@x.test")
        invitations.revoke(revoked.pk, actor=OWNER)
        join_as_new(accepted)
        with clock.at(expired.expires_at):
            assert code_of(invitations.accept_as, token(expired), user, actor=GUEST) == "invitation_expired"
        for sent, code in ((revoked, "invitation_revoked"), (accepted, "invitation_accepted")):
            assert code_of(join_as_new, sent) == code
        assert Membership.objects.count() == 1
        with pytest.raises(Invitation.DoesNotExist):
            invitations.accept_as_new("x" * 43, name="X", password=PASSWORD, actor=GUEST)


def test_an_invitation_is_for_its_address_only():
    other = make_user(email="otro@x.test")
    with own_company():
        sent = invite()
        assert code_of(invitations.accept_as, token(sent), other, actor=GUEST) == "invited_somebody_else"
        assert Invitation.objects.get().state == "invited"
        assert not Membership.objects.exists()


def test_nobody_makes_a_second_account_for_an_address():
    user = make_user(email="ana@nueva.test")
    with own_company():
        sent = invite()
        assert code_of(join_as_new, sent) == "person_exists"
        user.refresh_from_db()
        assert user.name != "Eva"
        assert Invitation.objects.get().state == "invited"


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        (" ", PASSWORD, "name_required"),
        ("Ana", "corta-7", "password_weak"),
        ("Ana", "1234567890", "password_weak"),
        ("Ana", "ana@nueva.test", "password_weak"),
    ],
)
def test_a_new_account_needs_a_name_and_a_password_worth_it(name, password, code):
    with own_company():
        sent = invite()
        with pytest.raises(RuleRefused) as refused:
            invitations.accept_as_new(token(sent), name=name, password=password, actor=GUEST)
        assert refused.value.code == code
        assert not User.objects.filter(email=sent.email).exists()
        assert Invitation.objects.get().state == "invited"


# The mail


def due() -> list[int]:
    with all_companies():
        return list(Invitation.objects.filter(next_attempt_at__lte=clock.now()).values_list("pk", flat=True))


def test_the_mail_brings_the_link_and_is_sent_once():
    with own_company(trade_name="Los Ceibos & Cía.") as company:
        sent = invite()
        assert due() == [sent.pk]
        jobs.mail_invitation(sent.pk)
        jobs.mail_invitation(sent.pk)
        (message,) = mail.outbox
        assert message.to == ["ana@nueva.test"]
        assert message.subject == "Invitación a Los Ceibos & Cía. en Cuadre"
        assert re.search(r"/cuenta/invitacion/(\S+)/\n", message.body).group(1) == token(sent)
        assert f"en {company} con el rol «Caja»" in message.body
        assert token(sent) in message.alternatives[0].content
        assert "Los Ceibos &amp; Cía." in message.alternatives[0].content
        stored = Invitation.objects.get()
        assert (stored.mailed_at is not None, stored.next_attempt_at, stored.mail_attempts) == (True, None, 1)
        assert due() == []


def test_a_mail_that_fails_is_tried_again_and_then_left_to_a_person(monkeypatch):
    def refuse(*_):
        raise SMTPRecipientsRefused({"ana@nueva.test": (550, b"no such user")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with own_company():
        sent, now = invite(), clock.now()
        waits = []
        for _ in range(len(jobs.PAUSES) + 1):
            with clock.at(now):
                jobs.mail_invitation(sent.pk)
            sent.refresh_from_db()
            waits.append(sent.next_attempt_at and sent.next_attempt_at - now)
            now = sent.next_attempt_at or now
        assert waits == [*jobs.PAUSES, None]
        assert "no such user" in sent.mail_problem
        assert sent.mailed_at is None


def test_a_message_sent_twice_carries_one_id():
    with own_company():
        sent = invite()
        first, second = jobs._letter(sent), jobs._letter(Invitation.objects.get())
        assert first.message()["Message-ID"] == second.message()["Message-ID"]


def test_an_answered_invitation_is_not_mailed():
    with own_company():
        sent = invite()
        invitations.revoke(sent.pk, actor=OWNER)
        jobs.mail_invitation(sent.pk)
        assert mail.outbox == []


def test_the_clock_finds_the_mails_of_every_company():
    with own_company():
        first = invite()
    with own_company():
        second = invite()
    assert jobs.sweep_invitations() == 2
    assert due() == []
    with all_companies():
        assert Invitation.objects.filter(pk__in=[first.pk, second.pk], next_attempt_at=None).count() == 0
