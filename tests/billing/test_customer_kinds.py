"""Kinds of customer: named once, put away rather than deleted, found by in the list."""

import pytest

from billing import customer_kinds
from billing.models import CustomerKind
from core.errors import Forbidden, StaleVersion, WorkflowError
from tests.api_client import Api
from tests.factories import SYSTEM, actor, make_customer, make_user

pytestmark = pytest.mark.usefixtures("company")


def make(name: str = "Socio") -> CustomerKind:
    return customer_kinds.create({"name": name}, actor=SYSTEM)


@pytest.mark.parametrize(("name", "code"), [("  ", "name_required"), ("socio ", "customer_kind_exists")])
def test_a_kind_has_a_name_of_its_own_whatever_its_case(name, code):
    make()
    with pytest.raises(WorkflowError) as refusal:
        make(name)
    assert (refusal.value.code, refusal.value.fields[0]["field"]) == (code, "name")
    assert CustomerKind.objects.count() == 1


def test_an_older_version_changes_nothing():
    kind = make()
    customer_kinds.update(kind.pk, {"active": False}, actor=SYSTEM, expected_version=1)
    with pytest.raises(StaleVersion):
        customer_kinds.update(kind.pk, {"name": "Otra"}, actor=SYSTEM, expected_version=1)


def test_the_front_desk_makes_none():
    with pytest.raises(Forbidden):
        customer_kinds.create({"name": "Socio"}, actor=actor("frontdesk"))


def test_the_list_and_the_api_find_customers_by_kind(company, as_role):
    kind = make()
    ana, other = make_customer(name="Ana", kind=kind), make_customer(name="Otro")
    rows = Api(make_user(company)).get(f"customers/?kind={kind.pk}")["results"]
    assert [row["id"] for row in rows] == [ana.pk]
    page = as_role("owner").get(f"/clientes/?kind={kind.pk}").content.decode()
    assert ana.identification in page
    assert other.identification not in page
    listed = as_role("owner").get("/clientes/clases/").content.decode()
    assert f'href="/clientes/?kind={kind.pk}">1</a>' in listed
