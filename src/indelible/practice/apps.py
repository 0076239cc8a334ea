"""Django's entry to the practice: the scratch tables of the people around the records."""

from django.apps import AppConfig


class PracticeConfig(AppConfig):
    """Its tables are scratch without exception; truth and projections are the kernel's."""

    name = "indelible.practice"
    label = "practice"
    default_auto_field = "django.db.models.BigAutoField"
