#!/usr/bin/env python
"""Runs the project's commands: `./manage.py help`."""

import os
import sys


def main() -> None:
    """Start the embedded database where one is used, then run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config import database

    try:
        database.ensure_running()
    except (ImproperlyConfigured, database.DatabaseDown) as error:
        sys.exit(f"Cuadre: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
