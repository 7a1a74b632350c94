"""The page that breaks the demo's SRI: it does what it says, shows what is, and is nowhere but in a demo."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from billing import transmission
from billing.models import Document, Transmission
from companies.roles import Role
from core import installation
from core.tenancy import all_companies, company_context
from demo import simulator
from sri.messages import Stage
from tests.factories import make_company, make_invoice, make_user
from tests.sri_line import simulated
from tests.world import BACKEND

pytestmark = pytest.mark.django_db

PAGE = "/demostracion/sri/"


@pytest.fixture(autouse=True)
def _forget():
    caches["process"].clear()
    yield
    caches["process"].clear()


@pytest.fixture
def line(db, settings, tmp_path):
    """Serve a simulator to a demo."""
    installation.note_demo(installation.Demo.LOADED)
    with simulated(settings, tmp_path) as line:
        yield line
    with all_companies():
        connection.check_constraints()


def browser(role: str = Role.OWNER) -> Client:
    client = Client()
    client.force_login(make_user(make_company(), role), backend=BACKEND)
    return client


def send(client: Client, path: str, **values: str) -> str:
    answer = client.post(PAGE + path, values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client) -> str:
    return client.get(PAGE).content.decode()


@pytest.mark.parametrize("switch", simulator.SWITCHES, ids=lambda switch: switch.name)
def test_each_switch_is_shown_on_and_off_and_leaves_the_others_alone(line, switch):
    client = browser()
    line.simulator.faults.add("encoding", times=3)
    before = line.simulator.faults.state()
    assert f'id="{switch.name}-on" aria-pressed="false"' in shown(client)
    page = send(client, "falla/", name=switch.name, on="1")
    assert f'id="{switch.name}-on" aria-pressed="true"' in page
    assert page.count('-on" aria-pressed="true"') == 1
    assert simulator.state().matters == [switch.title]
    send(client, "falla/", name=switch.name, on="0")
    assert line.simulator.faults.state() == before


def test_switched_on_twice_is_switched_on_once(line):
    client = browser()
    for _time in range(2):
        send(client, "falla/", name="http", on="1")
    assert len(line.simulator.faults.faults) == 1


@pytest.mark.parametrize(("service", "stage"), [("reception", Stage.RECEPTION), ("authorization", Stage.AUTHORIZATION)])
def test_the_next_document_is_refused_with_the_chosen_code(line, service, stage):
    client, company = browser(), line.company()
    page = send(client, "rechazo/", refusal=f"{service}:{simulator.refusals(stage)[-1].code}")
    code, meaning = simulator.state().planned[0]
    assert f"se rechazará con {code}: {meaning}" in page
    with company_context(company.pk):
        row = Transmission.objects.get(document=make_invoice())
        transmission.advance(row.pk)
        row.refresh_from_db()
    assert row.messages[0]["code"] == code
    assert simulator.state().planned == []


def test_every_code_on_the_page_may_be_chosen_and_no_other(line):
    client = browser()
    page = shown(client)
    for service in ("reception", "authorization"):
        for message in simulator.refusals(Stage(service)):
            assert f'value="{service}:{message.code}"' in page
    for refusal in ("reception:43", "authorization:70", "reception:37", "query:35", "reception:", "35", ""):
        assert client.post(f"{PAGE}rechazo/", {"refusal": refusal}).status_code == 404
    assert simulator.state().planned == []


def test_its_clock_can_be_wrong(line):
    client = browser()
    page = send(client, "reloj/", offset="-86400")
    assert 'id="clock-86400" aria-pressed="true"' in page
    assert line.simulator.faults.clock_offset_s == -86_400
    assert client.post(f"{PAGE}reloj/", {"offset": "12"}).status_code == 404


def test_all_is_well_again_at_once(line):
    client = browser()
    well = line.simulator.faults.state()
    for name in simulator.BY_NAME:
        send(client, "falla/", name=name, on="1")
    send(client, "rechazo/", refusal="reception:35")
    send(client, "reloj/", offset="3600")
    assert "Normal" in send(client, "normal/")
    assert line.simulator.faults.state() == well


def test_what_has_been_seen_is_not_sent_again_until_something_happens(line):
    client, company = browser(), line.company()
    seen = client.get(PAGE).context["seen"]
    assert client.get(PAGE, {"seen": seen}).status_code == 204
    with company_context(company.pk):
        invoice = make_invoice()
        transmission.advance(Transmission.objects.get(document=invoice).pk)
        assert Document.objects.get(pk=invoice.pk).authorization == "authorized"
    answer = client.get(PAGE, {"seen": seen})
    assert answer.status_code == 200
    assert answer.context["state"].counts == {"authorized": 1, "refused": 0, "processing": 0}


def test_a_simulator_that_does_not_answer_is_said_not_to(line, settings):
    settings.SRI_URL_PRUEBAS = "http://127.0.0.1:9"
    client = browser()
    assert "El simulador no responde en http://127.0.0.1:9" in shown(client)
    assert client.get(PAGE, {"seen": client.get(PAGE).context["seen"]}).status_code == 204
    refused = client.post(f"{PAGE}falla/", {"name": "down", "on": "1"})
    assert refused.status_code == 409
    assert "no se cambió nada" in refused.content.decode()


@pytest.mark.parametrize("role", [role for role in Role.values if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_owner_and_administrator_break_it(line, role):
    client = browser(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}falla/", {"name": "down", "on": "1"}).status_code == 403
    assert PAGE not in client.get("/").content.decode()
    assert not line.simulator.faults.down


def test_the_menu_leads_to_it(line):
    assert f'href="{PAGE}"' in browser(Role.ADMINISTRATOR).get("/").content.decode()


def no_demo(settings):
    installation.note_demo(installation.Demo.NONE)


def sri_itself(settings):
    settings.SRI_URL_PRUEBAS = settings.SRI_TEST_HOST


@pytest.mark.parametrize("otherwise", [no_demo, sri_itself])
def test_it_is_nowhere_but_in_a_demo_with_its_own_sri(line, settings, otherwise):
    otherwise(settings)
    client = browser()
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}falla/", {"name": "down", "on": "1"}).status_code == 404
    assert PAGE not in client.get("/").content.decode()
    assert not line.simulator.faults.down
