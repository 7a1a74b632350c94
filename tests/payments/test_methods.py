"""The ways to pay: added, changed, switched off; never two of a name, never an SRI code that is none."""

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from companies.roles import Role
from core.errors import Forbidden, RuleRefused, StaleVersion, WorkflowError
from payments import methods
from payments.models import PaymentMethod
from tests.factories import SYSTEM, actor, make_method, own_company, pay
from tests.payments.factories import owing

pytestmark = pytest.mark.usefixtures("company")

CHEQUE = {"name": "Cheque", "sri_code": "20", "reference_rule": "required", "reference_kind": "cheque", "active": True}
FREE = {"name": "Cheque", "sri_code": "01", "reference_rule": "optional", "reference_kind": "free"}


def test_a_method_is_added_and_leaves_an_entry():
    method = methods.create(CHEQUE, actor=SYSTEM)
    assert (method.name, method.sri_code, method.needs_reference, method.active) == ("Cheque", "20", True, True)
    entry = AuditEntry.objects.get(action="payment_method.created")
    assert entry.after == CHEQUE


@pytest.mark.parametrize("name", ["Cheque", "cheque", "  CHEQUE "])
def test_two_of_a_name_are_refused(name):
    methods.create(CHEQUE, actor=SYSTEM)
    with pytest.raises(WorkflowError) as refused:
        methods.create(CHEQUE | {"name": name}, actor=SYSTEM)
    assert refused.value.code == "method_exists"


def test_another_company_may_use_the_same_name():
    methods.create(CHEQUE, actor=SYSTEM)
    with own_company():
        methods.create(CHEQUE, actor=SYSTEM)


@pytest.mark.parametrize("code", ["02", "99", "", "x"])
def test_a_code_that_sri_does_not_take_today_is_refused(code):
    with pytest.raises(RuleRefused) as refused:
        methods.create(CHEQUE | {"sri_code": code}, actor=SYSTEM)
    assert refused.value.code == "sri_code_unknown"


def test_a_name_is_asked():
    with pytest.raises(RuleRefused) as refused:
        methods.create(CHEQUE | {"name": "  "}, actor=SYSTEM)
    assert refused.value.code == "name_required"


def test_a_change_leaves_what_changed():
    method = methods.create(CHEQUE, actor=SYSTEM)
    methods.update(method.pk, {"name": "Cheque certificado", "active": False}, actor=SYSTEM, expected_version=1)
    entry = AuditEntry.objects.get(action="payment_method.updated")
    assert entry.before == {"name": "Cheque", "active": True}
    assert entry.after == {"name": "Cheque certificado", "active": False}


def test_the_second_of_two_editors_is_refused():
    method = methods.create(CHEQUE, actor=SYSTEM)
    methods.update(method.pk, {"active": False}, actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        methods.update(method.pk, {"active": True}, actor=SYSTEM, expected_version=1)
    assert not PaymentMethod.objects.get(pk=method.pk).active


def test_the_code_behind_payments_does_not_change():
    pay(owing(), "10.00")
    method = PaymentMethod.objects.get()
    with pytest.raises(WorkflowError) as refused:
        methods.update(method.pk, {"sri_code": "20"}, actor=SYSTEM)
    assert refused.value.code == "method_in_use"
    methods.update(method.pk, {"name": "Caja", "sri_code": "01"}, actor=SYSTEM)


def test_another_companys_method_is_not_there():
    with own_company():
        method = make_method()
    with pytest.raises(PaymentMethod.DoesNotExist):
        methods.update(method.pk, {"active": False}, actor=SYSTEM)


@pytest.mark.parametrize("role", [Role.BILLING, Role.CASHIER, Role.FRONTDESK, Role.ACCOUNTANT, Role.AUDITOR])
def test_only_owner_and_administrator_set_methods_up(role):
    with pytest.raises(Forbidden):
        methods.create(CHEQUE, actor=actor(role))
    with pytest.raises(Forbidden):
        methods.update(PaymentMethod.objects.get().pk, {"active": False}, actor=actor(role))


class TestPages:
    def test_everybody_sees_them_and_who_may_not_change_them_gets_no_links(self, as_role):
        method = make_method(name="Depósito", sri_code="20")
        page = as_role(Role.AUDITOR).get(reverse("payments:methods")).content.decode()
        assert "Depósito" in page
        assert "20 · Otros con utilización del sistema financiero" in page
        assert method.get_absolute_url() not in page
        assert reverse("payments:method_new") not in page
        assert method.get_absolute_url() in as_role(Role.OWNER).get(reverse("payments:methods")).content.decode()

    def test_one_is_added(self, as_role):
        answer = as_role(Role.OWNER).post(reverse("payments:method_new"), CHEQUE | {"active": "on"})
        assert answer["Location"] == reverse("payments:methods")
        assert PaymentMethod.objects.filter(name="Cheque", active=True).exists()

    def test_one_is_switched_off(self, as_role):
        method = make_method(name="Cheque", sri_code="20")
        sent = FREE | {"sri_code": "20", "version": method.version}
        assert as_role(Role.OWNER).post(method.get_absolute_url(), sent).status_code == 302
        assert not PaymentMethod.objects.get(pk=method.pk).active

    def test_a_name_that_is_taken_is_said_at_the_field(self, as_role):
        make_method(name="Cheque")
        page = as_role(Role.OWNER).post(reverse("payments:method_new"), CHEQUE)
        assert page.status_code == 409
        assert page.context["form"].errors == {"name": ["Ya existe un método de cobro llamado «Cheque»."]}

    def test_a_stale_page_is_refused(self, as_role):
        method = make_method(name="Cheque")
        methods.update(method.pk, {"reference_rule": "required"}, actor=SYSTEM)
        sent = FREE | {"version": 1}
        page = as_role(Role.OWNER).post(method.get_absolute_url(), sent)
        assert page.status_code == 412

    def test_another_companys_method_answers_404(self, as_role):
        with own_company():
            method = make_method()
        client = as_role(Role.OWNER)
        assert client.get(method.get_absolute_url()).status_code == 404
        assert client.post(method.get_absolute_url(), CHEQUE).status_code == 404

    def test_who_may_not_is_turned_away(self, as_role):
        client = as_role(Role.CASHIER)
        assert client.get(reverse("payments:method_new")).status_code == 403
        assert client.post(reverse("payments:method_new"), CHEQUE).status_code == 403
