"""The server and the browser that a module of journeys shares, and what no journey may meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from indelible.infra.home import Home
from tests import homes
from tests.journeys import halcyra, site
from tests.journeys.site import Site


@pytest.fixture(scope="module")
def here(
    engine: homes.Sqlite | homes.Postgres, template: homes.TestHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Serve a copy of the template home for all journeys of this module; presence is proven with real passwords."""
    place = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch, engine.copy("template", place):
        patch.setattr(settings, "HOME", Home(place))
        # Playwright's loop runs in this thread; Django would take a call between two of its steps for an async one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        home = homes.TestHome(place, dict(template.people), dict(template.departments))
        database = site.database_of(str(connections["default"].settings_dict["NAME"]))
        with site.served(place, database) as address, site.browsing(home, address) as opened:
            # Playwright's loop has connections of its own: what another module's home left there ends with that home.
            connections.close_all()
            yield opened
            connections.close_all()


@pytest.fixture(scope="session")
def loaded_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load the demo company once for this worker, and give the folder of its home; a journey takes a copy."""
    return halcyra.load(tmp_path_factory.mktemp("halcyra")).home


@pytest.fixture(autouse=True)
def nothing_foreign(here: Site) -> Iterator[None]:
    """Fail a journey in which a console error, a CSP violation or a request to elsewhere was met."""
    here.faults.clear()
    yield
    assert here.faults == []
