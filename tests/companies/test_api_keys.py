"""The keys of other systems: part of what their maker may do, shown once, hashed, expiring, revoked at once."""

from datetime import timedelta

import pytest

from audit.models import AuditEntry
from companies import api_keys
from companies.models import ApiKey
from companies.roles import Role
from core import clock
from core.crypto import digest
from core.errors import Forbidden, RuleRefused, WorkflowError
from tests.factories import actor, own_company

pytestmark = pytest.mark.django_db

OWNER = actor(Role.OWNER)
ADMINISTRATOR = actor(Role.ADMINISTRATOR)


@pytest.mark.parametrize(("environment", "start"), [("1", "cdr_test_"), ("2", "cdr_live_")])
def test_a_key_says_what_it_opens_and_is_not_stored(environment, start):
    with own_company(environment=environment):
        key, secret = api_keys.create(name=" ERP ", scopes=["billing.view", "billing.view"], actor=OWNER)
        assert secret.startswith(start)
        assert len(secret) == len(start) + 43
        assert secret.startswith(key.prefix)
        assert len(key.prefix) == 15
        stored = ApiKey.objects.get()
        assert (stored.name, stored.scopes, stored.secret_hash) == ("ERP", ["billing.view"], digest(secret))
        assert stored.state == "active"
        entry = AuditEntry.objects.get(action="api_key.created")
        assert secret not in str(entry.after)
        assert entry.after["scopes"] == ["billing.view"]


def test_a_key_lives_a_year_unless_told_otherwise():
    with own_company():
        now = clock.now()
        with clock.at(now):
            assert api_keys.create(name="A", scopes=["billing.view"], actor=OWNER).key.expires_at == now + api_keys.LIFE
            until = now + timedelta(days=3)
            key = api_keys.create(name="B", scopes=["billing.view"], expires_at=until, actor=OWNER).key
        with clock.at(until):
            assert key.state == "expired"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": " "}, "name_required"),
        ({"scopes": []}, "scopes_empty"),
        ({"scopes": ["billing.everything"]}, "scope_unknown"),
        ({"scopes": ["*"]}, "scope_unknown"),
        ({"scopes": ["owners.manage"]}, "scope_not_held"),
        ({"expires_at": clock.now()}, "expiry_in_past"),
    ],
)
def test_a_key_that_should_not_be_is_refused(values, code):
    with own_company():
        with pytest.raises(RuleRefused) as refused:
            api_keys.create(**({"name": "ERP", "scopes": ["billing.view"]} | values), actor=ADMINISTRATOR)
        assert refused.value.code == code
        assert not ApiKey.objects.exists()
        assert not AuditEntry.objects.filter(action="api_key.created").exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_who_manages_keys_makes_and_revokes_them(role):
    with own_company():
        key = api_keys.create(name="ERP", scopes=["billing.view"], actor=OWNER).key
        with pytest.raises(Forbidden):
            api_keys.create(name="ERP", scopes=["billing.view"], actor=actor(role))
        with pytest.raises(Forbidden):
            api_keys.revoke(key.pk, actor=actor(role))
        assert ApiKey.objects.get().revoked_at is None


def test_a_revoked_key_stays_revoked():
    with own_company():
        key = api_keys.create(name="ERP", scopes=["billing.view"], actor=OWNER).key
        assert api_keys.revoke(key.pk, actor=ADMINISTRATOR).state == "revoked"
        with pytest.raises(WorkflowError) as refused:
            api_keys.revoke(key.pk, actor=ADMINISTRATOR)
        assert refused.value.code == "already_revoked"
        assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1


def test_another_company_s_key_is_not_there():
    with own_company():
        key = api_keys.create(name="ERP", scopes=["billing.view"], actor=OWNER).key
    with own_company(), pytest.raises(ApiKey.DoesNotExist):
        api_keys.revoke(key.pk, actor=OWNER)
