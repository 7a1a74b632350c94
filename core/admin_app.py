"""Puts the house's own site in the place of Django admin's."""

from django.contrib.admin.apps import AdminConfig


class InstallationAdmin(AdminConfig):
    """Django admin for installation administrators: see `core.admin_site`."""

    default_site = "core.admin_site.InstallationSite"
