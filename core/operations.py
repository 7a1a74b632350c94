"""Migration operations that build the database's half of the company wall."""

from typing import Any

from django.db.migrations.operations.base import Operation

from core.tenancy import CompanyForeignKey

# The setting is read once per statement: a scalar subquery becomes an InitPlan, not a call per row.
POLICY = """company_id = (SELECT app_company_id()) OR (SELECT app_all_companies())"""


class CompanyWalls(Operation):
    """Give models row-level security, a `(company_id, id)` key and composite foreign keys.

    For a model whose wall stands, a new foreign key is added in SQL: going back must not take the wall down. With
    `open_to_none`, rows of no company may be written by anybody and read only across companies (the access log).
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, *models: str, open_to_none: bool = False) -> None:
        self.models = models
        self.open_to_none = open_to_none

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Describe the operation for the migration writer."""
        return self.__class__.__name__, list(self.models), {"open_to_none": True} if self.open_to_none else {}

    def describe(self) -> str:
        """Say what it does, for `migrate --plan`."""
        return f"Build the company wall of {', '.join(self.models)}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave Django's idea of the models alone: only the database changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build the walls: keys of all models first, because they may point at each other."""
        models = [to_state.apps.get_model(app_label, name) for name in self.models]
        for model in models:
            schema_editor.execute(_key_sql(model._meta.db_table))
            schema_editor.execute(_policy_sql(model._meta.db_table, self.open_to_none))
        for model in models:
            for field in model._meta.local_fields:
                if isinstance(field, CompanyForeignKey):
                    schema_editor.execute(_reference_sql(model._meta.db_table, field))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Take the walls down."""
        models = [from_state.apps.get_model(app_label, name) for name in self.models]
        for model in models:
            table = model._meta.db_table
            for field in model._meta.local_fields:
                if isinstance(field, CompanyForeignKey):
                    schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{_name(table, field)}"')
            schema_editor.execute(f'DROP POLICY IF EXISTS company_wall ON "{table}"')
            schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for model in models:
            table = model._meta.db_table
            schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_of_company"')


def _key_sql(table: str) -> str:
    name = f"{table}_of_company"
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}') THEN "
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE (company_id, id); END IF; END $$'
    )


def _policy_sql(table: str, open_to_none: bool) -> str:
    check = f"company_id IS NULL OR {POLICY}" if open_to_none else POLICY
    return (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY; '
        f'DROP POLICY IF EXISTS company_wall ON "{table}"; '
        f'CREATE POLICY company_wall ON "{table}" USING ({POLICY}) WITH CHECK ({check})'
    )


def _name(table: str, field: Any) -> str:
    return f"{table}_{field.column}_same_company"


def _reference_sql(table: str, field: Any) -> str:
    target = field.remote_field.model._meta.db_table
    name = _name(table, field)
    return (
        f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"; '
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{field.column}") '
        f'REFERENCES "{target}" (company_id, id)'
    )
