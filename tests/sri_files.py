"""SRI's published files, where they are at hand: schemas, web service descriptions, tables."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRI_FILES = (ROOT / os.environ.get("SRI_FILES", "../shared/sri")).resolve()

if os.environ.get("SRI_FILES_REQUIRED") and not SRI_FILES.is_dir():
    raise FileNotFoundError(f"SRI's published files are required here and are not in {SRI_FILES} (SRI_FILES).")

needs_sri_files = pytest.mark.skipif(not SRI_FILES.is_dir(), reason="SRI's published files are not at hand (SRI_FILES)")
