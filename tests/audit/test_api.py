"""The log and the events over the API."""

import pytest
from django.db import connection

from audit.log import record
from core.tenancy import company_context
from tests.api_client import Api
from tests.factories import SYSTEM, actor, make_company, make_customer, make_invoice, make_user, pay


@pytest.fixture
def company(db):
    company = make_company()
    seal()
    return company


def seal() -> None:
    """Do what a commit does."""
    connection.check_constraints()


def happen(company, count: int = 1, action: str = "customer.updated") -> None:
    with company_context(company.pk):
        for number in range(count):
            record(action, company, actor=SYSTEM, public={"number": number})
        seal()


def ids(answer) -> list[int]:
    return [row["id"] for row in answer["results"]]


class TestAuditEvents:
    """`audit-events/`: the log."""

    def test_an_entry_says_everything(self, company):
        with company_context(company.pk):
            customer = make_customer(name="Ana Vera")
            entry = record(
                "customer.updated", customer, actor=actor(user_id=make_user(company).pk, correlation_id="c-1"),
                before={"name": "Ana"}, after={"name": "Ana Vera"}, reason="Pidió",
            )  # fmt: skip
            seal()
            position = entry.seal.position
        found = Api(make_user(company, "auditor")).get(f"audit-events/{entry.pk}/")
        assert found["position"] == position
        assert (found["action"], found["label"], found["reason"]) == ("customer.updated", "Cliente modificado", "Pidió")
        assert (found["object_type"], found["object_id"]) == ("billing.customer", customer.pk)
        assert (found["before"], found["after"]) == ({"name": "Ana"}, {"name": "Ana Vera"})
        assert (found["actor_label"], found["door"], found["correlation_id"]) == ("owner", "page", "c-1")
        assert "public" not in found

    def test_filters(self, company):
        user = make_user(company)
        with company_context(company.pk):
            customer = make_customer()
            one = record("customer.updated", customer, actor=actor(user_id=user.pk, correlation_id="c-1"))
            invoice = make_invoice()
            pay(invoice, "15.00")
            seal()
        api = Api(make_user(company, "auditor"))
        for query in (
            {"object_type": "billing.customer", "object_id": customer.pk},
            {"actor": user.pk},
            {"actor": "OWN"},
            {"correlation_id": "c-1"},
            {"subject": "customer"},
            {"action": "customer.updated"},
            {"door": "page"},
            {"search": customer.name},
        ):
            assert ids(api.get("audit-events/", query)) == [one.pk], query
        story = api.get("audit-events/", {"invoice": invoice.pk})
        assert [row["action"] for row in story["results"]] == [
            "payment.confirmed",
            "invoice.balance_changed",
            "invoice.issued",
            "invoice.created",
        ]
        assert ids(api.get("audit-events/", {"to": "2020-01-01"})) == []
        assert api.get("audit-events/", {"from": "2020-01-01", "subject": "customer"})["results"][0]["id"] == one.pk

    def test_pages_follow_by_cursor(self, company):
        happen(company, 5)
        api = Api(make_user(company, "auditor"))
        first = api.get("audit-events/", {"action": "customer.updated", "page_size": 3})
        second = api.get(first["next"][first["next"].index("/api") :])
        assert len(ids(first)) == 3
        assert len(ids(second)) == 2
        assert second["next"] is None
        assert sorted(ids(first) + ids(second), reverse=True) == ids(first) + ids(second)

    def test_only_who_may_see_the_log_sees_it(self, company):
        for role in ("billing", "cashier", "frontdesk", "accountant"):
            api = Api(make_user(company, role))
            assert api.get("audit-events/")["code"] == "permission_denied"
            assert api.get("audit-events/verify/")["code"] == "permission_denied"
            assert api.status == 403

    def test_another_companys_entry_is_not_there(self, company):
        other = make_company()
        with company_context(other.pk):
            entry = record("customer.updated", make_customer(), actor=SYSTEM)
            seal()
        api = Api(make_user(company))
        assert api.get(f"audit-events/{entry.pk}/")["code"] == "not_found"
        assert entry.pk not in ids(api.get("audit-events/"))

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_the_log_is_read_only(self, company, method):
        api = Api(make_user(company))
        body = () if method == "delete" else ({},)
        getattr(api, method)("audit-events/", *body)
        assert api.status == 405

    def test_verify_gives_its_verdict(self, company, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        happen(company, 3)
        verdict = Api(make_user(company, "auditor")).get("audit-events/verify/")
        assert (verdict["intact"], verdict["problems"], verdict["published"]) == (True, [], 0)
        assert verdict["length"] >= 3
        assert len(verdict["head"]) == 64


class TestEvents:
    """`events/`: replay and polling by position."""

    def test_events_come_in_order_with_their_envelope(self, company):
        api = Api(make_user(company))
        start = api.get("events/", {"after": "last"})
        assert start["results"] == []
        happen(company, 2)
        answer = api.get("events/", {"after": start["position"]})
        first, second = answer["results"]
        assert set(first) == {"id", "type", "company_id", "occurred_at", "correlation_id", "data"}
        assert (first["id"], first["data"]) == (start["position"] + 1, {"number": 0})
        assert (second["id"], second["data"]) == (start["position"] + 2, {"number": 1})
        assert answer["position"] == second["id"]
        assert (answer["next"], answer["previous"]) == (None, None)

    def test_all_of_it_is_replayed_page_by_page(self, company):
        happen(company, 7)
        api = Api(make_user(company))
        heard, path = [], "/api/v1/events/?after=0&page_size=3&event_types=customer.updated"
        while path:
            answer = api.get(path)
            heard += [event["data"]["number"] for event in answer["results"]]
            path = answer["next"] and answer["next"][answer["next"].index("/api") :]
        assert heard == list(range(7))

    def test_what_is_not_public_is_no_event_and_moves_the_position(self, company):
        api = Api(make_user(company))
        start = api.get("events/", {"after": "last"})["position"]
        with company_context(company.pk):
            record("customer.updated", company, actor=SYSTEM, after={"secret": 1})
            seal()
        answer = api.get("events/", {"after": start})
        assert (answer["results"], answer["position"]) == ([], start + 1)

    def test_types_and_their_aliases(self, company):
        for action in ("invoice.voided", "invoice.issued", "customer.updated"):
            happen(company, 1, action)
        api = Api(make_user(company))
        query = {"event_types": "invoice.cancelled,customer.updated"}
        assert [event["type"] for event in api.get("events/", query)["results"]] == [
            "invoice.cancelled",
            "customer.updated",
        ]
        assert [event["type"] for event in api.get("events/", {"event_types": "invoice.voided"})["results"]] == [
            "invoice.voided"
        ]

    def test_only_permitted_subjects_come(self, company):
        from companies import api_keys

        happen(company, 1, "invoice.issued")
        happen(company, 1, "payment.confirmed")
        with company_context(company.pk):
            secret = api_keys.create(name="Caja", scopes=["payments.view"], actor=actor()).secret
            seal()
        api = Api(key=secret)
        assert [event["type"] for event in api.get("events/")["results"]] == ["payment.confirmed"]
        refused = api.get("events/", {"event_types": "invoice.issued"})
        assert (api.status, refused["code"]) == (403, "permission_denied")
        assert "billing.view" in str(refused)

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"after": "ayer"}, "invalid_cursor"),
            ({"after": "-1"}, "invalid_cursor"),
            ({"after": "9" * 30}, "invalid_cursor"),
            ({"page_size": "cero"}, "malformed"),
            ({"event_types": "unicornio.visto"}, "unknown_event_type"),
        ],
    )
    def test_a_question_that_makes_no_sense_is_refused(self, company, query, code):
        api = Api(make_user(company))
        assert api.get("events/", query)["code"] == code
        assert api.status == 400

    def test_another_companys_events_never_come(self, company):
        other = make_company()
        happen(other, 2)
        api = Api(make_user(company))
        assert all(event["company_id"] == company.pk for event in api.get("events/")["results"])
        assert not [event for event in api.get("events/")["results"] if event["type"] == "customer.updated"]

    def test_the_number_of_queries_does_not_grow(self, company, django_assert_max_num_queries):
        happen(company, 60)
        api = Api(make_user(company))
        with django_assert_max_num_queries(12):
            assert len(api.get("events/", {"page_size": 60})["results"]) == 60

    def test_a_server_without_the_stream_says_that_there_is_nothing_to_hear(self, company):
        from companies import tokens

        client = Api().client
        bearer = {"Authorization": f"Bearer {tokens.issue(make_user(company))['access']}"}
        response = client.get("/api/v1/events/stream/", headers=bearer | {"Accept": "text/event-stream"})
        assert response.status_code == 204
        assert response.grant.company_id == company.pk
        assert client.get("/api/v1/events/stream/").status_code == 401
