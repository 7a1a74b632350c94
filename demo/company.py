"""The places of the demo: two companies, their people, courts, prices, products, customers."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password

from billing import customers, products, series
from billing.models import Customer, DocumentType, Product, Series
from companies import workflow as companies
from companies.models import Company, Membership, User
from companies.roles import Role
from core.actor import Actor
from core.tenancy import all_companies, company_context
from demo import people, tax_office
from payments.models import PaymentMethod
from reservations import setup
from reservations.models import Court
from reservations.week import Span

PASSWORD = "cuadre-demo"  # noqa: S105 (printed at every start: it opens the demo and nothing else)
ACTOR = Actor.command("demo")

STAFF = {
    Role.OWNER: "Lucía Benalcázar",
    Role.ADMINISTRATOR: "Hernán Proaño",
    Role.BILLING: "Gabriela Yépez",
    Role.CASHIER: "Jorge Macías",
    Role.FRONTDESK: "Andrea Villacís",
    Role.ACCOUNTANT: "Susana Rosero",
    Role.AUDITOR: "Raúl Cevallos",
}

# Their codes are typed at the counter.
PRODUCTS = (
    ("BA", "Alquiler de balón", "2.00", True, "general"),
    ("CH", "Alquiler de chalecos (juego)", "3.50", True, "general"),
    ("RA", "Alquiler de raqueta", "4.00", True, "general"),
    ("AG", "Agua sin gas 500 ml", "0.75", True, "general"),
    ("HI", "Bebida hidratante", "1.75", True, "general"),
    ("FR", "Porción de fruta", "1.50", False, "zero"),
    ("CLASE", "Clase de tenis, una hora", "25.00", False, "general"),
    ("TORNEO", "Organización de torneo", "180.00", False, "general"),
)

# name, detail, slot minutes, price by day, price by night (USD an hour, IVA inside)
COURTS = (
    ("Cancha 1", "Fútbol 5, césped sintético", 60, "28.00", "36.00"),
    ("Cancha 2", "Fútbol 5, césped sintético", 60, "28.00", "36.00"),
    ("Cancha 3", "Fútbol 7, iluminada", 60, "40.00", "52.00"),
    ("Pádel 1", "Cristal, techada", 90, "16.00", "22.00"),
    ("Pádel 2", "Cristal, techada", 90, "16.00", "22.00"),
    ("Tenis", "Arcilla", 60, "12.00", "18.00"),
)


@dataclass(frozen=True, slots=True)
class Complex:
    """The demo company ready to work: what the year is played with."""

    company: Company
    series: Series
    courts: list[Court]
    persons: list[Customer]
    firms: list[Customer]
    products: dict[str, Product]
    methods: dict[str, PaymentMethod]
    actors: dict[str, Actor]


def open_sports_complex(chance: Random) -> Complex:
    """Open the demo company with its people, courts, prices, products and customers; SRI and mail come later."""
    password = make_password(PASSWORD)
    staff = {role: _person(f"{role}@demo.test", name, password) for role, name in STAFF.items()}
    company = companies.open_company(
        {
            "ruc": "1792146739001",
            "environment": "1",
            "legal_name": "Complejo Deportivo La Pradera S.A.",
            "trade_name": "La Pradera",
            "address": "Av. Simón Bolívar km 4 y Calle Los Arupos, Quito",
            "email": "facturacion@lapradera.test",
            "phone": "02 234 5678",
            "keeps_accounts": True,
            "e_invoicing": False,
            "mails_documents": False,
        },
        owner=staff[Role.OWNER],
        actor=ACTOR,
    )
    with company_context(company.pk):
        for role, user in staff.items():
            if role != Role.OWNER:
                Membership.objects.create(user=user, role=role)
        return Complex(
            company=company,
            series=_open_series("La Pradera", "Av. Simón Bolívar km 4 y Calle Los Arupos, Quito"),
            courts=_build_courts(),
            persons=[_customer(person) for person in people.persons(chance, 180)],
            firms=[_customer(firm, payment_days=30, credit_limit=Decimal(1500)) for firm in people.firms(chance)],
            products={row[0]: _product(*row) for row in PRODUCTS},
            methods={method.name: method for method in PaymentMethod.objects.all()},
            actors={role: _actor(user, role) for role, user in staff.items()},
        )


def open_other_company() -> Company:
    """Open the second company, that shows the wall: a negocio popular with a few documents of its own."""
    owner = _person("owner@otra.test", "Martha Intriago", make_password(PASSWORD))
    company = companies.open_company(
        {
            "ruc": "0914326780001",
            "environment": "1",
            "legal_name": "Intriago Vera Martha Elena",
            "trade_name": "La Otra",
            "rimpe": "popular",
            "address": "Malecón 2000 y 9 de Octubre, Guayaquil",
            "e_invoicing": True,
            "mails_documents": False,
        },
        owner=owner,
        actor=ACTOR,
    )
    with company_context(company.pk):
        invoices = _open_series("Matriz", "Malecón 2000 y 9 de Octubre, Guayaquil")
        series.add_series(
            emission_point_id=invoices.emission_point_id, document_type=DocumentType.SALES_NOTE, actor=ACTOR
        )
        tax_office.certify(company, "MARTHA INTRIAGO", actor=ACTOR)
    return company


def go_electronic(place: Complex) -> None:
    """Have the demo company issue electronically from now on: a certificate, a series for notes, the switch."""
    owner = place.actors[Role.OWNER]
    tax_office.certify(place.company, "LUCIA BENALCAZAR", actor=owner)
    series.add_series(
        emission_point_id=place.series.emission_point_id, document_type=DocumentType.CREDIT_NOTE, actor=owner
    )
    companies.update_profile({"e_invoicing": True}, actor=owner)


def begin_to_mail(actor: Actor) -> None:
    """Have the active company mail its documents from now on; what it mails, the workers send after the load."""
    companies.update_profile({"mails_documents": True}, actor=actor)


def _person(email: str, name: str, password: str) -> User:
    return User.objects.create(email=email, name=name, password=password)


def _actor(user: User, role: Role) -> Actor:
    with all_companies():
        membership = Membership.objects.get(user=user)
    return Actor("user", user.name, "page", membership.permissions, user.pk, f"user:{user.pk}")


def _open_series(name: str, address: str) -> Series:
    place = series.add_establishment(code="001", name=name, address=address, actor=ACTOR)
    till = series.add_emission_point(establishment_id=place.pk, code="001", name="Recepción", actor=ACTOR)
    return series.add_series(emission_point_id=till.pk, limit_number=5_000, actor=ACTOR)


def _customer(person: people.Person, **values: object) -> Customer:
    return customers.create({**person.values(), **values}, actor=ACTOR).customer


def _product(code: str, name: str, price: str, inside: bool, category: str) -> Product:
    return products.create(
        {
            "code": code,
            "name": name,
            "unit_price": Decimal(price),
            "price_includes_tax": inside,
            "tax_category": category,
        },
        actor=ACTOR,
    )


def _build_courts() -> list[Court]:
    venue = setup.add_venue(name="La Pradera", address="Av. Simón Bolívar km 4", actor=ACTOR)
    hours = [Span(day, 6 * 60, 26 * 60 if day in (4, 5) else 24 * 60) for day in range(7)]
    built = []
    for position, (name, detail, slot, by_day, by_night) in enumerate(COURTS):
        court = setup.add_court(
            venue_id=venue.pk, name=name, detail=detail, slot_minutes=slot, position=position, hours=hours, actor=ACTOR
        )
        for label, starts, ends, price in (("Alquiler de día", 6, 17, by_day), ("Alquiler de noche", 17, 26, by_night)):
            setup.add_rate(
                venue_id=venue.pk,
                court_id=court.pk,
                name=label,
                weekdays=range(7),
                starts=starts * 60,
                ends=ends * 60,
                unit_price=Decimal(price),
                actor=ACTOR,
            )
        built.append(court)
    return built
