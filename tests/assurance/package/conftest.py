"""A package as it is written when everything was done in order, and one of a trial; each test looks at copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from indelible.assurance.package import writing
from indelible.assurance.package.writing import Package
from tests.assurance.package import made

Written = tuple[Path, Package]


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Write a package of an official run, nothing of which may be touched."""
    place = tmp_path_factory.mktemp("official")
    return place, writing.write(made.small(place), place)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Write a small package of a trial."""
    place = tmp_path_factory.mktemp("trial")
    return place, writing.write(made.facts(place, count=4, scripts=6, steps=1, official=False), place)


@pytest.fixture
def package(official: Written, tmp_path: Path) -> Path:
    """Give a copy of the official package that a test may damage."""
    return Path(shutil.copytree(official[0], tmp_path / "package"))
