"""Write the reference pages from the source: `python -m tests.documentation`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def main() -> None:
    """Set Django up for a home that is thrown away, and write the pages that have changed."""
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"INDELIBLE_HOME": place, "DJANGO_SETTINGS_MODULE": "indelible.project.settings"}
        from indelible.infra import home

        home.Home(Path(place)).write(home.fresh_settings("sqlite", "demo"))
        import django

        django.setup()
        from tests.documentation import reference

        for path in reference.write():
            print(path)


if __name__ == "__main__":
    main()
