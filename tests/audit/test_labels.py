"""Every action the code records is told in Spanish, and every event has its readers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from audit.changes import Change, changes_of
from audit.events import READERS, Audience, message
from audit.labels import ANNOUNCED, LABELS, SUBJECTS, label, subject_of
from audit.models import AuditEntry
from audit.queries import timeline
from billing.models import BillableStatus
from companies.roles import PERMISSIONS, ROLES, Role
from core.chips import LOOKS
from reservations.models import RESERVATION_STEPS
from tests.factories import SYSTEM, actor, make_customer, make_invoice, own_company, pay

APPS = ("desk", "billing", "payments", "reservations", "companies", "sri")
RECORDERS = {"record", "record_entry", "record_many", "_tell", "tell"}

FILES = {"invoice.css"}

# What is told of a document (billing.telling), with the noun of its type.
TOLD_OF_BOTH = {
    "created", "issued", "discarded", "voided", "sent", "authorized", "failed", "waiting", "retried", "corrected",
    "repaired", "replaced", "restored",
}  # fmt: skip

# Kept in the log alone: of interest to nobody who listens.
NOT_GIVEN_OUT = {
    "letter.requested", "mention.read", "comment.moved", "attachment.moved", "import.received",
    "import.columns_chosen", "import.apply_started", "import.undo_started",
}  # fmt: skip

# What is recorded under a name put together when it happens.
PUT_TOGETHER = {
    "{document.noun}.{verb}": {f"{noun}.{verb}" for noun in ("invoice", "credit_note") for verb in TOLD_OF_BOTH}
    | {"invoice.updated"},
    "_UPDATED[model]": {"establishment.updated", "emission_point.updated", "series.updated"},
    "{row._meta.model_name}.created": {"venue.created", "court.created", "rate.created"},
    "{row._meta.model_name}.updated": {"venue.updated", "court.updated", "rate.updated"},
    "billable.{status}": {f"billable.{status}" for status in BillableStatus.values if status != "cancelled"},
    "reservation.{to}": {f"reservation.{to}" for _from, to in RESERVATION_STEPS},
}


def nodes() -> Iterator[ast.AST]:
    """Walk the code of the apps' workflows."""
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).glob("*.py"):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def calls() -> Iterator[ast.Call]:
    """Find every call that records something."""
    for node in nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RECORDERS and node.args:
            yield node


def written(node: ast.expr) -> set[str]:
    """Return the actions a call records, where its code has them."""
    if isinstance(node, ast.JoinedStr | ast.Subscript):
        return PUT_TOGETHER[ast.unparse(node).removeprefix("f").strip("'")]
    return {str(node.value)} if isinstance(node, ast.Constant) and "." in str(node.value) else set()


def recorded() -> set[str]:
    """Collect the actions of all calls, and what else looks like one: functions choose it, or hand it on."""
    texts = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    like_one = {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", text) and subject_of(text) in SUBJECTS}
    return (like_one - PERMISSIONS - FILES).union(*(written(call.args[0]) for call in calls()))


def test_the_code_is_read():
    assert {"invoice.issued", "invoice.paid", "reservation.no_show", "api_key.revoked"} <= recorded()


def test_every_recorded_action_has_a_sentence():
    assert recorded() - LABELS.keys() == set()


def test_what_is_told_of_a_document_is_in_the_list():
    verbs = {
        call.args[0].value
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "tell" and isinstance(call.args[0], ast.Constant)
        if "." not in call.args[0].value
    }
    assert verbs <= TOLD_OF_BOTH | {"updated"}


def test_no_sentence_is_about_what_never_happens():
    assert LABELS.keys() - recorded() == set()


@pytest.mark.parametrize("action", sorted(LABELS))
def test_a_sentence_is_spanish_with_a_known_icon_and_tone(action):
    told = label(action)
    sprite = (Path(settings.BASE_DIR) / "static/vendor/tabler-icons/sprite.svg").read_text()
    assert str(told.text)[0].isupper()
    assert f'id="{told.icon}"' in sprite
    assert told.tone in {look.tone for look in LOOKS.values()}
    assert subject_of(action) in SUBJECTS


def test_every_event_has_readers():
    """What is given out as `public` reaches somebody: an event nobody may hear of was forgotten in the table."""
    given_out = [call for call in calls() if any(each.arg == "public" for each in call.keywords)]
    public = set().union(*(written(call.args[0]) for call in given_out))
    assert {subject_of(action) for action in public} <= READERS.keys()
    assert set(READERS.values()) <= PERMISSIONS
    assert {subject_of(action) for action in ANNOUNCED} <= set(READERS)


def test_the_docs_list_every_event_with_its_permission():
    rows = (Path(settings.BASE_DIR) / "docs/events.md").read_text(encoding="utf-8").splitlines()
    listed = dict(re.findall(r"`([a-z_.]+)`", row) for row in rows if row.startswith("| `"))
    events = {action for action in LABELS if subject_of(action) in READERS} - NOT_GIVEN_OUT
    events -= {action for action in events if action.endswith(".customer_changed")}
    assert listed == {action: READERS[subject_of(action)] for action in events}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_hears_of_what_it_may_see(role):
    audience = Audience.of(actor(role))
    for subject, permission in READERS.items():
        assert bool(audience.name_of(f"{subject}.changed")) is (permission in ROLES[role])
    assert audience.name_of("membership.ended") == ""
    assert audience.name_of("api_key.created") == ""


def entry(**values) -> AuditEntry:
    return AuditEntry(**({"object_type": "billing.document", "action": "invoice.issued"} | values))


def test_changes_are_told_by_the_fields_of_what_changed():
    changed = entry(
        before={"status": "draft", "total": "0.00"},
        after={"status": "issued", "total": "1234.50", "issue_date": "2026-11-21", "discarded": True, "notes": ""},
    )
    assert changes_of(changed) == [
        Change("Estado", "Borrador", "Emitida"),
        Change("Total", "$ 0,00", "$ 1.234,50"),
        Change("Fecha de emisión", "—", "21/11/2026"),
        Change("Descartado", "—", "sí"),
        Change("Notas", "—", "—"),
    ]


def test_lists_and_moments_are_told_too(db):
    changed = entry(
        object_type="reservations.reservation",
        after={"lines": ["1 × Cancha", "2 × Agua"], "starts_at": "2026-11-21T18:00:00-05:00", "odd_key": {"a": "1.00"}},
    )
    assert changes_of(changed) == [
        Change("Líneas", "—", "1 × Cancha; 2 × Agua"),
        Change("Desde", "—", "21/11/2026 18:00"),
        Change("Odd key", "—", "a: $ 1,00"),
    ]


def test_text_that_only_looks_like_a_date_stays_as_it_is():
    assert changes_of(entry(after={"reference": "2026-13-45"})) == [Change("Reference", "—", "2026-13-45")]


def test_a_documents_timeline_tells_the_whole_story_in_one_query(db, django_assert_num_queries):
    with own_company():
        invoice = make_invoice()
        pay(invoice, "115.00")
        with django_assert_num_queries(1):
            story = timeline("billing.document", invoice.pk, document_id=invoice.pk)
        assert [step.label for step in story] == [
            "Borrador de factura creado",
            "Factura emitida",
            "Factura pagada",
            "Cobro registrado",
        ]
        assert {(step.who, step.door) for step in story} == {("tests", "Comando")}
        html = render_to_string("audit/_history.html", {"history": story})
        assert html.index("Cobro registrado") < html.index("Factura emitida")
        assert "<td>Borrador</td><td>Emitida</td>" in html


def test_a_message_names_what_and_who(db):
    with own_company():
        from audit.log import record

        said = message(record("customer.hidden", make_customer(name="Ana Vera"), actor=SYSTEM))
    assert said == {"message": "Cliente retirado de las listas: Ana Vera · tests", "level": "info"}
