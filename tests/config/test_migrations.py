"""Migrations go back to zero and up again, and say what the models say."""

import json
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

pytestmark = pytest.mark.slow

DOWN_AND_UP = """
import django, json, sys
django.setup()
from django.core.management import call_command
from django.db import connections

TABLES = '''SELECT c.relname, c.relrowsecurity,
    (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0),
    (SELECT array_agg(conname ORDER BY conname) FROM pg_constraint WHERE conrelid = c.oid),
    (SELECT array_agg(tgname ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)
    FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname'''
# pgtrigger leaves the functions of dropped triggers behind.
FUNCTIONS = '''SELECT proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname !~ 'pgtrigger' ORDER BY 1'''

def ask(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        return [[str(value) for value in row] for row in cursor.fetchall()]

full = [ask(TABLES), ask(FUNCTIONS)]
for label in json.loads(sys.argv[1]):
    call_command("migrate", label, "zero", verbosity=0)
empty = [ask(TABLES), ask(FUNCTIONS)]
call_command("migrate", verbosity=0)
print(json.dumps({"same": [ask(TABLES), ask(FUNCTIONS)] == full, "left": [row[0] for part in empty for row in part]}))
"""


def test_migrations_go_back_to_zero_and_up_again(program_environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", DOWN_AND_UP, json.dumps(_migrated_apps())],
        cwd=settings.BASE_DIR,
        env=program_environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"same": True, "left": ["core_cache", "django_migrations"]}


def test_the_models_need_no_other_migration(program_environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=settings.BASE_DIR,
        env=program_environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def _migrated_apps() -> list[str]:
    """Return the apps with migrations, those that stand on others first."""
    migrated = MigrationLoader(None).migrated_apps
    return [config.label for config in reversed(list(apps.get_app_configs())) if config.label in migrated]
