"""Django's admin, with the desk of staff as its start page."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "animal.moderation.desk.Desk"
