"""The live stream over real HTTP: at once, without loss, without double, and only to whom it concerns."""

import http.client
import json
import signal
import threading
import time

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client

from audit import log
from companies import api_keys, members, tokens
from companies.models import Membership
from core.tenancy import company_context
from tests.audit.listening import make_key, say, serving
from tests.factories import actor, make_company, make_user

pytestmark = pytest.mark.slow

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def company(committing):
    return make_company()


@pytest.fixture
def web(program_environment, tmp_path):
    with serving(program_environment, tmp_path) as web:
        yield web


@pytest.fixture
def secret(company):
    return make_key(company)[1]


def numbers(events) -> list[int]:
    return [event["data"]["number"] for event in events]


def test_an_event_arrives_within_a_second_of_its_commit(web, company, secret):
    listener = web.listen(secret)
    assert listener.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    before = listener.position
    say(company, 7)
    committed = time.monotonic()
    [event] = listener.events(1)
    assert time.monotonic() - committed < 1
    assert set(event) == {"id", "type", "company_id", "occurred_at", "correlation_id", "data"}
    assert (event["id"], event["type"], event["company_id"]) == (before + 1, "customer.updated", company.pk)
    assert event["data"] == {"number": 7}
    assert event["occurred_at"].endswith("+00:00")
    assert listener.position == event["id"]


def test_a_rolled_back_event_never_arrives(web, company, secret):
    listener = web.listen(secret)
    with company_context(company.pk), transaction.atomic():
        say(company, 1)
        transaction.set_rollback(True)
    say(company, 2)
    assert numbers(listener.events(1)) == [2]


def test_a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice(web, company, secret):
    listener = web.listen(secret)
    say(company, 1)
    [heard] = listener.events(1)
    listener.close()
    for number in range(2, 300):  # more than is read at once
        say(company, number)
    again = web.listen(secret, last=heard["id"])
    missed = again.events(298)
    say(company, 300)
    heard_now = again.events(1)
    assert numbers(missed + heard_now) == list(range(2, 301))
    ids = [event["id"] for event in [heard, *missed, *heard_now]]
    assert ids == list(range(ids[0], ids[0] + 300))


def test_while_many_commit_one_who_reconnects_all_the_time_hears_each_event_once(web, company, secret):
    writers, each = 4, 30

    def write() -> None:
        try:
            for number in range(each):
                say(company, number)
        finally:
            connections.close_all()

    listener = web.listen(secret)
    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    heard: list[int] = []
    while len(heard) < writers * each:
        heard += [event["id"] for event in listener.events(min(7, writers * each - len(heard)))]
        listener.close()
        listener = web.listen(secret, last=heard[-1])
    for thread in threads:
        thread.join()
    assert heard == list(range(heard[0], heard[0] + writers * each))


def test_the_position_can_also_be_asked_for_in_the_address(web, company, secret):
    say(company, 1)
    listener = web.listen(secret, query="after=0&event_types=customer.updated")
    assert numbers(listener.events(1)) == [1]


def test_another_companys_events_never_arrive(web, company, secret):
    other = make_company()
    mine, theirs = web.listen(secret), web.listen(make_key(other)[1])
    for number in range(5):
        say(other, 100 + number)
    say(company, 1)
    assert [(event["company_id"], event["data"]["number"]) for event in mine.events(1)] == [(company.pk, 1)]
    assert numbers(theirs.events(5)) == [100, 101, 102, 103, 104]


def test_only_the_types_asked_for_arrive(web, company, secret):
    listener = web.listen(secret, query="event_types=payment.confirmed,invoice.cancelled")
    say(company, 1, "customer.updated")
    say(company, 2, "invoice.issued")
    say(company, 3, "invoice.voided")
    say(company, 4, "payment.confirmed")
    heard = listener.events(2)
    assert [(event["type"], event["data"]["number"]) for event in heard] == [
        ("invoice.cancelled", 3),
        ("payment.confirmed", 4),
    ]


def test_what_one_may_not_see_does_not_arrive(web, company):
    _key, secret = make_key(company, "payments.view")
    listener = web.listen(secret)
    say(company, 1, "invoice.issued")
    say(company, 2, "payment.confirmed")
    assert numbers(listener.events(1)) == [2]


def test_asking_for_what_one_may_not_see_names_the_missing_permission(web, company):
    _key, secret = make_key(company, "payments.view")
    assert web.listen(secret, query="event_types=invoice.issued").problem() == (403, "permission_denied")
    assert web.listen(secret, query="event_types=cosa.rara").problem() == (400, "unknown_event_type")
    assert web.listen(secret, query="after=ayer").problem() == (400, "invalid_cursor")


def test_nobody_listens_without_a_credential(web):
    assert web.listen().problem()[0] == 401
    assert web.listen("cdr_test_inventada").problem() == (401, "invalid_credential")


def test_a_revoked_key_ends_its_stream_and_no_other(web, company, secret):
    key, other_secret = make_key(company)
    other, listener = web.listen(secret), web.listen(other_secret)
    with company_context(company.pk):
        api_keys.revoke(key.pk, actor=actor())
    assert listener.is_closed()
    say(company, 1)
    assert numbers(other.events(1)) == [1]


def test_an_ended_membership_ends_the_persons_stream(web, company):
    user, owner = make_user(company, "billing"), make_user(company)
    listener = web.listen(tokens.issue(user)["access"])
    with company_context(company.pk):
        membership = Membership.objects.get(user=user)
        members.end_access(membership.pk, actor=actor(user_id=owner.pk))
    assert listener.is_closed()


def test_a_role_that_changes_changes_what_arrives(web, company):
    key, secret = make_key(company)
    listener = web.listen(secret)
    with company_context(company.pk):
        type(key).objects.filter(pk=key.pk).update(scopes=["payments.view"])
    while listener.frame():  # until the next heartbeat
        pass
    say(company, 1, "invoice.issued")
    say(company, 2, "payment.confirmed")
    assert numbers(listener.events(1)) == [2]


def test_the_pages_session_listens_until_it_signs_out(web, company):
    client = Client()
    client.force_login(make_user(company), backend=BACKEND)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    listener = web.listen(Cookie=cookie)
    say(company, 1)
    assert numbers(listener.events(1)) == [1]
    client.logout()
    assert listener.is_closed()


def test_a_page_gets_a_sentence_for_what_others_did(web, company):
    user = make_user(company)
    listener = web.listen(tokens.issue(user)["access"], query="messages=true")
    with company_context(company.pk):
        log.record("payment.voided", company, actor=actor(user_id=user.pk), public={})
        log.record("payment.voided", company, actor=actor("cashier"), public={})
        log.record("customer.updated", company, actor=actor("cashier"), public={})
    own, others, silent = listener.events(3)
    assert "message" not in own
    assert (others["message"], others["level"]) == (f"Cobro anulado: {company} · cashier", "danger")
    assert "message" not in silent


def test_two_hundred_listeners_hear_it_within_a_second_over_three_connections(web, company, secret):
    listeners = [web.listen(secret) for _ in range(200)]
    say(company, 1)
    committed = time.monotonic()
    heard = [listener.events(1)[0] for listener in listeners]
    assert time.monotonic() - committed < 1
    assert numbers(heard) == [1] * 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' AND usename = current_user"
        )
        assert cursor.fetchone()[0] <= 1 + 3  # the test's own, then: bells, reader, door


def test_after_the_bells_connection_is_lost_events_still_arrive(web, company, secret):
    listener, ended = web.listen(secret), []
    with connection.cursor() as cursor:
        while not ended:  # it may only just be connecting
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            ended = cursor.fetchall()
    assert ended == [(True,)]
    say(company, 1)
    assert numbers(listener.events(1)) == [1]
    say(company, 2)
    assert numbers(listener.events(1)) == [2]


def test_a_bell_that_was_never_rung_is_made_good_by_the_poll(web, company, secret, monkeypatch):
    """As when a process is killed between its commit and its bell."""
    listener = web.listen(secret)
    monkeypatch.setattr(log, "_ring_at_commit", lambda company_id: None)
    say(company, 5)
    assert numbers(listener.events(1)) == [5]


def test_the_same_server_takes_a_body(web):
    """The front hands bodies to Django, whatever kind of awaitable the server offers them as."""

    def status_of(body: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
        connection.request("POST", "/api/v1/auth/token/", body, {"Content-Type": "application/json"})
        return connection.getresponse().status

    assert status_of(json.dumps({"username": "nadie@prueba.test", "password": "x"})) == 401
    assert status_of("{") == 400


def test_a_server_that_is_told_to_stop_lets_its_listeners_go(web, company, secret):
    listener = web.listen(secret)
    web.process.send_signal(signal.SIGTERM)
    assert listener.is_closed()
    assert web.process.wait(timeout=10) == 0
