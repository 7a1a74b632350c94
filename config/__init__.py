"""Wires the apps together: settings, URLs, schedules, and the processes that serve them."""
