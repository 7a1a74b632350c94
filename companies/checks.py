"""Conventions on permissions, checked by `manage.py check`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from companies.roles import PERMISSIONS
from core.checks import DOMAIN

_PERMISSION_USED = re.compile(
    r"""(?:require|may|page)\(\s*((?:"[a-z_]+\.[a-z_]+"(?:,\s*)?)+)|view_permission = ("[a-z_.]+")"""
)


@register()
def every_permission_used_exists(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Each permission that code asks for stands in the table of roles."""
    problems: list[CheckMessage] = []
    for app in DOMAIN:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for match in _PERMISSION_USED.finditer(path.read_text(encoding="utf-8")):
                unknown = set(re.findall(r'"([a-z_.]+)"', match.group(0))) - PERMISSIONS
                problems += [Error(f"{path.name}: no role has {name}.", id="cuadre.E005") for name in unknown]
    return problems
