"""One load of the demo company for all tests: a load is expensive, a copy of it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from indelible.infra import clock
from indelible.infra.home import Home
from indelible.kernel.context import Context
from indelible.kernel.models import Account
from indelible.practice import queries, simulation
from indelible.project.demo import loading
from tests import homes

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def loaded(engine: homes.Sqlite | homes.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load the demo company once for this worker, and give the folder of its home."""
    place = tmp_path_factory.mktemp("demo")
    before = settings.HOME
    settings.HOME = Home(place)
    engine.fresh("demo")
    try:
        loading.load(Home(place), as_of=TODAY, say=lambda _: None)
    finally:
        clock.simulate(None)
        settings.HOME = before
    engine.settle()
    return place


@pytest.fixture
def company(engine: homes.Sqlite | homes.Postgres, loaded: Path, tmp_path: Path,
            monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # fmt: skip
    """Give a copy of the loaded company, whose clock stands at nine o'clock of the day of loading."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True, copy_function=os.link)  # files of a home are never changed
    monkeypatch.setattr(settings, "HOME", Home(tmp_path))
    with engine.copy("demo", tmp_path):
        simulation.install()
        yield tmp_path
        clock.simulate(None)


@pytest.fixture
def quality(company: Path) -> queries.Viewer:
    """Look as the Head of Quality."""
    return queries.viewer(Context(Account.objects.get(user_id="dwhitfield").person_id, "session", session="test"))
