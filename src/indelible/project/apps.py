"""Django's entry to the project: loads the modules once the tables are known."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from indelible.infra import search
from indelible.project import wiring


def _install_search(using: str, **_: object) -> None:
    search.install(using)


class ProjectConfig(AppConfig):
    """Wires modules to the kernel when Django starts."""

    name = "indelible.project"
    label = "project"

    def ready(self) -> None:
        """Let every module register its rules and reactions, and make what searching needs whenever tables were made."""
        wiring.load()
        post_migrate.connect(_install_search, sender=apps.get_app_config("kernel"), dispatch_uid="install_search")
