"""The disposable copy: like production item by item, served for real, qualified through, and gone afterwards, also where it is stopped."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.conf import settings
from django.db import connection, connections

from indelible.assurance.drift import approved
from indelible.assurance.qualification import results
from indelible.assurance.qualification.results import ABORTED, Compared
from indelible.infra import database
from indelible.infra import home as homes_on_disk
from indelible.kernel.errors import Invalid, Refused
from indelible.project import founding, roles
from indelible.project.qualifying import comparing, copying, databases, keeping, qualify
from tests import homes, machine
from tests.assurance.drifted import damaged, drop_a_guard, postgres
from tests.homes import TestHome

PATIENCE = 300  # seconds until a copy is served, on a machine that does other work too
SCRIPTS = """
import pytest

@pytest.mark.script("OQ-T-901", title="The cast is there", negative=True, requirements=("URS-IDN-001",))
def test_the_cast_is_there(steps, site, database):
    @steps("Sign in and say who is calling", given="q.qa_approver", expected="q.qa_approver holds qa_approver")
    def _():
        told = site.person("qa_approver").api("GET", "/me").json
        return f"{told['user_id']} holds {told['roles'][0]['role']}"

    @steps("Read the installation", given="SQL", expected="1 installation, released")
    def _():
        rows = database.rows("SELECT state FROM record WHERE type = 'installation'")
        return f"{len(rows)} installation, {rows[0]['state']}"

    @steps("Begin anew", expected="restarted, q.author")
    def _():
        done = site.restart()
        return f"{done}, {site.again('author').api('GET', '/me').json['user_id']}"

@pytest.mark.script("OQ-T-902", title="Fails", requirements=("URS-REC-002",))
def test_fails(steps):
    @steps("Fail", expected="this")
    def _():
        return "that"

@pytest.mark.script("OQ-T-903", title="Takes long", requirements=("URS-T-003",))
def test_takes_long(steps):
    @steps("Wait", expected="x")
    def _():
        import time
        time.sleep(600)
"""


@pytest.fixture
def live(
    engine: homes.Sqlite | homes.Postgres,
    home: TestHome,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """Give a home that other processes can open, with an approved state and a script of its own; gives the folder for scratch."""
    scratch = tmp_path_factory.mktemp("scratch")
    address = homes.url_of(str(connection.settings_dict["NAME"]))
    settings.HOME.write(homes_on_disk.fresh_settings(address, "demo"))
    monkeypatch.setenv(founding.OWNER, address if postgres else "")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    (home.path / "scripts").mkdir()
    (home.path / "scripts" / "test_own.py").write_text(SCRIPTS, "utf-8")
    with database.owner():
        if isinstance(engine, homes.Postgres):  # what the template's own runtime role was given came along with the tables
            with connection.cursor() as cursor:
                cursor.execute(f'DROP OWNED BY "{engine.prefix}_template_app"')
        roles.grant_runtime(connection)  # as `init` makes it; without it the copy would have what production has not
    approved.seal("The test begins")
    yield scratch
    with database.owner():
        roles.drop(connection)
    assert not list(scratch.glob("indelible-*")), "something of the copy was left"
    assert not _databases(), "the copy's database was left"


def _databases() -> list[str]:
    if not postgres:
        return []
    name = f"{connection.settings_dict['NAME']}{databases.SUFFIX}"
    with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
        found = admin.execute("SELECT datname FROM pg_database WHERE datname = %s UNION SELECT rolname FROM pg_roles WHERE rolname = %s",
                              [name, f"{name}_app"]).fetchall()  # fmt: skip
    return [str(one) for (one,) in found]


@pytest.mark.both
def test_an_installation_is_qualified_on_a_copy_of_itself(live: Path, tmp_path: Path) -> None:
    output, said = tmp_path / "output", list[str]()

    told = qualify.qualify(settings.HOME, output, ["OQ-T-901", "OQ-T-902", "IQ-SYS-001"], said.append)

    assert told["delta"] is None  # the first one
    assert (told["state"], told["official"], told["ok"]) == ("executed", False, False)
    assert told["tests"] == {"planned": 3, "run": 3, "passed": 2, "failed": 1, "skipped": 0}, told["failed"]
    assert told["failed"] == [
        {"script": "OQ-T-902", "requirements": ["URS-REC-002"], "note": "Step 1, Fail: expected 'this', found 'that'"}
    ]
    assert {"URS-SYS-002", "URS-IDN-001", "URS-REC-002"} == {one["requirement"] for one in told["uncovered"]} | _covered(
        told
    )
    assert next(one["state"] for one in told["uncovered"] if one["requirement"] == "URS-REC-002") == "failed"
    assert (told["requirements"]["total"], [one["script"] for one in told["orphans"]]) == (3, [])
    assert told["differences"] == []
    assert any(line.startswith("2/3 OQ-T-901 passed") for line in said)
    run = results.read(output / "runs" / f"{told['run']}.json")
    assert (run.planned, run.missing()) == (("IQ-SYS-001", "OQ-T-901", "OQ-T-902"), [])
    assert copying.OTHERWISE in run.notes  # this home has no folder: the files were written from its baseline
    differing = {one.item for one in run.compared if one.production != one.copy}
    assert differing <= {*comparing.EXPLAINED}
    assert {"people.active", "environment.INDELIBLE_MAIL"} <= differing
    assert {"build.package", "configuration.sha256", "guard.event_queue", "table.event", "schema.migrations"} <= {
        one.item for one in run.compared if one.production == one.copy
    }
    _every_evidence_is_what_its_hash_says(output, run)
    address = next(line for line in (output / "pytest.log").read_text("utf-8").splitlines() if line)  # pytest said something
    assert address


def _covered(told: dict[str, Any]) -> set[str]:
    return {"URS-SYS-002", "URS-IDN-001"} - {one["requirement"] for one in told["uncovered"]}


def _every_evidence_is_what_its_hash_says(output: Path, run: results.Run) -> None:
    kept = [one for result in run.results for step in result.steps for one in step.evidence]
    assert {one.kind for one in kept} == {"exchange", "query", "log"}
    for one in kept:
        content = (output / one.file).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (one.sha256, one.size)
        assert b'csrfmiddlewaretoken" value="[A-Za-z0-9]' not in content


def test_a_stopped_run_is_aborted_and_everything_of_it_is_taken_away(live: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    command = [sys.executable, "-c", "from indelible.project.main import main; main()", "--home", str(settings.HOME.path)]
    begun = subprocess.Popen([*command, "qualify", "--output", str(output), "--only", "OQ-T-903", "--json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})  # fmt: skip
    _wait_for(output, '"begun": "OQ-T-903"', begun)
    begun.send_signal(signal.SIGTERM)
    out, err = begun.communicate(timeout=90)

    assert begun.returncode == 1, err
    assert "aborted" in err
    assert json.loads(out)["ok"] is False
    (run,) = keeping.runs(output)
    assert (run.official, run.ended, [one.verdict for one in run.results]) == (False, "", [ABORTED])
    assert keeping.close_stopped(output) == []


def _wait_for(output: Path, words: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if any(words in path.read_text("utf-8") for path in output.glob("runs/*.jsonl")):
            return
        time.sleep(0.2)
    process.terminate()
    raise AssertionError(f"it never came so far: {process.communicate()}")


@damaged
def test_a_difference_that_nothing_explains_is_named(home: TestHome) -> None:
    before = comparing.taken() | comparing.surroundings()
    drop_a_guard()
    after = comparing.taken() | comparing.surroundings({"INDELIBLE_UPLOADS_DAY": "5", "INDELIBLE_URL": "http://x"})

    told = comparing.unexplained(comparing.compare(before, after))

    assert [line.partition(":")[0] for line in told] == ["environment.INDELIBLE_UPLOADS_DAY", "guard.event_queue"]
    assert told[1].endswith("copy not there")


def test_another_configuration_or_build_is_never_explained(home: TestHome) -> None:
    taken = comparing.taken()
    other = taken | {"configuration.sha256": "0" * 64, "build.package": "1" * 64, "database.version": "SQLite 2"}

    assert len(comparing.unexplained(comparing.compare(taken, other))) == 3
    assert not Compared("a", "1", "2").sound


def test_two_qualifications_of_one_home_do_not_meet(home: TestHome) -> None:
    with copying.alone(settings.HOME), pytest.raises(Refused, match="Another qualification"), copying.alone(settings.HOME):
        raise AssertionError("both went on")


def test_a_folder_that_holds_something_else_is_left_alone(home: TestHome, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(Invalid, match="neither empty nor the folder of an earlier qualification"):
        qualify.qualify(settings.HOME, other, say=lambda _: None)
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_ids_that_nobody_knows_are_refused_before_anything_begins(home: TestHome, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No script has an id or a requirement of these: OQ-NOBODY-001"):
        qualify.qualify(settings.HOME, tmp_path / "output", ["OQ-NOBODY-001"], lambda _: None)
    assert not list((tmp_path / "output" / "runs").iterdir())


def test_without_a_package_before_nothing_is_told_against_it(home: TestHome, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="holds no package that this one could be compared with") as refused:
        qualify.qualify(settings.HOME, tmp_path / "output", say=lambda _: None, delta=True)
    assert "package.json" in refused.value.missing[0].text
    assert not (tmp_path / "output").exists()


@pytest.mark.postgres
@pytest.mark.skipif(not postgres, reason="true of PostgreSQL only")
def test_without_the_owners_address_nothing_begins_and_a_foreign_database_is_left_alone(home: TestHome) -> None:
    owner = homes.url_of(str(connection.settings_dict["NAME"]))
    with pytest.raises(Refused, match="a database of its own"):
        databases.can_be_made("")
    name = f"{connection.settings_dict['NAME']}{databases.SUFFIX}"
    homes.Postgres._admin(f'CREATE DATABASE "{name}"')
    try:
        with pytest.raises(Refused, match="that no qualification made"), databases.beside(owner, "x"):
            raise AssertionError("it was replaced")
    finally:
        homes.Postgres._admin(f'DROP DATABASE "{name}"')
    connections.close_all()
    assert replace(Compared("a", "1", "2"), explanation="because").sound
    assert requests.__name__ == "requests"
