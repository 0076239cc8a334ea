"""IQ on the live installation: what is specified, what was found, and what a person must look at."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from indelible.assurance.drift import approved
from indelible.assurance.qualification import installation
from indelible.assurance.qualification.evidence import Recorder
from indelible.assurance.qualification.installation import database, host, package, past
from indelible.assurance.qualification.installation.check import Check, Found, noted
from indelible.assurance.qualification.results import ERROR, FAILED, PASSED, PERSON, SKIPPED, ScriptResult
from indelible.infra import build, clock
from indelible.infra import home as homes_on_disk
from indelible.kernel import records
from indelible.kernel.models import Record
from tests.assurance.drifted import damaged, drop_a_guard, install_guards, postgres
from tests.homes import TestHome

Examine = dict[str, ScriptResult]


@pytest.fixture
def examined(home: TestHome, template: TestHome, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Give a home as `init` leaves one: with its settings and its approved state."""
    settings.HOME.write(homes_on_disk.fresh_settings("sqlite", "demo"))
    home.path.chmod(0o700)
    approved.seal("The test begins")
    return home


def examine(place: Path, *only: str) -> Examine:
    recorder = Recorder(place, place / "evidence")
    return {one.key: one for one in installation.examine(recorder, list(only), {"IQ-LED-003": 1})}


def test_every_check_gives_specified_and_found_with_evidence(examined: TestHome, tmp_path: Path) -> None:
    found = examine(tmp_path)
    wrong = {key: one.note for key, one in found.items() if one.verdict not in (PASSED, SKIPPED)}

    assert list(found) == list(installation.planned([]))
    # On PostgreSQL the suite's account owns the database, and no runtime role was made for this copy of it: both are found.
    assert {*wrong} == ({"IQ-LED-004", "IQ-LED-005"} if postgres else set()), wrong
    assert all(step.expected and step.actual and step.evidence for one in found.values() for step in one.steps)
    assert all((tmp_path / kept.file).is_file() for one in found.values() for step in one.steps for kept in step.evidence)
    assert found["IQ-LED-003"].attempt == 2


def test_what_cannot_be_seen_from_here_waits_for_a_person_and_is_never_a_pass(examined: TestHome, tmp_path: Path) -> None:
    found = examine(tmp_path, "IQ-SYS-022", "IQ-SYS-023", "IQ-SYS-024", "IQ-SYS-012")

    assert {one.verdict for one in found.values()} == {SKIPPED}
    assert {one.origin for one in found.values()} == {PERSON}
    assert all("not seen from here" in step.actual for one in found.values() for step in one.steps)


def test_checks_are_made_by_id_or_by_requirement(examined: TestHome) -> None:
    assert [*installation.planned(["URS-LED-001"])] == ["IQ-LED-003", "IQ-LED-004"]
    assert [*installation.planned(["IQ-SYS-003", "URS-NOBODY-001"])] == ["IQ-SYS-003"]


@damaged
def test_a_dropped_guard_is_named(examined: TestHome, tmp_path: Path) -> None:
    drop_a_guard()

    one = examine(tmp_path, "IQ-LED-003")["IQ-LED-003"]

    assert one.verdict == FAILED
    assert "Guard event_queue: specified of this build, found missing or switched off" in one.note
    install_guards()
    assert examine(tmp_path, "IQ-LED-003")["IQ-LED-003"].verdict == PASSED


@pytest.mark.parametrize(("name", "mode", "told"), [
    ("home.json", 0o640, "specified 600, found 640"), ("files", 0o777, "Rights of others"), ("", 0o722, "Rights of others on the folder"),
])  # fmt: skip
def test_a_changed_right_on_a_file_is_named(examined: TestHome, tmp_path: Path, name: str, mode: int, told: str) -> None:
    (examined.path / "files" / "inside").mkdir(parents=True, exist_ok=True)
    target = examined.path / name / "inside" if name == "files" else examined.path / name
    assert examine(tmp_path, "IQ-SYS-008")["IQ-SYS-008"].verdict == PASSED
    target.chmod(mode)

    one = examine(tmp_path, "IQ-SYS-008")["IQ-SYS-008"]

    assert one.verdict == FAILED
    assert told in one.note


def test_a_setting_that_is_not_the_approved_one_is_named(
    examined: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examine(tmp_path, "IQ-SYS-006")["IQ-SYS-006"].verdict == PASSED
    monkeypatch.setenv("INDELIBLE_UPLOADS_DAY", "77")
    monkeypatch.setenv("INDELIBLE_MONITORS", "10.0.0.0/8")

    one = examine(tmp_path, "IQ-SYS-006")["IQ-SYS-006"]

    assert one.verdict == FAILED
    assert "INDELIBLE_UPLOADS_DAY: specified 10000, found 77" in one.note
    assert "INDELIBLE_MONITORS: specified not set, found 10.0.0.0/8" in one.note


def test_a_changed_file_of_the_package_is_named(examined: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = build.manifest()
    monkeypatch.setattr(build, "manifest", lambda: files | {"kernel/acts.py": "0" * 64, "kernel/extra.py": "1" * 64})

    one = examine(tmp_path, "IQ-SYS-003")["IQ-SYS-003"]

    assert one.verdict == FAILED
    assert "kernel/acts.py was changed; kernel/extra.py is not of it" in one.note


def test_the_manifest_of_a_release_comes_before_the_approved_state(examined: TestHome, tmp_path: Path) -> None:
    (examined.path / package.MANIFEST).write_text(json.dumps({"files": build.manifest() | {"gone.py": "0"}}), "utf-8")

    one = examine(tmp_path, "IQ-SYS-003")["IQ-SYS-003"]

    assert one.verdict == FAILED
    assert "gone.py is gone" in one.note


def test_without_manifest_and_approved_state_nobody_says_that_files_are_as_released(home: TestHome) -> None:
    assert [found.ok for found in package.files()] == [True, True, None]


@pytest.mark.skipif(postgres, reason="the suite's account owns the database on PostgreSQL; see the next test")
def test_what_the_products_account_must_never_do_is_refused(examined: TestHome) -> None:
    tried = list(database.forbidden())

    assert len(tried) > 20
    assert {one.actual for one in tried} == {"refused"}


@pytest.mark.skipif(not postgres, reason="a file knows no owner")
def test_an_account_that_owns_the_tables_is_found_by_trying_and_nothing_of_it_lasts(examined: TestHome) -> None:
    before = Record.objects.count()
    tried = {one.action: one for one in database.forbidden()}

    assert tried["TRUNCATE event"].actual == "refused"  # by its guard, whoever asks
    assert tried["Make a table"].actual == "allowed, and undone"
    assert tried["Drop a guard"].ok is False
    assert "qualification_probe" not in connection.introspection.table_names()
    assert Record.objects.count() == before


def test_what_fails_for_another_reason_than_a_right_has_shown_nothing() -> None:
    assert database._why(DatabaseError("no such table: eventt")) == "failed otherwise: no such table: eventt"
    assert database._why(DatabaseError("permission denied for table event")) == "refused"


def test_what_cannot_be_looked_at_is_an_error_of_that_check_alone(tmp_path: Path) -> None:
    def look() -> Iterator[Found]:
        yield noted("First", "", "seen")
        raise OSError("no such device")

    one = Check("IQ-SYS-999", "", "", (), look).make(Recorder(tmp_path, tmp_path), 1)

    assert (one.verdict, [step.verdict for step in one.steps]) == (ERROR, [PASSED])
    assert "no such device" in one.note


def test_an_end_of_support_that_has_passed_fails_and_an_unknown_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_resting_on", lambda: iter(("Python 3.9", "Python 3.11", "Plan 9")))
    monkeypatch.setitem(package.SUPPORT, "Python 3.9", "2025-10-31")

    assert [one.ok for one in package.support()] == [False, True, None]


def test_a_late_backup_of_a_real_home_fails_and_a_simulated_one_has_nothing_to_lose(
    examined: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one.ok for one in past.backups()] == [True]
    real = dict(records.values(Record.objects.get(type="installation"))) | {"simulated": False}
    monkeypatch.setattr(records, "values", lambda _: real)
    assert [one.ok for one in past.backups()] == [True, True]
    now = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: now)

    assert [one.ok for one in past.backups()] == [False, True]


def test_listening_ports_are_read_and_the_server_of_this_test_is_among_them() -> None:
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen()
        port = mine.getsockname()[1]
        assert f"{port} (this machine alone)" in set(host._listening())


def test_the_bill_of_materials_names_every_package_with_version_and_licence() -> None:
    parts = {one["name"].lower(): one for one in package.bill()["components"]}

    assert parts["django"]["version"].startswith("5.2")
    assert parts["django"]["licenses"][0]["license"]["name"].startswith("BSD")
    assert replace(noted("a", "b", "")).ok is False
