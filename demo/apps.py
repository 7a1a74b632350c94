"""The demo company; knows every app, and no app knows it."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Loads the demo."""

    name = "demo"
