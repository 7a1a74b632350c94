"""What the workers do for an import: judge, write or take back a batch of rows, in a transaction that marks them."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy

from audit.log import record
from core import clock
from core.actor import Actor
from core.tenancy import current_company_id
from desk import import_kinds, tasks
from desk.import_kinds import Context, Judged, Kind, Row
from desk.models import Import, ImportRow, ImportState, Task, Verdict

BATCH: Final = 500
AT_ONCE: Final = 2_000
CHECK, APPLY, UNDO = "imports.check", "imports.apply", "imports.undo"
TITLES: Final = {
    CHECK: gettext_lazy("Revisar el archivo"),
    APPLY: gettext_lazy("Aplicar la importación"),
    UNDO: gettext_lazy("Deshacer la importación"),
}
JUDGED: Final = ("verdict", "code", "field", "message", "object_id")
DONE: Final = (*JUDGED, "version_after", "before", "applied_at")
TO_APPLY: Final = Q(verdict__in=(Verdict.CREATE, Verdict.UPDATE), applied_at=None)
TO_UNDO: Final = Q(applied_at__isnull=False, undone_at=None, kept="")


def kind_of(imported: Import) -> Kind:
    """Return what an import brings."""
    return import_kinds.named(imported.kind)


def tally(imported: Import) -> dict[str, int]:
    """Count the rows of an import by what became of them, in one query."""
    verdicts = {str(verdict): Count("pk", filter=Q(verdict=verdict)) for verdict in Verdict}
    return imported.rows.aggregate(
        **verdicts,
        unread=Count("pk", filter=Q(verdict="")),
        warned=Count("pk", filter=~Q(message="") & ~Q(verdict=Verdict.ERROR)),
        applied=Count("pk", filter=Q(applied_at__isnull=False)),
        undone=Count("pk", filter=Q(undone_at__isnull=False)),
        kept=Count("pk", filter=~Q(kept="")),
    )


def values_of(row: ImportRow, imported: Import) -> dict[str, str]:
    """Return the texts of a row that are not blank, by the column each is taken for."""
    pairs = zip(imported.headings, row.cells, strict=True)
    return {imported.columns[heading]: cell for heading, cell in pairs if cell and heading in imported.columns}


def save(rows: Sequence[ImportRow], fields: Sequence[str]) -> None:
    """Write some columns of many rows in one statement: Django's own ways send each row whole, or take minutes."""
    if not rows:
        return
    values = [{"id": row.pk} | {name: getattr(row, name) for name in fields} for row in rows]
    columns = ", ".join(f"{name} = v.{name}" for name in fields)
    types = ", ".join(f"{name} {_type(name)}" for name in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ImportRow._meta.db_table} r SET {columns}"  # noqa: S608 -- names of our own fields
            f" FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, {types}) WHERE r.company_id = %s AND r.id = v.id",
            [json.dumps(values, cls=DjangoJSONEncoder), current_company_id()],
        )


def _type(name: str) -> str:
    column: Any = ImportRow._meta.get_field(name)
    return str(column.cast_db_type(connection))


def span(batch: int) -> tuple[int, int]:
    """Return the first and the last row, by their numbers in the spreadsheet, that a batch may hold."""
    return (batch - 1) * BATCH, batch * BATCH - 1


def check_batch(batch: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Judge a batch's rows that are not judged yet."""
    imported, rows = _batch(batch, parameters, Q(verdict=""))
    judged = kind_of(imported).check(_read(rows, imported), Context(actor, imported.pk))
    for row, verdict in zip(rows, judged, strict=True):
        _note(row, verdict)
    save(rows, JUDGED)


def apply_batch(batch: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Write a batch's rows; somebody may have changed what they are about since they were judged, so again first."""
    imported, rows = _batch(batch, parameters, TO_APPLY)
    if not rows:
        return
    kind = kind_of(imported)
    kind.require(actor)
    _plan_anew()
    now = clock.now()
    for row, verdict in zip(rows, _applied(kind, _read(rows, imported), Context(actor, imported.pk)), strict=True):
        _note(row, verdict)
        if verdict.verdict in (Verdict.CREATE, Verdict.UPDATE):
            row.version_after, row.before, row.applied_at = verdict.version_after, verdict.before, now
    save(rows, DONE)


def _plan_anew() -> None:
    """Have the database look again at how large its tables are.

    A connection keeps the plan by which it checks foreign keys: one made while the table was nearly empty reads all of
    it for each row, and the first import of a new company would take minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def _applied(kind: Kind, rows: Sequence[Row], context: Context) -> Sequence[Judged]:
    """Apply rows; once more where somebody made the same thing in the very same moment."""
    try:
        with transaction.atomic():
            return kind.apply(rows, context)
    except IntegrityError:
        with transaction.atomic():
            return kind.apply(rows, context)


def undo_batch(batch: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Take a batch's rows back, and note on the others why they stay."""
    imported, rows = _batch(batch, parameters, TO_UNDO)
    kind = kind_of(imported)
    kind.require(actor)
    kept, now = kind.undo(rows, Context(actor, imported.pk)), clock.now()
    for row in rows:
        row.kept = kept.get(row.pk, "")[:500]
        row.undone_at = None if row.kept else now
    save(rows, ("kept", "undone_at"))


def _batch(batch: int, parameters: dict[str, Any], which: Q) -> tuple[Import, list[ImportRow]]:
    imported = Import.objects.get(pk=parameters["import"])
    return imported, list(imported.rows.filter(which, position__range=span(batch)).order_by("position"))


def _read(rows: Sequence[ImportRow], imported: Import) -> list[Row]:
    return [Row(row.position, values_of(row, imported)) for row in rows]


def _note(row: ImportRow, judged: Judged) -> None:
    row.verdict, row.code, row.field = judged.verdict, judged.code, judged.field
    row.message, row.object_id = judged.message[:1000], judged.object_id


# When all batches are behind


def _finisher(
    done: ImportState, under_way: ImportState, action: str, moment: str = ""
) -> Callable[[Task, Actor], None]:
    @transaction.atomic
    def finish(task: Task, actor: Actor) -> None:
        changes: dict[str, Any] = {"state": done} | ({moment: clock.now()} if moment else {})
        if Import.objects.filter(pk=task.parameters["import"], state=under_way).update(**changes):
            imported = Import.objects.get(pk=task.parameters["import"])
            counts = tally(imported)
            figures = {"import_id": imported.pk, "kind": imported.kind, "rows": imported.rows_read} | counts
            record(action, imported, actor=actor, before={"state": under_way}, after={"state": done} | counts,
                   public=figures)  # fmt: skip

    return finish


def register_tasks() -> None:
    """Tell desk's tasks what the workers do for imports; once, when the app is ready."""
    for name, work, finish in (
        (CHECK, check_batch, _finisher(ImportState.CHECKED, ImportState.CHECKING, "import.checked")),
        (APPLY, apply_batch, _finisher(ImportState.APPLIED, ImportState.APPLYING, "import.applied", "applied_at")),
        (UNDO, undo_batch, _finisher(ImportState.UNDONE, ImportState.UNDOING, "import.undone", "undone_at")),
    ):
        tasks.register(tasks.Kind(name, TITLES[name], work=work, permissions=("imports.run",), finish=finish))
