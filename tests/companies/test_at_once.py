"""Two people at the same instant: one of them is refused, and what must hold holds."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Barrier, Thread

import pytest
from django.db import connection

from companies import invitations, members, tokens
from companies.models import Company, Membership
from companies.roles import Role
from core.actor import Actor
from core.errors import WorkflowError
from core.tenancy import all_companies, company_context
from tests.factories import actor, make_company, make_user

pytestmark = pytest.mark.usefixtures("committing")

OWNER = actor(Role.OWNER)


def at_once(*steps: Callable[[], object], company: Company | None = None) -> list[str]:
    """Take the steps in a thread each, at the same instant, and return the codes of those refused."""
    start, refused = Barrier(len(steps)), []

    def take(step: Callable[[], object]) -> None:
        try:
            with company_context(company.pk) if company else nullcontext():
                start.wait(10)
                step()
        except WorkflowError as error:
            refused.append(error.code)
        except tokens.TokenRefused:
            refused.append("token_refused")
        finally:
            connection.close()

    threads = [Thread(target=take, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


def two_owners_end_each_other() -> tuple[list[str], int]:
    """Return who was refused, and how many owners are left."""
    company = make_company()
    for _ in range(2):
        make_user(company, Role.OWNER)
    with company_context(company.pk):
        rows = list(Membership.objects.values_list("pk", flat=True))
    steps = [lambda pk=pk: members.end_access(pk, actor=OWNER) for pk in rows]
    refused = at_once(*steps, company=company)
    with all_companies():
        return refused, Membership.objects.filter(company=company, role=Role.OWNER, ended_at=None).count()


def test_without_the_lock_two_owners_would_end_each_other(monkeypatch):
    both_have_read = Barrier(2)

    def look(membership_id: int) -> tuple[Membership, list[Membership]]:
        owners = list(Membership.objects.select_related("user").filter(role=Role.OWNER, ended_at=None))
        both_have_read.wait(10)
        return next(row for row in owners if row.pk == membership_id), owners

    monkeypatch.setattr(members, "_lock", look)
    assert two_owners_end_each_other() == ([], 0)


def test_two_owners_who_end_each_other_leave_one():
    assert two_owners_end_each_other() == (["last_owner"], 1)


def test_one_link_followed_twice_makes_one_person_and_one_access():
    company = make_company()
    with company_context(company.pk):
        sent = invitations.invite(email="ana@x.test", name="Ana", role=Role.CASHIER, actor=OWNER)
    link, guest = invitations.token_of(sent), Actor("system", "", "page")

    def follow() -> None:
        invitations.accept_as_new(link, name="Ana", password="una-larga-y-rara-7", actor=guest)

    assert at_once(follow, follow) == ["invitation_accepted"]
    with all_companies():
        assert Membership.objects.filter(user__email="ana@x.test").count() == 1


def test_two_companies_inviting_the_same_stranger_make_one_account():
    links, guest = [], Actor("system", "", "page")
    for company in (make_company(), make_company()):
        with company_context(company.pk):
            sent = invitations.invite(email="ana@x.test", name="Ana", role=Role.CASHIER, actor=OWNER)
            links.append(invitations.token_of(sent))
    steps = [
        lambda link=link: invitations.accept_as_new(link, name="Ana", password="una-larga-y-rara-7", actor=guest)
        for link in links
    ]
    assert at_once(*steps) == ["person_exists"]


def test_one_refresh_token_used_twice_gives_one_pair():
    user = make_user(make_company())
    refresh = tokens.issue(user)["refresh"]
    assert at_once(lambda: tokens.rotate(refresh), lambda: tokens.rotate(refresh)) == ["token_refused"]
