"""A company with one of everything, and what is in its tables: for the tables of tests over the whole site."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from audit.models import AuditEntry
from billing import billables, closing, line_templates, workflow
from billing import series as series_setup
from billing.line_templates import TemplateInput
from billing.models import Customer, CustomerKind, DocumentLine, IssuerPause, Letter, Series, SriAnswer
from companies import api_keys, invitations
from companies.models import Company, Membership, User
from core import clock
from core.checks import DOMAIN
from core.tenancy import CompanyModel, all_companies, company_context
from desk import attachments, comments, imports, saved, task_files, tasks
from desk.models import Mention
from payments import refunds
from payments import workflow as payments
from payments.models import PaymentMethod
from reservations import closures, policies, repeating, splitting, waiting
from reservations.models import Court, Rate
from reservations.plan import RepeatInput
from reservations.policies import Rules, Tier
from reservations.splitting import ShareInput
from reservations.waiting import WaitingInput
from sri import workflow as certificates
from tests.factories import (
    SYSTEM,
    actor,
    line,
    make_billable,
    make_company,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    make_series,
    make_user,
    pay,
)
from tests.notes import amount, draft_note, issue_note, make_note_series
from tests.reservations.factories import NOW, at, book, confirmed, hold, make_priced_court
from tests.sri import certs
from tests.sri_stub import approved, rejected, send, stubbed, unreachable

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

METHODS = ("get", "post", "put", "patch", "delete")

# Written beside what a request does, also when it is refused.
BESIDE = {"audit.AccessEntry", "core.IdempotencyKey"}


@dataclass
class World:
    """A company, its owner, and the ids of one of everything."""

    company: Company
    owner: User
    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    name: str = ""

    def __getitem__(self, name: str) -> int:
        return self.ids[name]

    def inside(self) -> Any:
        """Work in the company."""
        return company_context(self.company.pk)

    def client(self, user: User | None = None) -> Client:
        """Return the browser of the owner, or of another person."""
        browser = Client(raise_request_exception=True)
        browser.force_login(user or self.owner, backend=BACKEND)
        return browser

    def person(self, role: str) -> User:
        """Add a person with a role."""
        return make_user(self.company, role)


def make_world(**values: Any) -> World:
    """Make a company with one of everything; the clock stands at `NOW`."""
    company = make_company(**values)
    world = World(company, make_user(company), name=f"Mundo{company.pk}")
    boss = actor(user_id=world.owner.pk)
    with world.inside():
        _people(world, boss)
        _billing(world)
        _tasks(world, boss)
        _money(world)
        _notes(world)
        _reservations(world)
        _sri(world)
        _desk(world, boss)
        _imports(world, boss)
        world.ids["audit_entry"] = AuditEntry.objects.order_by("pk")[0].pk
    return world


def _people(world: World, boss: Any) -> None:
    invitation = invitations.invite(
        email=f"nuevo{world.company.pk}@prueba.test", name=f"Amiga de {world.name}", role="cashier", actor=boss
    )
    key = api_keys.create(name=f"Tienda de {world.name}", scopes=["billing.view"], actor=boss)
    colleague = make_user(world.company, "cashier")
    spare = certificates.add_certificate(certs.spare_p12(), certs.PASSWORD, ruc=world.company.ruc, actor=boss)
    world.ids |= {
        "certificate": spare.pk,
        "invitation": invitation.pk,
        "api_key": key.key.pk,
        "membership": Membership.objects.get(user=colleague).pk,
    }


def _billing(world: World) -> None:
    customer, product = make_customer(name=f"Comprador de {world.name}"), make_product(name=f"Cosa de {world.name}")
    series = Series.objects.get()
    place = series.emission_point.establishment_id
    bare = series_setup.add_emission_point(establishment_id=place, code="009", actor=SYSTEM)
    make_series("002", "002")
    draft, invoice, void = (make(customer_id=customer.pk) for make in (make_draft, make_invoice, make_invoice))
    workflow.void(void.pk, reason="Error", actor=SYSTEM)
    billable = billables.offer(
        source_type="order", source_id=1, source_label="P-1", key="1", customer_id=customer.pk, description="Pedido",
        service_date=NOW.date(), lines=[billables.OfferedLine("Pedido", draft.total / draft.total, draft.total, False,
        "general")], actor=SYSTEM,
    )  # fmt: skip
    letter = Letter.objects.create(
        kind=Letter.Kind.ISSUED, state=Letter.State.SENT, customer=customer, document=invoice, sent_at=NOW,
        recipients=[f"pagos@{world.name.lower()}.test"], message_id=f"<{invoice.pk}@prueba.test>",
    )  # fmt: skip
    world.ids |= {
        "letter": letter.pk,
        "customer": customer.pk,
        "lonely_customer": make_customer().pk,
        "product": product.pk,
        "series": series.pk,
        "point": series.emission_point_id,
        "establishment": series.emission_point.establishment_id,
        "bare_point": bare.pk,
        "draft": draft.pk,
        "invoice": invoice.pk,
        "voided": void.pk,
        "template": line_templates.create(
            TemplateInput(f"Plantilla de {world.name}", (line(), line(product_id=product.pk))), actor=SYSTEM
        ).pk,
        "closing": closing.close(date(2026, 9, 30), reason=f"Declarado por {world.name}", actor=SYSTEM).pk,
        "billable": billable.pk,
    }
    world.texts["number"] = invoice.number


def _tasks(world: World, boss: Any) -> None:
    """Add a task that runs, one that is done but for one thing and has a file, and a kept view."""
    again = [(world["voided"], "Factura anulada")]
    finished = tasks.start("billing.void", again, parameters={"reason": "Error"}, actor=boss)
    tasks.advance(finished.pk)
    task_files.keep_file(finished, ContentFile(b"PK"), "facturas.zip")
    view = saved.ViewInput(f"Por cobrar de {world.name}", "status=issued")
    world.ids |= {
        "done_task": finished.pk,
        "task": tasks.start("billing.files", [(world["invoice"], "Factura")], actor=boss).pk,
        "view": saved.keep("billing:invoices", view, actor=boss).pk,
    }


def _money(world: World) -> None:
    method = PaymentMethod.objects.order_by("pk")[0]
    invoice = make_invoice(customer_id=world["customer"])
    paid = pay(invoice, "15.00")
    kept = payments.PaymentInput(
        customer_id=world["customer"], method_id=method.pk, amount=invoice.total, allocations=(), leave_credit=True
    )
    payments.record(kept, actor=SYSTEM)
    world.ids |= {"method": method.pk, "part_paid": invoice.pk, "payment": paid.pk, "receipt": paid.receipt_id}
    _refund(world, method)


def _refund(world: World, method: PaymentMethod) -> None:
    """Give 5.00 of 20.00 back to a customer who owes nothing."""
    rich = make_customer(name=f"Devuelto de {world.name}").pk
    advance = payments.PaymentInput(rich, method.pk, Decimal("20.00"), allocations=(), leave_credit=True)
    payments.record(advance, actor=SYSTEM)
    entered = refunds.RefundInput(rich, method.pk, Decimal("5.00"), reason=f"Pidió {world.name}")
    world.ids |= {"rich_customer": rich, "refund": refunds.refund(entered, actor=SYSTEM).pk}


def _notes(world: World) -> None:
    series = make_note_series()
    credited = make_invoice(customer_id=make_customer(name=f"Acreditado de {world.name}").pk)
    if world.company.e_invoicing:
        credited = approved(credited)
    world.ids |= {
        "note_series": series.pk,
        "credited": credited.pk,
        "note": issue_note(credited, amount("20.00")).pk,
        "draft_note": draft_note(credited, amount("5.00")).pk,
        "line": DocumentLine.objects.filter(document_id=world["invoice"])[0].pk,
    }


CLOSED = date(2026, 12, 24)


def _reservations(world: World) -> None:
    court = make_priced_court(name=f"Cancha de {world.name}")
    wanted = book(court, "12:00", "13:00", customer_id=world["customer"])
    promised = confirmed(court, "09:00", "10:00", customer_id=world["customer"])
    world.ids |= {
        "court": court.pk,
        "venue": court.venue_id,
        "rate": Rate.objects.get(venue=court.venue_id).pk,
        "reservation": wanted.pk,
        "confirmed": promised.pk,
        "customer_kind": CustomerKind.objects.create(name=f"Socios de {world.name}").pk,
        "held_slot": hold(court, "13:00", "14:00", customer_id=world["customer"]).pk,
        "policy": policies.set_rules(Rules(tiers=(Tier(48, Decimal(10)),)), actor=SYSTEM).pk,
        "blackout": closures.add_blackout(
            starts_at=at("12:00", CLOSED), ends_at=at("14:00", CLOSED), reason=f"Torneo de {world.name}", actor=SYSTEM
        ).pk,
        "holiday": closures.add_holiday(day=CLOSED, name=f"Feriado de {world.name}", actor=SYSTEM).pk,
    }
    _accounts(world, court)


def _accounts(world: World, court: Court) -> None:
    """Add a booking that two pay for, one of every week, and somebody who waits."""
    divided = confirmed(court, "21:00", "22:00", customer_id=world["customer"])
    other = make_customer(name=f"Compañera de {world.name}").pk
    shares = splitting.split(divided.pk, [ShareInput(world["customer"]), ShareInput(other)], actor=SYSTEM)
    weekly = RepeatInput(court.pk, world["customer"], NOW.date() + timedelta(days=1), 20 * 60, 60, count=3)
    waits = WaitingInput(at("09:00"), at("10:00"), court_id=court.pk, name=f"Espera de {world.name}", phone="099")
    world.ids |= {
        "divided": divided.pk,
        "share": shares[0].pk,
        "repetition": repeating.start(weekly, actor=SYSTEM).repetition.pk,
        "waiting_entry": waiting.add(waits, actor=SYSTEM).pk,
    }


def _sri(world: World) -> None:
    """Add documents before SRI: one that waits, one that is authorized, one that was refused, one that is held up."""
    own, world.company.e_invoicing = world.company.e_invoicing, True
    world.company.save()
    billable = make_billable(make_customer(name=f"Ante el SRI de {world.name}"))
    waiting = send(make_invoice(), reception=unreachable())
    done = approved(make_invoice())
    nobody = Customer.objects.get(identification_type="07")
    sold = approved(make_invoice(line("40.00"), customer_id=nobody.pk))
    pay(sold, str(sold.total))
    refused = rejected(make_invoice(customer_id=billable.customer_id, billable_ids=(billable.pk,)))
    held = rejected(make_invoice(), "37", "RUC SIN AUTORIZACION DE EMISION")
    world.company.e_invoicing = own
    world.company.save()
    world.ids |= {
        "waiting": waiting.pk,
        "authorized": done.pk,
        "sold": sold.pk,
        "refused": refused.pk,
        "refused_billable": billable.pk,
        "refused_customer": billable.customer_id,
        "held": held.pk,
        "answer": SriAnswer.objects.filter(document=refused)[0].pk,
        "pause": IssuerPause.objects.get().pk,
    }


def _desk(world: World, boss: Any) -> None:
    """Add a note of the owner's and a file beside the customer, and a note that names the owner."""
    colleague = actor("billing", user_id=make_user(world.company, "billing").pk)
    mine = comments.add("customer", world["customer"], f"Nota de {world.name}", actor=boss)
    comments.add("customer", world["customer"], f"@{world.owner.name} vea a {world.name}", actor=colleague)
    file = attachments.add("customer", world["customer"], f"{world.name}.pdf", b"%PDF-1.7", actor=boss)
    world.ids |= {"comment": mine.pk, "attachment": file.pk, "mention": Mention.objects.get().pk}


def _imports(world: World, boss: Any) -> None:
    """Bring two files of customers: one was judged, with an error among its rows, one was applied."""
    for name, rows in (("import", "P-1;;"), ("applied_import", f"P-2;Importado en {world.name};")):
        content = f"identificacion;nombre;correo\nP-3;Traído a {world.name};a@x.test\n{rows}\n".encode()
        imported = imports.start("customers", f"clientes-{world.name}.csv", content, actor=boss)
        tasks.advance(imported.task_id or 0)
        if name == "applied_import":
            tasks.advance(imports.apply(imported.pk, actor=boss).task_id or 0)
        world.ids[name] = imported.pk


@contextmanager
def at_work() -> Iterator[None]:
    """Stop the clock at `NOW`, with an SRI that is at work on everything.

    In the end, check what the database checks at commit, seeing every company.
    """
    with clock.at(NOW), stubbed():
        yield
    with all_companies():
        connection.check_constraints()


# The site


@dataclass(frozen=True)
class Address:
    """One URL pattern: its path with `{name}` for parameters, its name, and what answers."""

    path: str
    name: str
    callback: Any

    @property
    def parameters(self) -> list[str]:
        """Return the names in the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def methods(self) -> list[str]:
        """Return the methods that are answered (of a page: GET and POST)."""
        if hasattr(self.callback, "actions"):
            return [method.upper() for method in self.callback.actions if method != "head"]
        if hasattr(self.callback, "cls"):
            return [name.upper() for name in METHODS if hasattr(self.callback.cls, name)]
        return ["GET", "POST"]


def site() -> list[Address]:
    """Return every address but those of Django admin, which is for the installation's administrators."""
    return [address for address in _walk(get_resolver().url_patterns) if not address.path.startswith("/admin/")]


def _walk(patterns: list[Any], path: str = "/", space: str = "") -> Iterator[Address]:
    for pattern in patterns:
        here = path + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield Address(here, f"{space}{pattern.name or ''}", pattern.callback)


def _plain(pattern: str) -> str:
    """Write a route or an expression as `/invoices/{pk}/`."""
    named = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern))
    return named.removeprefix("^").removesuffix("$")


# What is in the tables


Rows = Mapping[str, Mapping[int, Mapping[str, Any]]]


def rows() -> Rows:
    """Return every row of every company, by table and id, without what is written beside."""
    with all_companies(), connection.cursor() as cursor:
        return {model._meta.db_table: dict(_table(cursor, model._meta.db_table)) for model in _models()}


def _models() -> list[Any]:
    kept = (model for model in apps.get_models() if model._meta.app_label in DOMAIN)
    return [model for model in kept if issubclass(model, CompanyModel) and model._meta.label not in BESIDE]


def _table(cursor: Any, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    cursor.execute(f'SELECT id, to_jsonb(t) FROM "{table}" t ORDER BY id')
    for pk, row in cursor.fetchall():
        yield pk, json.loads(row, parse_float=str)


def changed(before: Rows, after: Rows) -> dict[str, list[int]]:
    """Return the ids of the rows that differ, by table."""
    found = {}
    for table, now in after.items():
        was = before[table]
        ids = sorted(pk for pk in was.keys() | now.keys() if was.get(pk) != now.get(pk))
        if ids:
            found[table] = ids
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written inside: a bare savepoint, in which the company may still change."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
