"""Law 7 over the whole site: every address, and every foreign key of every body and form, with another company's id.

The cases come from the URL resolver, the OpenAPI document and the forms: a new one fails here until it is covered.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver, resolve

from core.checks import DOMAIN
from core.schema import document
from core.widgets import ComboboxField
from tests.api_client import operation
from tests.bodies import BODIES, FORMS, NOT_IDS, content, sample, whole_numbers
from tests.pages import errors_of, fill, form_of
from tests.world import Address, World, at_work, changed, make_world, rows, site, undone

pytestmark = pytest.mark.django_db

# Which of a world's things an address is about, by the path before its first parameter.
THINGS = {
    "/api/v1/api-keys/": ["api_key"],
    "/api/v1/attachments/": ["attachment"],
    "/api/v1/audit-events/": ["audit_entry"],
    "/api/v1/billables/": ["billable"],
    "/api/v1/blackouts/": ["blackout"],
    "/api/v1/booking-policy/": ["policy"],
    "/api/v1/certificates/": ["certificate"],
    "/api/v1/comments/": ["comment"],
    "/api/v1/credit-notes/": ["note", "draft_note"],
    "/api/v1/customers/": ["customer", "lonely_customer"],
    "/api/v1/jobs/": ["task", "done_task"],
    "/api/v1/emission-points/": ["point"],
    "/api/v1/establishments/": ["establishment"],
    "/api/v1/holidays/": ["holiday"],
    "/api/v1/imports/": ["import", "applied_import"],
    "/api/v1/invitations/": ["invitation"],
    "/api/v1/invoices/": ["draft", "invoice", "voided", "part_paid", "waiting", "authorized", "refused", "held"],
    "/api/v1/letters/": ["letter"],
    "/api/v1/members/": ["membership"],
    "/api/v1/customer-kinds/": ["customer_kind"],
    "/api/v1/line-templates/": ["template"],
    "/api/v1/period-closes/": ["closing"],
    "/api/v1/payment-methods/": ["method"],
    "/api/v1/payments/": ["payment"],
    "/api/v1/products/": ["product"],
    "/api/v1/rates/": ["rate"],
    "/api/v1/receipt-books/": ["series"],
    "/api/v1/receipts/": ["receipt"],
    "/api/v1/refunds/": ["refund"],
    "/api/v1/repetitions/": ["repetition"],
    "/api/v1/reservation-shares/": ["share"],
    "/api/v1/reservations/": ["reservation", "confirmed", "held_slot"],
    "/api/v1/resources/": ["court"],
    "/api/v1/venues/": ["venue"],
    "/api/v1/waiting-list/": ["waiting_entry"],
    "/adjuntos/": ["attachment"],
    "/auditoria/": ["audit_entry"],
    "/clientes/": ["customer", "lonely_customer"],
    "/cobros/": ["payment"],
    "/cobros/metodos/": ["method"],
    "/cobros/saldos/aplicar/": ["part_paid"],
    "/cobros/estado/": ["customer", "rich_customer"],
    "/cobros/recibos/": ["receipt"],
    "/cobros/devoluciones/": ["refund"],
    "/correos/": ["letter"],
    "/empresa/claves/": ["api_key"],
    "/empresa/personas/": ["membership"],
    "/empresa/personas/invitaciones/": ["invitation"],
    "/clientes/clases/": ["customer_kind"],
    "/empresa/plantillas/": ["template"],
    "/empresa/series/": ["series"],
    "/empresa/sri/certificados/": ["certificate"],
    "/empresa/series/establecimientos/": ["establishment"],
    "/empresa/series/puntos/": ["point"],
    "/documentos/": ["draft", "invoice", "waiting", "authorized", "refused", "held"],
    "/empresa/sri/pausas/": ["pause"],
    "/facturas/": ["draft", "invoice", "voided", "part_paid"],
    "/tareas/": ["task", "done_task"],
    "/vistas/": ["view"],
    "/importaciones/": ["import", "applied_import"],
    "/menciones/": ["mention"],
    "/notas/": ["comment"],
    "/notas/sobre/": ["customer", "invoice", "note", "payment", "reservation"],
    "/notas-de-credito/": ["note", "draft_note"],
    "/pendientes/": ["billable"],
    "/productos/": ["product"],
    "/reservas/": ["reservation", "confirmed", "held_slot"],
    "/reservas/espera/": ["waiting_entry"],
    "/reservas/partes/": ["share"],
    "/reservas/repetidas/": ["repetition"],
    "/reservas/bloqueos/": ["blackout"],
    "/reservas/feriados/": ["holiday"],
    "/reservas/canchas/": ["court"],
    "/reservas/sedes/": ["venue"],
    "/reservas/tarifas/": ["rate"],
}
# How queries call what a world calls otherwise.
CALLED = {"resource": "court", "kind": "customer_kind", "object_id": "invoice", "invoice": "part_paid"}
# Addresses whose parameter is no id of a company's.
NOT_OF_A_COMPANY = {
    "/api/v1/taxes/{pk}/": "the law's rates, the same for all",
    "/api/v1/invoices/number/{number}/": "another company's number may be one's own too: see below",
    "/cuenta/contrasena/nueva/{uidb36}-{key}/": "a person's secret",
    "/cuenta/invitacion/{token}/": "an invitation's secret",
    "/correos/buzon/{name}/": "a file of the demo's mailbox: see billing/test_mailbox.py",
    "/correos/buzon/{name}/html/": "a file of the demo's mailbox",
    "/correos/buzon/{name}/{place}/": "a file of the demo's mailbox",
    "/calendario/{token}.ics": "a court's secret: see reservations/test_feeds.py",
    "/exportar/{list_name}/": "the name of a list",
    "/tareas/nueva/{list_name}/{action}/": "the name of a list",
    "/vistas/nueva/{list_name}/": "the name of a list",
    "/d/{token}/": "a document's secret: see billing/test_public_link.py",
    "/d/{token}/pdf/": "a document's secret",
    "/d/{token}/xml/": "a document's secret",
    "/d/{token}/logo/": "a document's secret",
}


@pytest.fixture(autouse=True)
def _at_work(db, monkeypatch) -> Iterator[None]:
    monkeypatch.setattr("billing.files.render", lambda ride: b"%PDF-")
    with at_work():
        yield


@pytest.fixture
def mine(db) -> World:
    return make_world()


@pytest.fixture
def theirs(db) -> World:
    return make_world()


def _about(address: Address, world: World) -> list[str]:
    """Return the paths of an address with each thing of a world it can be about."""
    before = address.path.partition("{")[0]
    assert before in THINGS, f"{address.path} is new: say in THINGS what it is about"
    parameter = address.parameters[-1]
    paths = [(thing, address.path.replace(f"{{{parameter}}}", str(world[thing]))) for thing in THINGS[before]]
    return [path.replace("{object_type}", {"note": "credit_note"}.get(thing, thing)) for thing, path in paths]


def _requests(mine: World, about: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and body for each address about each thing of a world; nothing else is wrong with them."""
    for address in site():
        if address.parameters and address.path not in NOT_OF_A_COMPANY:
            for path in _about(address, about):
                for method in address.methods:
                    yield method, path, _body(method, address, path, mine)


def test_every_address_answers_404_for_what_is_another_company_s_and_changes_nothing(mine, theirs):
    client, before, wrong = mine.client(), rows(), []
    for method, path, body in _requests(mine, theirs):
        status = _send(client, method, path, body).status_code
        if status not in (404, 405):
            wrong.append((method, path, status))
        elif method != "GET" and (touched := changed(before, rows())):
            wrong.append((method, path, touched))
    assert not wrong


def test_the_same_requests_find_what_is_one_s_own(mine):
    client, lost = mine.client(), []
    for method, path, body in _requests(mine, mine):
        with undone():
            if _send(client, method, path, body).status_code == 404:
                lost.append((method, path))
    bookings_without_invoice = {
        ("GET", f"/api/v1/reservations/{mine[name]}/invoice/") for name in ("reservation", "confirmed", "held_slot")
    }
    other_invoices = {mine[name] for name in THINGS["/api/v1/invoices/"]} - {mine["invoice"]}
    lines_of_another = {("POST", f"/api/v1/invoices/{pk}/credit-notes/") for pk in other_invoices}
    files_to_come = {
        (method, path.format(mine["task"]))
        for path in ("/tareas/{}/archivo/", "/api/v1/jobs/{}/file/") for method in ("GET", "POST")
    }  # fmt: skip
    assert set(lost) <= bookings_without_invoice | lines_of_another | files_to_come


def test_a_number_is_looked_up_among_one_s_own(mine, theirs):
    assert mine.texts["number"] == theirs.texts["number"]
    path = f"/api/v1/invoices/number/{mine.texts['number']}/"
    assert mine.client().get(path).json()["id"] == mine["invoice"]
    assert theirs.client().get(path).json()["id"] == theirs["invoice"]


# Foreign keys in the API's bodies


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document()["paths"].items():
        for method, described in operations.items():
            yield method.upper(), path, described


def _bodies(method: str, path: str) -> tuple[str, list[Any]]:
    """Return the bodies written down for an operation, and its path as it is written there."""
    wanted = re.sub(r"\{\w+\}", "{}", path)
    for (verb, template), bodies in BODIES.items():
        if (verb, re.sub(r"\{\w+\}", "{}", template)) == (method, wanted):
            return template, bodies
    return path, []


def _places(body: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each whole number in a body: its path, and the container and key that hold it."""
    pairs = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in pairs:
        name = f"{path}.{key}".lstrip(".") if isinstance(body, dict) else path
        if isinstance(value, dict | list):
            yield from _places(value, name)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield name, body, key


def test_every_id_in_a_body_is_tried_here_and_named_by_its_view():
    for method, path, described in _operations():
        found = list(whole_numbers(content(described)))
        ids = {name for name, is_id in found if is_id}
        strange = {name for name, is_id in found if not is_id} - NOT_IDS
        assert not strange, f"{method} {path}: say in NOT_IDS, or with `Id`, what {strange} are"
        world = World(None, None, defaultdict(int))  # type: ignore[arg-type]
        tried = {name for body in _bodies(method, path)[1] for name, _, _ in _places(body(world))}
        assert ids <= tried, f"{method} {path}: BODIES tries {tried}, not {ids - tried}"
        if ids:
            view = resolve(path.replace("{id}", "1")).func.cls
            assert ids <= view.references.keys(), f"{view.__name__}.references lacks {ids - view.references.keys()}"


def test_every_id_in_a_body_that_is_another_company_s_is_refused_and_changes_nothing(mine, theirs):
    client, before, wrong = mine.client(), rows(), []
    for (method, template), bodies in BODIES.items():
        path = template.format_map(mine.ids)
        for make in bodies:
            with undone():
                answer = _send(client, method, path, make(mine))
                assert answer.status_code < 300, (method, path, answer.content.decode())
            for name, _, _ in _places(make(mine)):
                if name in NOT_IDS or name.endswith("quantity"):
                    continue
                body = make(mine)
                (here, key), (there, _key) = (
                    next((where, key) for found, where, key in _places(each) if found == name)
                    for each in (body, make(theirs))
                )
                here[key] = there[key]
                answer = _send(client, method, path, body)
                if answer.status_code not in (404, 422):
                    wrong.append((method, path, name, answer.status_code, answer.content.decode()))
                elif touched := changed(before, rows()):
                    wrong.append((method, path, name, touched))
                elif re.sub(r"\.\d+", "", answer.json()["errors"][0]["field"]) != name:
                    wrong.append((method, path, name, answer.json()["errors"]))
    assert not wrong, "\n".join(map(str, wrong))


def test_every_id_in_a_query_that_is_another_company_s_finds_nothing(mine, theirs):
    client, wrong, tried = mine.client(), [], 0
    for method, path, described in _operations():
        numbers = [
            each["name"] for each in described.get("parameters", [])
            if each["in"] == "query" and each["schema"].get("type") == "integer"
            and each["name"] not in ("page", "page_size", "after", "hour", "weekday")
        ]  # fmt: skip
        if method != "GET" or "{" in path:
            continue
        for name in numbers:
            thing = CALLED.get(name, name)
            answer = client.get(path, {name: theirs[thing], "amount": "1.00", "date": "2026-11-16"})
            tried += 1
            if answer.status_code not in (400, 404) and answer.json().get("results"):
                wrong.append((path, name, answer.status_code))
    assert tried
    assert not wrong


# Foreign keys in the pages' forms


def _forms() -> set[type[forms.BaseForm]]:
    get_resolver().url_patterns  # noqa: B018 (imports every view, and with it every form)
    found, waiting = set(), list(forms.BaseForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.split(".")[0] in DOMAIN and not form.__module__.endswith(".admin"):
            found.add(form)
    return found


def test_every_choice_of_a_row_in_a_form_is_tried_here():
    world = World(None, None, defaultdict(int))  # type: ignore[arg-type]
    tried = {name.rpartition("-")[2] for make in FORMS.values() for name in make(world)}
    choices = (forms.ModelChoiceField, ComboboxField)
    for form in _forms():
        wanted = {name for name, field in form.base_fields.items() if isinstance(field, choices)}
        assert wanted - {"venue"} <= tried, f"{form.__name__}: FORMS does not try {wanted - tried}"


def _swapped(theirs: World, values: dict[str, Any], of_theirs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values with one row after the other exchanged for another company's."""
    for name, value in values.items():
        pk = value[0] if isinstance(value, list) else value
        if isinstance(pk, int) and value != of_theirs[name]:
            yield values | {name: of_theirs[name]}
        elif name.startswith("apply-"):
            yield {key: kept for key, kept in values.items() if key != name} | {f"apply-{theirs['invoice']}": value}


def test_every_row_chosen_in_a_form_that_is_another_company_s_is_refused_and_changes_nothing(mine, theirs):
    client, before, wrong = mine.client(), rows(), []
    for (page, target), make in FORMS.items():
        page, target = page.format_map(mine.ids), target.format_map(mine.ids)
        form = form_of(client, page)
        with undone():
            answer = client.post(target, fill(form, make(mine)))
            assert answer.status_code in (200, 302), (target, answer.status_code, errors_of(answer))
        for values in _swapped(theirs, make(mine), make(theirs)):
            answer = client.post(target, fill(form, values))
            computed = target.partition("?")[0].endswith("/preview/")
            if answer.status_code < 400 and not computed:
                wrong.append((target, values, answer.status_code))
            elif touched := changed(before, rows()):
                wrong.append((target, values, touched))
            elif theirs.name in answer.content.decode():
                wrong.append((target, values, "shows what is another company's"))
    assert not wrong, "\n".join(map(str, wrong))


# What an address may ask for in its query, and what of a world it is.
ASKED = {
    "billables": "billable", "court": "court", "customer": "customer", "emission_point": "bare_point",
    "establishment": "establishment", "invoice": "invoice", "method": "method", "product": "product",
    "reservation": "reservation", "venue": "venue",
}  # fmt: skip


def test_no_page_shows_what_is_another_company_s_whatever_its_address_asks_for(mine, theirs):
    client = mine.client()
    asked = {name: theirs[thing] for name, thing in ASKED.items()} | {"all": 1, "q": "Comprador", "search": "Comprador"}
    for address in site():
        if address.parameters or address.path.startswith("/health/"):
            continue
        answer = client.get(address.path, asked)
        answers = [client.get(address.path, {name: asked[name]}) for name in asked] if answer.status_code == 404 else []
        for each in [answer, *answers]:
            shown = b"".join(each.streaming_content) if each.streaming else each.content
            assert theirs.name.encode() not in shown, address.path


def test_nobody_moves_to_a_company_that_is_not_theirs(mine, theirs):
    client = mine.client()
    client.post("/empresa/cambiar/", {"company": theirs.company.pk})
    assert client.get("/api/v1/me/").json()["company"]["id"] == mine.company.pk


def _send(client: Any, method: str, path: str, body: dict[str, Any]) -> Any:
    if method == "GET":
        return client.get(path)
    if not path.startswith("/api/"):
        return client.post(path, body)
    query = "?reason=Motivo" if method == "DELETE" else ""
    return getattr(client, method.lower())(path + query, json.dumps(body), content_type="application/json")


def _body(method: str, address: Address, path: str, world: World) -> dict[str, Any]:
    """Return a body that nothing is wrong with but what the path names."""
    if not path.startswith("/api/"):
        return {"reason": "Motivo", "version": "1"}
    before, _, after = address.path.partition("{pk}")
    for (verb, template), bodies in BODIES.items():
        start, _, rest = template.partition("{")
        if verb == method and start == before and rest.partition("}")[2] == after:
            return bodies[0](world)
    return sample(content(operation(method, path)), whole=method == "PATCH")
