"""What the documents name is there: tests, pages and resources."""

import re

import pytest
from django.conf import settings
from django.urls import resolve

COVERAGE = settings.BASE_DIR / "docs" / "coverage.md"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", COVERAGE.read_text(encoding="utf-8")))))
def test_a_test_that_is_named_exists(name):
    assert (settings.BASE_DIR / name).is_file()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(/[a-z/<>]+/)`", COVERAGE.read_text(encoding="utf-8")))))
def test_a_page_that_is_named_exists(path):
    assert resolve(path.replace("<id>", "1"))
