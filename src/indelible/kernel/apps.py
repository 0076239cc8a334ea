"""Django's entry to the kernel: tables, and the guards that are installed after every migrate."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from indelible.infra import database, guards


def _install_guards(using: str, **_: object) -> None:
    guards.install(using)


class KernelConfig(AppConfig):
    """The kernel holds every table of truth, every projection, and the scratch that the door itself needs."""

    name = "indelible.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard every connection, and re-install the triggers whenever tables may have been remade."""
        connection_created.connect(database.guard_connection, dispatch_uid="guard_connection")
        post_migrate.connect(_install_guards, sender=self, dispatch_uid="install_guards")
