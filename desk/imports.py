"""Bringing a file: start → (choose columns) → checked, nothing written → apply → undo what nobody touched since.

Each long step is a background task with one item per batch of rows. A batch is one transaction that also marks its
rows, so a worker killed at any instant neither loses one nor writes one twice; a step that was stopped is taken up
again by asking for it again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from audit.log import record
from core import clock
from core.actor import Actor
from core.crypto import new_secret
from core.errors import FieldError, RuleRefused, WorkflowError
from core.tenancy import current_company_id
from desk import import_files, import_kinds, tasks
from desk.import_batches import (
    APPLY,
    AT_ONCE,
    BATCH,
    CHECK,
    JUDGED,
    TITLES,
    TO_APPLY,
    TO_UNDO,
    UNDO,
    kind_of,
    save,
    span,
    values_of,
)
from desk.import_kinds import Kind
from desk.models import Import, ImportRow, ImportState, TaskState, Verdict


@transaction.atomic
def start(
    kind_name: str,
    file_name: str,
    content: bytes,
    *,
    columns: Mapping[str, str] | None = None,
    ask: bool = False,
    actor: Actor,
) -> Import:
    """Read a file and have its rows judged in the background; nothing but the import itself is written.

    Args:
        columns: which field each heading is; recognised by themselves unless given.
        ask: keep a file whose required columns were not all recognised: a person is going to say which they are.

    Raises:
        RuleRefused: `file_unreadable`, `file_empty`, `file_too_large`, `too_many_rows`, `too_many_columns`,
            `columns_missing` (naming them), `columns_invalid`.
    """
    kind = import_kinds.named(kind_name)
    kind.require(actor)
    table = import_files.read(file_name, content)
    taken = kind.match(table.headings) if columns is None else _checked_columns(kind, columns, table.headings)
    if kind.missing(taken) and not (ask and taken):
        raise import_kinds.columns_missing(kind, taken, table.headings)
    imported = Import.objects.create(
        kind=kind.name,
        file_name=import_files.shown_name(file_name),
        path=_store(content),
        sha256=hashlib.sha256(content).hexdigest(),
        headings=table.headings,
        columns=taken,
        rows_read=len(table.rows),
        requested_by_id=actor.user_id,
        created_at=clock.now(),
    )
    _write_rows(imported, table.rows)
    record("import.received", imported, actor=actor, after={"file": imported.file_name, "rows": imported.rows_read})
    if not kind.missing(taken):
        _check_all(imported, kind, actor)
    return imported


@transaction.atomic
def choose_columns(import_id: int, columns: Mapping[str, str], *, actor: Actor) -> Import:
    """Say which field each heading is, and have the rows judged anew.

    Raises:
        WorkflowError: `import_under_way`, or `import_applied`: it is too late.
        RuleRefused: `columns_missing` or `columns_invalid`.
    """
    imported = _lock(import_id)
    kind = kind_of(imported)
    kind.require(actor)
    if imported.state not in (ImportState.CHECKING, ImportState.CHECKED):
        raise _wrong_state(imported, "import_applied")
    taken = _checked_columns(kind, columns, imported.headings)
    if kind.missing(taken):
        raise import_kinds.columns_missing(kind, taken, imported.headings)
    before, imported.columns, imported.state = {"columns": imported.columns}, taken, ImportState.CHECKING
    imported.save(update_fields=["columns", "state"])
    imported.rows.update(verdict="", code="", field="", message="", object_id=None)
    record("import.columns_chosen", imported, actor=actor, before=before, after={"columns": taken})
    _check_all(imported, kind, actor)
    return imported


@transaction.atomic
def apply(import_id: int, *, actor: Actor) -> Import:
    """Write what the rows say, but for those with an error; one that was stopped goes on where it stood.

    Raises:
        WorkflowError: `import_under_way`, `import_not_checked`, `import_applied`.
        RuleRefused: `nothing_to_apply`: every row is the same as what is there, or has an error.
    """
    imported = _lock(import_id)
    kind_of(imported).require(actor)
    if imported.state not in (ImportState.CHECKED, ImportState.APPLYING):
        code = "import_not_checked" if imported.state == ImportState.CHECKING else "import_applied"
        raise _wrong_state(imported, code)
    if imported.state == ImportState.CHECKED and not imported.rows.filter(TO_APPLY).exists():
        raise RuleRefused(_("No hay nada que aplicar: ninguna fila crea ni cambia nada."), code="nothing_to_apply")
    return _begin(imported, APPLY, ImportState.APPLYING, "import.apply_started", imported.rows.filter(TO_APPLY), actor)


@transaction.atomic
def undo(import_id: int, *, actor: Actor) -> Import:
    """Take back what the rows wrote, as far as nobody has changed or used it since; the others keep the reason.

    Raises:
        WorkflowError: `import_under_way`, `import_not_applied`, `import_undone`.
    """
    imported = _lock(import_id)
    kind_of(imported).require(actor)
    if imported.state not in (ImportState.APPLIED, ImportState.UNDOING):
        code = "import_undone" if imported.state == ImportState.UNDONE else "import_not_applied"
        raise _wrong_state(imported, code)
    return _begin(imported, UNDO, ImportState.UNDOING, "import.undo_started", imported.rows.filter(TO_UNDO), actor)


def is_stopped(imported: Import) -> bool:
    """Say whether a step was begun and nobody works on it: it was stopped, or failed."""
    under_way = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)
    return imported.state in under_way and (imported.task is None or imported.task.state != TaskState.RUNNING)


# Steps of a step


def _lock(import_id: int) -> Import:
    """Lock an import that nobody works on.

    Raises:
        WorkflowError: `import_under_way`.
    """
    imported = Import.objects.select_for_update(of=("self",), no_key=True).select_related("task").get(pk=import_id)
    if imported.task is not None and imported.task.state == TaskState.RUNNING:
        raise _wrong_state(imported, "import_under_way")
    return imported


def _wrong_state(imported: Import, code: str) -> WorkflowError:
    message = _("La importación está «%(state)s»: ese paso no se puede dar ahora.")
    return WorkflowError(message % {"state": imported.get_state_display()}, code=code)


def _checked_columns(kind: Kind, columns: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """Return the columns that were chosen, in the order of the headings."""
    taken = {heading: columns[heading] for heading in headings if columns.get(heading)}
    unknown = [field for field in taken.values() if kind.column(field) is None]
    strange = [heading for heading in columns if heading not in headings]
    twice = len(set(taken.values())) < len(taken)
    if unknown or strange or twice:
        message = _("Elija para cada título una columna conocida, y cada columna una sola vez.")
        raise RuleRefused(
            message,
            code="columns_invalid",
            fields=[FieldError(field="columns", code="columns_invalid", message=message)],
        )
    return taken


def _store(content: bytes) -> str:
    company = current_company_id()
    return default_storage.save(f"{company}/imports/{new_secret()}{import_files.ending(content)}", ContentFile(content))


def _write_rows(imported: Import, rows: Iterable[tuple[int, list[str]]]) -> None:
    ImportRow.objects.bulk_create(
        (ImportRow(source=imported, position=position, cells=cells, verdict="") for position, cells in rows),
        batch_size=AT_ONCE,
    )


def _check_all(imported: Import, kind: Kind, actor: Actor) -> None:
    _mark_repeated(imported, kind)
    _give_to_workers(imported, CHECK, actor)


def _begin(
    imported: Import, task_kind: str, state: ImportState, action: str, rows: QuerySet[ImportRow], actor: Actor
) -> Import:
    before = {"state": imported.state}
    imported.state = state
    imported.save(update_fields=["state"])
    record(action, imported, actor=actor, before=before, after={"state": state, "rows": rows.count()})
    _give_to_workers(imported, task_kind, actor)
    return imported


def _give_to_workers(imported: Import, task_kind: str, actor: Actor) -> None:
    """Start a task over all batches; those with nothing to do are done at once."""
    last = imported.rows.aggregate(last=Max("position"))["last"]
    batches = [(batch, _label(batch)) for batch in range(1, last // BATCH + 2)]
    title = f"{TITLES[task_kind]}: {imported.file_name}"
    imported.task = tasks.start(task_kind, batches, title=title, parameters={"import": imported.pk}, actor=actor)
    imported.save(update_fields=["task"])


def _label(batch: int) -> str:
    first, last = span(batch)
    return _("Filas %(first)d a %(last)d") % {"first": first, "last": last}


def _mark_repeated(imported: Import, kind: Kind) -> None:
    """Judge the rows that say again what an earlier one is about: which of the two is meant, nobody knows."""
    first: dict[str, int] = {}
    repeated = []
    for row in imported.rows.order_by("position").iterator(AT_ONCE):
        key = kind.key(values_of(row, imported))
        if key and first.setdefault(key, row.position) != row.position:
            row.verdict, row.code, row.field = Verdict.ERROR, "row_repeated", kind.key_field
            row.message = _("Repite lo de la fila %(row)d: deje una sola.") % {"row": first[key]}
            repeated.append(row)
    save(repeated, JUDGED)
