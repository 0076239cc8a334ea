"""Django's entry to the project: loads the modules once the tables are known."""

from django.apps import AppConfig

from indelible.project import wiring


class ProjectConfig(AppConfig):
    """Wires modules to the kernel when Django starts."""

    name = "indelible.project"
    label = "project"

    def ready(self) -> None:
        """Let every module register its rules and reactions."""
        wiring.load()
