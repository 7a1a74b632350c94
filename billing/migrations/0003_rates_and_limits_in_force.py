"""The IVA rates since 2001 and the consumidor final limit, as law set them (SRI table 17; ficha técnica 2.23)."""

from datetime import date
from decimal import Decimal

from django.db import migrations

RATES = [
    ("general", date(2001, 9, 1), date(2016, 5, 31), "2", "12", "Ley de Régimen Tributario Interno, art. 65"),
    ("general", date(2016, 6, 1), date(2017, 5, 31), "3", "14", "Ley Orgánica de Solidaridad, 2016"),
    ("general", date(2017, 6, 1), date(2024, 3, 31), "2", "12", "Ley de Régimen Tributario Interno, art. 65"),
    ("general", date(2024, 4, 1), None, "4", "15", "Decreto Ejecutivo 198"),
    ("construction", date(2024, 4, 1), None, "5", "5", "Res. NAC-DGERCGC24-00000013"),
    ("zero", date(2001, 9, 1), None, "0", "0", "Ley de Régimen Tributario Interno, art. 55 y 56"),
    ("not_subject", date(2001, 9, 1), None, "6", "0", "Ley de Régimen Tributario Interno, art. 54"),
    ("exempt", date(2001, 9, 1), None, "7", "0", "Ley de Régimen Tributario Interno"),
]

LIMITS = [
    (date(2013, 1, 1), "200.00", "Ficha técnica de comprobantes electrónicos 2.21, §8.10"),
    (date(2023, 2, 1), "50.00", "Ficha técnica de comprobantes electrónicos 2.23, §9.10"),
]


def fill(apps, schema_editor):
    """Enter the rows; later decrees are entered by an installation administrator."""
    alias = schema_editor.connection.alias
    TaxRate, LegalLimit = apps.get_model("billing", "TaxRate"), apps.get_model("billing", "LegalLimit")
    for category, valid_from, valid_to, rate_code, rate, source in RATES:
        TaxRate.objects.using(alias).create(
            category=category,
            valid_from=valid_from,
            valid_to=valid_to,
            code="2",
            rate_code=rate_code,
            rate=Decimal(rate),
            source=source,
        )
    for valid_from, amount, source in LIMITS:
        LegalLimit.objects.using(alias).create(
            code="final_consumer_limit", valid_from=valid_from, amount=Decimal(amount), source=source
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_walls")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
