"""Says what this machine lacks, in one line that mends it, before anything fails with a traceback.

Run by the Makefile with whatever Python there is, so it must be readable by an old one and import nothing of ours.
"""

import ctypes
import importlib.util
import sys

NEEDED = (3, 11)
APT = "sudo apt-get install -y python3 python3-venv make libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
LIBRARIES = {"Pango": "pango-1.0", "PangoFT2": "pangoft2-1.0"}


def missing() -> "list[str]":
    """Return the names of what is missing."""
    names = []
    if sys.version_info < NEEDED:
        names.append(
            f"Python 3.11 or newer (this is {sys.version.split()[0]}; PYTHON=python3.12 make run takes another)"
        )
    if not importlib.util.find_spec("ensurepip"):
        names.append("Python's venv")
    names.extend(name for name, library in LIBRARIES.items() if not loads(library))
    return names


def loads(library: str) -> bool:
    """Say whether a shared library can be loaded, under its Linux or macOS name."""
    for name in (f"lib{library}.so.0", f"lib{library}.dylib", f"lib{library}.0.dylib"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


if __name__ == "__main__":
    lacking = missing()
    if lacking:
        sys.exit(f"Missing: {'; '.join(lacking)}.\nOn Debian or Ubuntu this installs all of it:\n\n    {APT}\n")
