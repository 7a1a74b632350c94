"""Rows to test with, made through the front door where there is one."""

from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from billing import billables, workflow
from billing import series as series_setup
from billing.drafts import DraftInput, DraftLine
from billing.models import Billable, Customer, Document, Product, Series
from companies.models import Company, Membership, User
from companies.roles import ROLES, Role
from core import clock
from core.actor import Actor
from core.tenancy import all_companies, company_context
from payments.models import Payment, PaymentMethod, Refund
from sri import workflow as certificates
from tests.sri import certs

_numbers = count(1)
PASSWORD = "cuadre-prueba-1"
USUAL = b""  # the certificate a company gets when nothing is said of one

SYSTEM = Actor.command("tests")


def actor(role: str = Role.OWNER, **values: Any) -> Actor:
    """Make a person's actor with a role's permissions (no row behind it unless `user_id` is given)."""
    who = {"credential": f"user:{values['user_id']}"} if values.get("user_id") else {}
    return Actor("user", role, "page", ROLES[role], **who | values)


def make_company(*, certificate: bytes | None = USUAL, **values: Any) -> Company:
    """Make a company that can issue: profile, establishment 001, point 001, invoice series, methods.

    Each gets a RUC of its own; electronic invoicing and mail to customers are off unless asked for. One that issues
    electronically gets a certificate, unless `certificate` says None.
    """
    number = next(_numbers)
    values = {
        "ruc": f"17{number:08d}001",
        "environment": "1",
        "legal_name": f"Canchas del Valle {number} S.A.",
        "trade_name": f"Canchas {number}",
        "address": "Av. Amazonas N34-451, Quito",
        "e_invoicing": False,
        "mails_documents": False,
    } | values
    with all_companies():
        company = Company.objects.create(**values)
    with company_context(company.pk):
        make_series()
        Customer.objects.create(identification_type="07", identification="9999999999999", name="CONSUMIDOR FINAL")
        make_method()
        if company.e_invoicing and certificate is not None:
            p12 = certificate or certs.cached_p12()
            certificates.add_certificate(p12, certs.PASSWORD, ruc=company.ruc, actor=SYSTEM)
    return company


def make_series(establishment: str = "001", point: str = "001", **values: Any) -> Series:
    """Make an establishment, a point and its invoice series in the active company."""
    place = series_setup.add_establishment(code=establishment, name="Matriz", address="Quito", actor=SYSTEM)
    till = series_setup.add_emission_point(establishment_id=place.pk, code=point, actor=SYSTEM)
    return series_setup.add_series(emission_point_id=till.pk, actor=SYSTEM, **values)


def make_method(**values: Any) -> PaymentMethod:
    """Make a way to pay in the active company."""
    return PaymentMethod.objects.create(**({"name": f"Efectivo {next(_numbers)}", "sri_code": "01"} | values))


def make_user(company: Company | None = None, role: str = Role.OWNER, **values: Any) -> User:
    """Make a person, and their membership where a company is given."""
    number = next(_numbers)
    user = User.objects.create_user(
        values.pop("email", f"persona{number}@prueba.test"), PASSWORD, name=values.pop("name", f"Persona {number}")
    )
    if company:
        with all_companies():
            Membership.objects.create(company=company, user=user, role=role)
    return user


def make_customer(**values: Any) -> Customer:
    """Make an identified customer in the active company."""
    number = next(_numbers)
    return Customer.objects.create(
        **({"identification_type": "06", "identification": f"P{number}", "name": f"Cliente {number}"} | values)
    )


def make_product(**values: Any) -> Product:
    """Make a product in the active company."""
    number = next(_numbers)
    return Product.objects.create(
        **({"code": f"PRD-{number}", "name": f"Producto {number}", "unit_price": Decimal("10.00")} | values)
    )


def line(price: str = "100.00", quantity: str = "1", **values: Any) -> DraftLine:
    """Make a free line of the general rate, tax not included."""
    return DraftLine(
        **(
            {
                "quantity": Decimal(quantity),
                "description": "Alquiler de cancha",
                "unit_price": Decimal(price),
                "price_includes_tax": False,
                "tax_category": "general",
            }
            | values
        )
    )


def make_billable(customer: Customer, price: str = "25.00", *, source_type: str = "reservation") -> Billable:
    """Offer something of one line (tax inside) to be invoiced."""
    number = next(_numbers)
    return billables.offer(
        source_type=source_type,
        source_id=number,
        source_label=f"R-{number}",
        key=f"{source_type}:{number}",
        customer_id=customer.pk,
        description=f"Cancha {number}",
        service_date=clock.today(),
        lines=[
            billables.OfferedLine(
                description="Alquiler de cancha",
                quantity=Decimal(1),
                unit_price=Decimal(price),
                price_includes_tax=True,
                tax_category="general",
            )
        ],
        actor=SYSTEM,
    )


def make_draft(*lines: DraftLine, actor: Actor = SYSTEM, **values: Any) -> Document:
    """Save a draft invoice of the given lines (one of 100.00 + 15 % unless given)."""
    customer_id = values.pop("customer_id", None) or make_customer().pk
    if "billable_ids" not in values:
        values["lines"] = lines or (line(),)
    return workflow.draft(DraftInput(customer_id=customer_id, **values), actor=actor)


def make_invoice(*lines: DraftLine, actor: Actor = SYSTEM, **values: Any) -> Document:
    """Issue an invoice of the given lines."""
    return workflow.issue(make_draft(*lines, actor=actor, **values).pk, actor=actor)


def give_back(customer: Customer, amount: str = "5.00", *, actor: Actor = SYSTEM) -> Refund:
    """Give money of an advance back."""
    from payments import refunds
    from payments import workflow as payments

    method = PaymentMethod.objects.order_by("pk")[0].pk
    advance = payments.PaymentInput(customer.pk, method, Decimal(amount), allocations=(), leave_credit=True)
    payments.record(advance, actor=actor)
    entered = refunds.RefundInput(customer.pk, method, Decimal(amount), reason="Se muda")
    return refunds.refund(entered, actor=actor)


def pay(document: Document, amount: str, *, actor: Actor = SYSTEM, **values: Any) -> Payment:
    """Record a payment of one invoice."""
    from payments import workflow as payments
    from payments.allocation import Allocation

    return payments.record(
        payments.PaymentInput(
            customer_id=document.customer_id,
            method_id=values.pop("method_id", None) or PaymentMethod.objects.order_by("pk")[0].pk,
            amount=Decimal(amount),
            allocations=(Allocation(document.pk, Decimal(amount)),),
            **values,
        ),
        actor=actor,
    )


@contextmanager
def own_company(**values: Any):
    """Make a company and work in it; what the database checks at commit is checked before leaving."""
    company = make_company(**values)
    with company_context(company.pk):
        yield company
        if connection.in_atomic_block:
            connection.check_constraints()
