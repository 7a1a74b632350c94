"""What docs/coverage.md names is there: tests, pages, resources, files; and each line of a system stands in it once."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import resolve

from core.schema import document

TEXT = (settings.BASE_DIR / "docs" / "coverage.md").read_text(encoding="utf-8")
NAMES = sorted({name for row in re.findall(r"^\|.*", TEXT, re.M) for name in re.findall(r"`([^`]+)`", row)})
TESTS = [name for name in NAMES if "::" in name]
PAGES = [name for name in NAMES if name.startswith("/")]
RESOURCES = [name for name in NAMES if re.fullmatch(r"([A-Z]+ )?[a-z-]+/([\w{}-]+/)*", name)]
FILES = [name for name in NAMES if re.search(r"\.(py|md|js|toml|example)$|^Makefile$|^\.ci/", name)]

# Lines of each system: how many it has, and those between two numbers.
SYSTEMS = {0: (104, []), 1: (90, []), 2: (39, []), 3: (36, ["21a", "21b", "21c"]), 4: (67, [])}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_that_is_named_exists(name):
    path, *parts = name.split("::")
    inside = ast.parse((settings.BASE_DIR / "tests" / path).read_text(encoding="utf-8")).body
    for part in parts:
        found = [node for node in inside if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == part]
        assert found, f"{part} is not in {path}"
        inside = found[0].body


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_named_exists(path):
    assert resolve(path.replace("<id>", "1"))


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_that_is_named_exists(name):
    method, _, path = name.rpartition(" ")
    described = {re.sub(r"^/api/v1/", "", path): operations for path, operations in document()["paths"].items()}
    assert (method or "GET").lower() in described[path]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_named_exists(name):
    assert (settings.BASE_DIR / name).exists()


def _lines(text: str) -> Iterator[str]:
    """Yield each line named in a list like `4.07, 4.48–4.53`."""
    for first, last in re.findall(r"\b(\d\.\d+[a-c]?)(?:–(\d\.\d+))?", text):
        if not last:
            yield first
        else:
            system, start = first.split(".")
            yield from (f"{system}.{number:02d}" for number in range(int(start), int(last.split(".")[1]) + 1))


def test_each_line_of_a_system_is_covered_or_listed_as_not_yet_and_only_once():
    covered = [line for cell in re.findall(r"^\| (\d\.\d[^|]*) \|", TEXT, re.M) for line in _lines(cell)]
    waiting = [line for part in re.findall(r"^Not yet: ([^\n]+(?:\n[^\n]+)*)\.$", TEXT, re.M) for line in _lines(part)]
    numbers = [
        f"{system}.{number}"
        for system, (last, between) in SYSTEMS.items()
        for number in [*(f"{number:02d}" for number in range(1, last + 1)), *between]
    ]
    assert Counter(covered + waiting) == Counter(numbers)
