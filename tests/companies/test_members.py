"""People change roles and leave; nobody unmakes an owner but an owner, and the last one stays."""

import pytest

from audit.models import AuditEntry
from companies import api_keys, members
from companies.models import ApiKey, Membership
from companies.roles import Role
from core.errors import Forbidden, StaleVersion, WorkflowError
from tests.factories import actor, make_user, own_company

pytestmark = pytest.mark.django_db

OWNER = actor(Role.OWNER)
ADMINISTRATOR = actor(Role.ADMINISTRATOR)


def join(company, role: str) -> Membership:
    user = make_user()
    return Membership.objects.create(user=user, role=role, company=company)


def last_entry() -> AuditEntry:
    return AuditEntry.objects.order_by("-id")[0]


def test_a_new_role_holds_at_once_and_leaves_its_entry():
    with own_company() as company:
        member = join(company, Role.CASHIER)
        changed = members.change_role(member.pk, Role.BILLING, actor=ADMINISTRATOR, expected_version=1)
        assert (changed.role, changed.version) == (Role.BILLING, 2)
        assert "billing.issue" in changed.permissions
        entry = last_entry()
        assert (entry.action, entry.before, entry.after) == (
            "membership.role_changed",
            {"role": "cashier"},
            {"role": "billing"},
        )


def test_the_same_role_again_changes_nothing():
    with own_company() as company:
        member = join(company, Role.CASHIER)
        assert members.change_role(member.pk, Role.CASHIER, actor=OWNER).version == 1
        assert not AuditEntry.objects.filter(action="membership.role_changed").exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_who_manages_people_changes_them(role):
    with own_company() as company:
        member = join(company, Role.CASHIER)
        with pytest.raises(Forbidden):
            members.change_role(member.pk, Role.AUDITOR, actor=actor(role))
        with pytest.raises(Forbidden):
            members.end_access(member.pk, actor=actor(role))
        member.refresh_from_db()
        assert (member.role, member.ended_at) == (Role.CASHIER, None)


def test_an_administrator_neither_makes_nor_unmakes_owners():
    with own_company() as company:
        owner, clerk = join(company, Role.OWNER), join(company, Role.BILLING)
        join(company, Role.OWNER)
        for step in (
            lambda: members.change_role(clerk.pk, Role.OWNER, actor=ADMINISTRATOR),
            lambda: members.change_role(owner.pk, Role.BILLING, actor=ADMINISTRATOR),
            lambda: members.end_access(owner.pk, actor=ADMINISTRATOR),
        ):
            with pytest.raises(Forbidden) as refused:
                step()
            assert refused.value.extra == {"permission": "owners.manage"}
        assert members.change_role(clerk.pk, Role.OWNER, actor=OWNER).role == Role.OWNER
        assert members.end_access(owner.pk, actor=OWNER).ended_at


def test_the_last_owner_stays():
    with own_company() as company:
        owner = join(company, Role.OWNER)
        for step in (
            lambda: members.change_role(owner.pk, Role.BILLING, actor=OWNER),
            lambda: members.end_access(owner.pk, actor=OWNER),
        ):
            with pytest.raises(WorkflowError) as refused:
                step()
            assert refused.value.code == "last_owner"
        owner.refresh_from_db()
        assert (owner.role, owner.ended_at, owner.version) == (Role.OWNER, None, 1)


def test_an_owner_who_cannot_come_in_does_not_count():
    with own_company() as company:
        owner, gone = join(company, Role.OWNER), join(company, Role.OWNER)
        gone.user.is_active = False
        gone.user.save()
        with pytest.raises(WorkflowError) as refused:
            members.end_access(owner.pk, actor=OWNER)
        assert refused.value.code == "last_owner"
        assert members.end_access(gone.pk, actor=OWNER).ended_at


def test_who_left_has_nothing_to_change():
    with own_company() as company:
        member = join(company, Role.CASHIER)
        members.end_access(member.pk, actor=OWNER)
        for step in (
            lambda: members.change_role(member.pk, Role.BILLING, actor=OWNER),
            lambda: members.end_access(member.pk, actor=OWNER),
        ):
            with pytest.raises(WorkflowError) as refused:
                step()
            assert refused.value.code == "access_ended"


def test_the_keys_a_leaver_made_end_with_them():
    with own_company() as company:
        leaver, other = join(company, Role.ADMINISTRATOR), join(company, Role.ADMINISTRATOR)
        keys = {
            member.pk: api_keys.create(
                name="ERP", scopes=["billing.view"], actor=actor(Role.ADMINISTRATOR, user_id=member.user_id)
            ).key
            for member in (leaver, other)
        }
        members.end_access(leaver.pk, actor=OWNER)
        assert ApiKey.objects.get(pk=keys[leaver.pk].pk).revoked_at
        assert ApiKey.objects.get(pk=keys[other.pk].pk).revoked_at is None
        assert [row.action for row in AuditEntry.objects.order_by("-id")[:2]] == [
            "api_key.revoked",
            "membership.ended",
        ]


def test_the_keys_a_leaver_made_stay_when_asked_for():
    with own_company() as company:
        leaver = join(company, Role.ADMINISTRATOR)
        maker = actor(Role.ADMINISTRATOR, user_id=leaver.user_id)
        key = api_keys.create(name="ERP", scopes=["billing.view"], actor=maker).key
        members.end_access(leaver.pk, revoke_keys=False, actor=OWNER)
        assert ApiKey.objects.get(pk=key.pk).revoked_at is None


def test_a_stale_page_is_refused():
    with own_company() as company:
        member = join(company, Role.CASHIER)
        members.change_role(member.pk, Role.BILLING, actor=OWNER)
        with pytest.raises(StaleVersion):
            members.change_role(member.pk, Role.AUDITOR, actor=OWNER, expected_version=1)
        with pytest.raises(StaleVersion):
            members.end_access(member.pk, actor=OWNER, expected_version=1)


def test_another_company_s_people_are_not_there():
    with own_company() as other:
        stranger = join(other, Role.CASHIER)
    with own_company():
        with pytest.raises(Membership.DoesNotExist):
            members.change_role(stranger.pk, Role.AUDITOR, actor=OWNER)
        with pytest.raises(Membership.DoesNotExist):
            members.end_access(stranger.pk, actor=OWNER)
