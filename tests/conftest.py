"""What every test stands on: a database of its process, files of its own, no mail and no waiting."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.databases import Copy, environment, migrated_copy

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[Copy]:
    """Replace Django's test database, which the application's role could neither make nor flush."""
    with django_db_blocker.unblock(), migrated_copy() as copy:
        with django_db_blocker.block():
            yield copy


@pytest.fixture
def committing(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Let a test commit, for threads and processes that must see each other's work; instead of `db`, not beside it.

    Afterwards the whole database is replaced: the application's role could not clean up, and the log must not be.
    """
    with django_db_blocker.unblock():
        yield
        django_db_setup.renew()


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.FILES_DIR = settings.MEDIA_ROOT


@pytest.fixture
def program_environment(committing, tmp_path) -> dict[str, str]:
    """Return the environment in which a started program uses this process's test database and secrets.

    Such programs commit, so it brings `committing` along.
    """

    return environment(tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what starts servers and processes: it takes longest, and the last of it would be waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how many tests did not run because SRI's published files are not at hand."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "SRI_FILES" in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests need SRI's published files (SRI_FILES) and were skipped.")
