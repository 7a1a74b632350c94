"""Importing 50,000 customers, judged and applied, and the same file again, beside a bare insert of the same rows."""

from collections.abc import Iterator

from django.db import transaction

from audit.models import AuditEntry
from billing.models import Customer
from companies.models import Company
from core.actor import Actor
from core.tenancy import company_context
from desk import imports, tasks
from desk.import_batches import tally
from desk.models import Import, TaskState
from tests.bench.measuring import Row, seconds
from tests.factories import actor, make_user

ROWS = 50_000
BUDGET = ROWS / 60  # all of it within a minute
HEADINGS = (
    "identificacion;nombre;nombre_comercial;correo;telefono;direccion;dias_plazo;limite_credito;contacto;contacto_correo;"
    "recibe_documentos"
)


def run(company: Company) -> Iterator[Row]:
    """Rows a second: brought, judged and applied; and judged again, when nothing is left to do."""
    boss = actor(user_id=make_user(company).pk)
    with company_context(company.pk):
        content = _file()
        bare = ROWS / seconds(_bare)
        yield Row(
            "import: 50,000 customers, read to applied", ROWS / seconds(lambda: _all(content, boss)), bare, "/s", BUDGET
        )
        entries = AuditEntry.objects.filter(object_type="billing.customer")
        written = entries.count()
        again = ROWS / seconds(lambda: _check(content, boss))
        yield Row("import: the same 50,000 again, nothing to do", again, bare, "/s", BUDGET)
        last = Import.objects.latest("pk")
        assert (tally(last)["same"], entries.count()) == (ROWS, written)


def _file() -> bytes:
    lines = [
        f"P{n:06};Compañía Ñandú {n} S.A.;Ñandú {n};pagos{n}@cliente.test;09{n:08};Av. Amazonas N{n}, Quito;30;1500,00;"
        f"María {n};maria{n}@cliente.test;sí"
        for n in range(ROWS)
    ]
    return "\r\n".join([HEADINGS, *lines]).encode()


def _bare() -> None:
    with transaction.atomic():
        for first in range(0, ROWS, 500):
            Customer.objects.bulk_create(
                Customer(identification_type="06", identification=f"B{n:06}", name=f"Compañía Ñandú {n} S.A.")
                for n in range(first, first + 500)
            )
        transaction.set_rollback(True)


def _check(content: bytes, boss: Actor) -> Import:
    return _work(imports.start("customers", "clientes.csv", content, actor=boss))


def _all(content: bytes, boss: Actor) -> None:
    imported = _check(content, boss)
    _work(imports.apply(imported.pk, actor=boss))


def _work(imported: Import) -> Import:
    """Do what the workers would, one slice after the other."""
    while (imported := Import.objects.select_related("task").get(pk=imported.pk)).task.state == TaskState.RUNNING:  # type: ignore[union-attr]
        tasks.advance(imported.task_id)  # type: ignore[arg-type]
    return imported
