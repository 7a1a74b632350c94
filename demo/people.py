"""Invented people and companies with identifications that pass SRI's arithmetic, and belong to nobody we know."""

from dataclasses import dataclass
from random import Random

_FIRST_NAMES = """
María José Andrés Gabriela Carlos Daniela Luis Sofía Diego Valentina Juan Camila Pablo Emilia Francisco
Isabela Santiago Paula Mateo Nicole Sebastián Verónica Esteban Lorena Ricardo Mónica Fernando Patricia
Xavier Cristina Álvaro Belén Galo Rosa Iván Ximena Marcelo Elena Rodrigo Teresa
"""
FIRST_NAMES = _FIRST_NAMES.split()

_SURNAMES = """
Andrade Cevallos Muñoz Zambrano Guamán Quishpe Espinosa Vallejo Paredes Salazar Ñacato Yépez Benalcázar
Cárdenas Villacís Proaño Chiriboga Intriago Macías Naranjo Ordóñez Peñafiel Rosero Suárez Terán Urquizo
Vásconez Yánez Zurita Arteaga Bravo Cueva Dávila Egas Freire Granda Hidalgo Játiva Larrea Moncayo
"""
SURNAMES = _SURNAMES.split()

FIRMS = (
    ("Constructora Andes Norte", "Cía. Ltda."),
    ("Importadora del Pacífico", "S.A."),
    ("Colegio Nuevo Amanecer", "Cía. Ltda."),
    ("Cooperativa de Transporte Cordillera", "Ltda."),
    ("Farmacias La Merced", "S.A."),
    ("Distribuidora El Chaquiñán", "Cía. Ltda."),
    ("Seguros Mitad del Mundo", "S.A."),
    ("Textiles Otavalo Exporta", "S.A.S."),
    ("Clínica Santa Catalina", "S.A."),
    ("Florícola Cayambe Verde", "S.A."),
    ("Estudio Jurídico Terán & Larrea", "Cía. Ltda."),
    ("Software Páramo", "S.A.S."),
    ("Panificadora La Ronda", "Cía. Ltda."),
    ("Academia de Tenis Cumbayá", "S.A.S."),
)

STREETS = (
    "Av. Amazonas",
    "Av. 6 de Diciembre",
    "Calle Toledo",
    "Av. Eloy Alfaro",
    "Calle Los Shyris",
    "Av. Interoceánica",
    "Calle García Moreno",
    "Av. De los Granados",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who buys: what `billing.customers.create()` takes."""

    identification_type: str
    identification: str
    name: str
    email: str
    phone: str
    address: str
    fiscal_status: str = "person"

    def values(self) -> dict[str, str]:
        """Return the fields of a customer."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def cedula(chance: Random) -> str:
    """Make a cédula: a province, eight digits and the check digit of module 10."""
    digits = f"{chance.randint(1, 24):02d}{chance.randint(0, 5)}{chance.randrange(10**6):06d}"
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return digits + str(-sum(product - 9 if product > 9 else product for product in products) % 10)


def company_ruc(chance: Random) -> str:
    """Make a private company's RUC: third digit 9, module 11."""
    while True:
        digits = f"{chance.randint(1, 24):02d}9{chance.randrange(10**6):06d}"
        rest = sum(int(digit) * weight for digit, weight in zip(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        if rest != 1:  # 11 - 1 would be a check digit of two figures
            return f"{digits}{(11 - rest) % 11}001"


def persons(chance: Random, count: int) -> list[Person]:
    """Make natural persons: most with cédula, some with a RUC of their own or a passport."""
    made: dict[str, Person] = {}
    while len(made) < count:
        first, last, second = chance.choice(FIRST_NAMES), chance.choice(SURNAMES), chance.choice(SURNAMES)
        name = f"{first} {last} {second}"
        kind, number = "05", cedula(chance)
        draw = chance.random()
        if draw < 0.15:
            kind, number = "04", f"{number}001"
        elif draw < 0.19:
            kind, number = "06", f"{chance.choice('ABCP')}{chance.randrange(10**7):07d}"
        made.setdefault(name, Person(kind, number, name, _address_of(name), _phone(chance), _street(chance)))
    return list(made.values())


def firms(chance: Random) -> list[Person]:
    """Make the companies that play every week and are billed by the month."""
    return [
        Person("04", company_ruc(chance), f"{name} {form}", f"pagos@{_slug(name)}.test", _phone(chance),
               _street(chance), "company")
        for name, form in FIRMS
    ]  # fmt: skip


def _slug(text: str) -> str:
    plain = text.lower().translate(str.maketrans("áéíóúñü& ", "aeiounuy-"))
    return "".join(char for char in plain if char.isalnum() or char == "-").strip("-")


def _address_of(name: str) -> str:
    return f"{_slug(name).replace('-', '.')}@correo.test"


def _phone(chance: Random) -> str:
    return f"09{chance.randrange(10**8):08d}"


def _street(chance: Random) -> str:
    return f"{chance.choice(STREETS)} N{chance.randint(10, 60)}-{chance.randint(10, 400)}, Quito"
