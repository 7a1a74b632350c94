"""SRI's published files, where they are at hand: schemas, web service descriptions, tables."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRI_FILES = (ROOT / os.environ.get("SRI_FILES", "../shared/sri")).resolve()

needs_sri_files = pytest.mark.skipif(not SRI_FILES.is_dir(), reason="SRI's published files are not at hand (SRI_FILES)")
