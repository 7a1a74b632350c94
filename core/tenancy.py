"""The company wall (law 7).

Three layers, each enough by itself for what it sees:

* the ORM: `CompanyModel.objects` adds a condition that reads the active company when the SQL is made,
  so a queryset built at import time is safe and a query without a company raises;
* composite foreign keys `(company_id, x_id) → (company_id, id)`: a row cannot point across;
* row-level security: the database itself hides and refuses other companies' rows.

`company_context()` is entered once per request or job, before any transaction opens. `all_companies()`
is for sweeps, log-in, looking up a credential by its secret, and Django admin; nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from django.core.exceptions import FullResultSet
from django.db import Error, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

ALL: Final = "*"

_active: ContextVar[int | str | None] = ContextVar("active_company", default=None)
_memo: ContextVar[dict[str, Any] | None] = ContextVar("company_memo", default=None)


class NoActiveCompany(RuntimeError):
    """A company's data was asked for while no company was active: always a programming error."""


class CompanyChangeRefused(RuntimeError):
    """The active company was to change inside a transaction: one transaction writes in one company."""


def current_company_id() -> int:
    """Return the active company's id.

    Raises:
        NoActiveCompany: none is active, or all are.
    """
    active = _active.get()
    if not isinstance(active, int):
        raise NoActiveCompany("No hay una empresa activa.")
    return active


def active_company_id() -> int | None:
    """Return the active company's id, or None outside any single company."""
    active = _active.get()
    return active if isinstance(active, int) else None


def memo() -> dict[str, Any]:
    """Return a place for what is worth reading once while this company is active."""
    remembered = _memo.get()
    return {} if remembered is None else remembered


def _inside_transaction() -> bool:
    # The transaction in which a test case runs is not one of ours.
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _send(target: BaseDatabaseWrapper) -> None:
    active = _active.get()
    with target.cursor() as cursor:
        cursor.execute("SELECT set_config('app.company_id', %s, false)", ["" if active is None else str(active)])


def _send_again() -> None:
    """Tell an open connection which company is active now; one that cannot be told is used no more."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        _send(connection)
    except Error:
        if not connection.in_atomic_block:
            connection.close()


def send_on_connect(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Tell a new (or pooled) connection which company is active."""
    if _active.get() is not None:
        _send(connection)


@contextmanager
def _activate(value: int | str) -> Iterator[None]:
    if value == _active.get():
        yield
        return
    if _inside_transaction():
        raise CompanyChangeRefused("No se puede cambiar de empresa dentro de una transacción.")
    token, memo_token = _active.set(value), _memo.set({})
    try:
        _send(connection)
        yield
    finally:
        _active.reset(token)
        _memo.reset(memo_token)
        _send_again()


@contextmanager
def company_context(company_id: int) -> Iterator[None]:
    """Make one company active for ORM and database, and restore what was active before.

    Raises:
        CompanyChangeRefused: called inside a transaction of another company.
    """
    with _activate(int(company_id)):
        yield


@contextmanager
def all_companies() -> Iterator[None]:
    """See every company: for sweeps, log-in, credential look-ups and Django admin only."""
    with _activate(ALL):
        yield


class OfActiveCompany(Expression):
    """The condition `company_id = <active company>`, resolved when the SQL is made."""

    conditional = True

    def __init__(self, column: Any = None) -> None:
        super().__init__(output_field=models.BooleanField())
        self.column = column if column is not None else models.F("company_id")

    def get_source_expressions(self) -> list[Any]:
        """Return the column, so that Django resolves and relabels it."""
        return [self.column]

    def set_source_expressions(self, exprs: Any) -> None:
        """Take the resolved column."""
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Compile to a comparison with the active company's id.

        Raises:
            NoActiveCompany: no company is active.
        """
        active = _active.get()
        if active is None:
            raise NoActiveCompany("Consulta sin empresa activa.")
        if active == ALL:
            raise FullResultSet
        sql, params = compiler.compile(self.column)
        return f"{sql} = %s", (*params, active)


Row = TypeVar("Row", bound=models.Model)


class CompanyQuerySet(models.QuerySet[Row]):
    """Base of the named reads of a company's rows."""


_templates: dict[tuple[type[models.Model], type], models.QuerySet[Any]] = {}


class CompanyManager(models.Manager[Row]):
    """The scoped manager: sees the active company only, and raises without one.

    Named reads come in by `objects = CompanyManager.from_queryset(InvoiceQuerySet)()`.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the rows of the active company.

        The condition says nothing of any one company until it becomes SQL, so it is built once for each model.
        """
        if self._db or self._hints:  # type: ignore[attr-defined]
            return super().get_queryset().filter(OfActiveCompany())
        key = (self.model, self._queryset_class)  # type: ignore[attr-defined]
        if key not in _templates:
            _templates[key] = super().get_queryset().filter(OfActiveCompany())
        return _templates[key].all()


class CompanyForeignKey(models.ForeignKey):
    """A foreign key to a row of the same company.

    The constraint is the composite `(company_id, x_id) → (company_id, id)` that the migration operation
    `core.operations.CompanyWalls` makes; Django's simple one would let a row point across the wall.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)


class CompanyModel(models.Model):
    """Base of every row that belongs to a company."""

    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, default=active_company_id, editable=False, related_name="+"
    )

    objects = CompanyManager()
    unscoped = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
