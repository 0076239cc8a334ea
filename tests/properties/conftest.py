"""Fixtures of the properties: the reading of the template's configuration, and the people who take part."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from indelible.assurance.qualification.reading import Reading
from indelible.infra.home import Home
from indelible.kernel import sequencer
from tests import homes
from tests.homes import TestHome
from tests.properties import cast as casting
from tests.properties.cast import Cast

Engine = homes.Sqlite | homes.Postgres


@pytest.fixture(scope="session")
def reading(template: TestHome) -> Reading:
    """Read what the template home was made of."""
    return Reading(template.path / "configuration")


@pytest.fixture(scope="session")
def cast_template(engine: Engine, reading: Reading, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """Hire the people who take part, somebody's deputy among them, once for this worker."""
    place = tmp_path_factory.mktemp("cast")
    engine.fresh("cast")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "HOME", Home(place))
        found = casting.gather(homes.build(place), reading)
        casting.add_deputy(found)
        sequencer.drain()
    engine.settle()
    return found


@pytest.fixture
def cast(
    engine: Engine, cast_template: Cast, reading: Reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cast]:
    """Give the people who take part, in a home of this test's own, verified and rebuilt when the test has ended."""
    if (files := cast_template.home.path / "files").is_dir():
        shutil.copytree(
            files, tmp_path / "files"
        )  # and no configuration: a change that attaches none would find its plan there
    monkeypatch.setattr(settings, "HOME", Home(tmp_path))
    with engine.copy("cast", tmp_path):
        found = copy.deepcopy(cast_template, {id(reading): reading})
        found.home.path = tmp_path
        yield found
        homes.expect_whole()
