"""Fixtures: a real home for each test, on the engine that the environment names; nothing that ships is mocked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import machine, order

pytest_runtest_setup = machine.pytest_runtest_setup
pytest_collection_modifyitems = order.pytest_collection_modifyitems
pytest_terminal_summary = order.pytest_terminal_summary
SESSION = Path(tempfile.mkdtemp(prefix="indelible-tests-"))
ENGINE = machine.engine()

os.environ["INDELIBLE_HOME"] = str(SESSION)
os.environ["INDELIBLE_HOSTS"] = "testserver,localhost,127.0.0.1"  # as Django's client calls itself
os.environ.setdefault("INDELIBLE_LOG", "warning")  # a line for each request is nothing for the reader of a run
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")


def _prepare_settings() -> None:
    from indelible.infra import home

    address = "sqlite"
    if ENGINE == "postgres":
        address = machine.postgres_address()
    home.Home(SESSION).write(home.fresh_settings(address, "demo"))


_prepare_settings()

import django

django.setup()

from django.conf import settings

# Argon2 at full cost would spend the suite's time on hashing; the algorithm stays the same.
from django.contrib.auth.hashers import Argon2PasswordHasher

from indelible.infra.home import Home
from tests import homes
from tests.modules.validating import a_lab, a_plant, a_plant_template, a_ready_template, a_running, a_used_template

__all__ = [
    "a_lab",
    "a_plant",
    "a_plant_template",
    "a_ready_template",
    "a_running",
    "a_used_template",
]  # homes in which people validate, made once a worker
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture(scope="session")
def engine() -> Iterator[homes.Sqlite | homes.Postgres]:
    """Give the engine under test: template files, or template databases of the PostgreSQL server."""
    place = SESSION / "templates"
    place.mkdir(exist_ok=True)
    if ENGINE == "sqlite":
        yield homes.Sqlite(place)
        return
    if fault := machine.postgres_fault():
        pytest.fail(f"this run is on PostgreSQL, which does not answer: {fault}")
    server = homes.Postgres(place)
    yield server
    server.drop()


@pytest.fixture(scope="session")
def template(engine: homes.Sqlite | homes.Postgres) -> homes.TestHome:
    """Build the template home once for this worker."""
    engine.fresh("template")
    made = homes.build(SESSION / "template-home")
    engine.settle()
    return made


@pytest.fixture(scope="session")
def founding_template(engine: homes.Sqlite | homes.Postgres) -> homes.TestHome:
    """Build a real home, not simulated and not released, once for this worker."""
    engine.fresh("founding")
    made = homes.build(SESSION / "founding-home", simulated=False)
    engine.settle()
    return made


@pytest.fixture
def founding(engine: homes.Sqlite | homes.Postgres, founding_template: homes.TestHome, tmp_path: Path,
             monkeypatch: pytest.MonkeyPatch) -> Iterator[homes.TestHome]:  # fmt: skip
    """Give a copy of a home that is being founded."""
    monkeypatch.setattr(settings, "HOME", Home(tmp_path))
    with engine.copy("founding", tmp_path):
        made = founding_template
        yield homes.TestHome(tmp_path, dict(made.people), dict(made.departments), simulated=False)


@pytest.fixture
def home(engine: homes.Sqlite | homes.Postgres, template: homes.TestHome, tmp_path: Path, request: pytest.FixtureRequest,
         monkeypatch: pytest.MonkeyPatch) -> Iterator[homes.TestHome]:  # fmt: skip
    """Give a home of this test's own: a copy of the template, verified and rebuilt when the test has ended."""
    monkeypatch.setattr(settings, "HOME", Home(tmp_path))
    with engine.copy("template", tmp_path):
        yield homes.TestHome(tmp_path, dict(template.people), dict(template.departments))
        if (damaged := request.node.get_closest_marker("damaged")) is None:
            homes.expect_whole()
        elif not damaged.kwargs.get("reason"):
            pytest.fail("a test that damages its home says why: @pytest.mark.damaged(reason=...)")
