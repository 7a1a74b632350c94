"""Safe retries: a key, its effect and its answer happen once."""

import threading
from datetime import timedelta

import pytest

from billing import customers
from billing.models import Customer
from core import clock, idempotency
from core.models import IdempotencyKey
from core.tenancy import company_context
from tests.api_client import Api
from tests.factories import make_company, make_user

CUSTOMER = {"identification_type": "06", "identification": "AB123", "name": "Ana Torres"}


def made(company) -> int:
    with company_context(company.pk):
        return Customer.objects.filter(identification="AB123").count()


def test_the_same_request_again_gets_the_stored_answer(api, company):
    first = api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    assert "Idempotent-Replayed" not in api.last
    headers = {name: api.last[name] for name in ("Location", "ETag", "Content-Type")}
    again = api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    assert (again, api.status, api.last["Idempotent-Replayed"]) == (first, 201, "true")
    assert {name: api.last[name] for name in headers} == headers
    assert made(company) == 1


def test_without_a_key_the_second_request_is_a_second_request(api):
    api.post("customers/", CUSTOMER)
    assert api.post("customers/", CUSTOMER)["code"] == "customer_exists"
    assert api.status == 409


def test_the_same_key_with_another_body_is_refused(api):
    api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    refused = api.post("customers/", CUSTOMER | {"name": "Otra"}, Idempotency_Key="k-1")
    assert (api.status, refused["code"]) == (422, "idempotency_key_reused")


def test_the_same_key_at_another_address_is_refused(api):
    api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    api.post("products/", CUSTOMER, Idempotency_Key="k-1")
    assert api.status == 422


def test_a_refusal_is_not_stored_so_the_corrected_request_may_use_its_key(api, company):
    api.post("customers/", CUSTOMER | {"identification_type": "04"}, Idempotency_Key="k-1")
    assert api.status == 422
    api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    assert (api.status, made(company)) == (201, 1)


def test_a_key_is_bound_to_its_credential(api, company):
    api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    other = Api(make_user(company))
    assert other.post("customers/", CUSTOMER, Idempotency_Key="k-1")["code"] == "customer_exists"


def test_a_key_is_bound_to_its_company(api):
    api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    other = Api(make_user(make_company()))
    other.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    assert (other.status, "Idempotent-Replayed" in other.last) == (201, False)


def test_a_key_is_forgotten_after_a_day(api, company):
    with clock.at(clock.now() - timedelta(hours=25)):
        api.post("customers/", CUSTOMER, Idempotency_Key="k-1")
    assert api.post("customers/", CUSTOMER, Idempotency_Key="k-1")["code"] == "customer_exists"
    idempotency.forget_old()
    with company_context(company.pk):
        assert not IdempotencyKey.objects.exists()


def test_a_key_that_is_too_long_is_refused(api):
    assert api.post("customers/", CUSTOMER, Idempotency_Key="k" * 201)["code"] == "idempotency_key_too_long"
    assert api.status == 400


@pytest.mark.parametrize("path", ["auth/token/", "api-keys/", "resources/1/calendar/", "invoices/preview/"])
def test_where_secrets_are_answered_or_nothing_is_saved_no_key_is_taken(path):
    assert not idempotency.takes_key(f"/api/v1/{path}")


def test_a_read_ignores_the_key(api, company):
    api.get("customers/", Idempotency_Key="k-1")
    with company_context(company.pk):
        assert not IdempotencyKey.objects.exists()


def _race(company, key: str | None, monkeypatch) -> list[int]:
    """Send the same request twice, the second while the first is at work; return the two statuses."""
    user = make_user(company)
    first_is_at_work, second_is_answered = threading.Event(), threading.Event()
    create, statuses = customers.create, []

    def slow_create(values, *, actor):
        if not first_is_at_work.is_set():
            first_is_at_work.set()
            second_is_answered.wait(20)
        return create(values, actor=actor)

    monkeypatch.setattr(customers, "create", slow_create)
    headers = {"Idempotency_Key": key} if key else {}

    def send(identification: str) -> None:
        api = Api(user)
        api.post("customers/", CUSTOMER | {"identification": identification}, **headers)
        statuses.append(api.status)
        _close()

    def _close() -> None:
        from django.db import connections

        connections.close_all()

    first = threading.Thread(target=send, args=["AB123"])
    first.start()
    first_is_at_work.wait(20)
    second = threading.Thread(target=send, args=["AB123" if key else "AB124"])
    second.start()
    second.join(20)
    second_is_answered.set()
    first.join(20)
    return statuses


@pytest.mark.usefixtures("committing")
def test_without_a_key_both_of_two_at_once_are_carried_out(monkeypatch):
    assert _race(make_company(), None, monkeypatch) == [201, 201]


@pytest.mark.usefixtures("committing")
def test_the_second_of_two_at_once_is_told_that_the_first_is_running(monkeypatch):
    company = make_company()
    assert _race(company, "k-1", monkeypatch) == [409, 201]
    assert made(company) == 1
