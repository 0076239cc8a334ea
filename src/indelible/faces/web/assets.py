"""The only place that names the addresses of styles and scripts: with the build, so that no browser mixes two builds."""

from __future__ import annotations

from django.contrib.staticfiles.storage import StaticFilesStorage

from indelible.infra import build

SHOWN = 12


class OfThisBuild(StaticFilesStorage):
    """Adds the build to each address; a browser keeps a file until the build changes."""

    def url(self, name: str | None) -> str:
        """Give the address of a file of this build."""
        return f"{super().url(name)}?{build.identity().package[:SHOWN]}"
