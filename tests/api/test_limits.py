"""So many requests a minute for each credential and each address."""

from datetime import UTC, datetime

import pytest

from core import clock, throttling
from tests.api_client import Api
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 21, 15, 0, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.API_RATE_LIMITS = {"credential": 3, "address": 5}
    with clock.at(MOMENT):
        yield


def limits(api) -> tuple[str, str, str]:
    return tuple(api.last[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_every_answer_says_how_many_requests_are_left(api):
    api.get("products/")
    assert limits(api) == ("3", "2", "20")
    api.get("products/999/")
    assert limits(api) == ("3", "1", "20")


def test_one_request_too_many_is_refused_with_when_to_come_back(api):
    for _ in range(3):
        api.get("products/")
    refused = api.get("products/")
    assert (api.status, refused["code"]) == (429, "rate_limited")
    assert api.last["Retry-After"] == "20"
    assert limits(api) == ("3", "0", "20")


def test_the_next_minute_begins_anew(api):
    for _ in range(4):
        api.get("products/")
    with clock.at(datetime(2026, 11, 21, 15, 1, tzinfo=UTC)):
        api.get("products/")
    assert (api.status, limits(api)) == (200, ("3", "2", "60"))


def test_another_credential_has_a_limit_of_its_own(api, company):
    for _ in range(4):
        api.get("products/")
    other = Api(make_user(company))
    other.get("products/")
    assert other.status == 200


def test_an_address_that_tries_many_credentials_is_stopped_before_they_are_looked_up(db, django_assert_num_queries):
    for number in range(5):
        Api(key=f"cdr_test_guess{number}").get("products/")
    api = Api(key="cdr_test_one_more")
    with django_assert_num_queries(1):
        api.get("products/")
    assert api.status == 429
    assert limits(api)[0] == "5"


def test_a_caller_with_ipv6_is_its_network(db):
    def address(text):
        return throttling.network(text)

    assert address("2001:db8:1:2:aaaa::1") == address("2001:db8:1:2:bbbb::2") != address("2001:db8:1:3::1")
    assert address("203.0.113.7") == "203.0.113.7"


def test_pages_are_not_limited(client):
    for _ in range(6):
        assert client.get("/health/live").status_code == 200


def test_counts_of_past_minutes_are_removed(api):
    api.get("products/")
    with clock.at(datetime(2026, 11, 21, 15, 1, tzinfo=UTC)):
        throttling.forget_old()
        standing = throttling.count([("address", "127.0.0.1")])
    assert [each.used for each in standing] == [1]
