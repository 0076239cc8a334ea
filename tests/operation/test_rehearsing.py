"""A restore is rehearsed, noted in the trail, and an incident where it is too long ago or does not work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from indelible.assurance import alarms, backup, watching
from indelible.infra import canonical, clock
from indelible.kernel import config, reactions, records
from indelible.kernel.models import Event, Record
from tests.faces.terminal import Terminal
from tests.homes import TestHome
from tests.operation import keeping

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin each test as a process that has seen nothing yet, with the clock of the machine."""
    monkeypatch.setattr(alarms, "_refused", {})
    monkeypatch.setattr(watching, "_nights", [])
    yield
    clock.simulate(None)


@pytest.fixture
def shell(home: TestHome, tmp_path: Path) -> Terminal:
    """Give a shell at a home with one backup."""
    found = keeping.on_disk(home)
    keeping.spoken(found.run("backup", "create", str(tmp_path / "one.tar"), "--json"))
    return found


def noted() -> list[str]:
    """Give the reasons of the noted tests, as the trail has them."""
    rows = Event.objects.filter(payload__contains=f'"act":"{backup.TESTED}"').order_by("pk")
    return [canonical.decode(row.payload)["reason"] for row in rows]


def opened() -> list[str]:
    return [str(records.values(one)["signal"]) for one in Record.objects.filter(type="incident").order_by("number")]


def follow() -> None:
    """Do what follows, as the process beside the web does: nothing has waited for all those days."""
    while reactions.run_pending():
        pass


def real(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the home be one that is not simulated, so many days from now, with backups each day."""
    values = records.values
    monkeypatch.setattr(
        records, "values", lambda one: values(one) | ({"simulated": False} if one.type == "installation" else {})
    )
    clock.simulate(lambda now: now + days * DAY)
    backup.noted(backup.NOTED, "Backup of everything")
    follow()


def test_a_rehearsal_is_noted_with_what_was_restored_and_how_long_it_took(shell: Terminal, tmp_path: Path) -> None:
    assert backup.last_tested() is None
    told = keeping.spoken(shell.run("backup", "rehearse", str(tmp_path / "one.tar"), "--json"))

    (reason,) = noted()
    assert told["noted"] is True
    assert told["sha256"][:16] in reason
    assert f"up to position {told['position']}" in reason
    assert f"in {told['seconds']} seconds" in reason
    assert backup.account() in reason
    assert backup.last_tested() is not None
    assert opened() == []


@pytest.mark.damaged(reason="a byte of a backup is changed")
def test_a_backup_that_cannot_be_restored_is_an_incident_and_no_test(shell: Terminal, tmp_path: Path) -> None:
    whole = (tmp_path / "one.tar").read_bytes()
    middle = len(whole) // 2
    (tmp_path / "bad.tar").write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    answer = shell.run("backup", "rehearse", str(tmp_path / "bad.tar"))

    assert (answer.code, "backup_is_whole" in answer.err, "Opened: INC-001" in answer.err) == (1, True, True), answer.err
    assert opened() == ["restore test failed"]
    assert noted() == []
    assert backup.last_tested() is None


def test_the_backup_of_another_installation_proves_nothing_here(
    shell: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_first_leaf", lambda using: "0" * 64)
    backup.create(tmp_path / "other.tar", lambda words: None)
    monkeypatch.undo()
    answer = shell.run("backup", "rehearse", str(tmp_path / "other.tar"))

    assert (answer.code, "backup_is_of_this_installation" in answer.err) == (1, True), answer.err
    assert (noted(), opened()) == ([], [])


def test_what_is_no_backup_is_refused_and_no_test(shell: Terminal, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("Nothing\n")
    for name in ("text.tar", "none.tar"):
        assert shell.run("backup", "rehearse", str(tmp_path / name)).code != 0
    assert noted() == []


def test_proving_a_backup_without_its_home_is_not_noted(shell: Terminal, tmp_path: Path) -> None:
    keeping.spoken(shell.run("backup", "verify", str(tmp_path / "one.tar"), "--json"))

    assert noted() == []


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("days", "expected"), [(0, []), (189, []), (192, ["restore test late"])])
def test_no_restore_that_was_tested_for_so_many_days_is_an_incident(
    monkeypatch: pytest.MonkeyPatch, days: int, expected: list[str]
) -> None:
    real(monkeypatch, days)
    watching.look()

    assert opened() == expected
    watching.look()
    assert opened() == expected, "one while it is open"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("act", [backup.TESTED, backup.RESTORED])
def test_the_days_count_from_the_last_one_whether_rehearsed_or_done(monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    clock.simulate(lambda now: now + 100 * DAY)
    backup.noted(act, "Restored from a backup")
    real(monkeypatch, 285)
    watching.look()
    assert opened() == []
    real(monkeypatch, 292)
    (number,) = watching.look()

    what = str(records.values(Record.objects.get(number=number))["what"])
    assert "indelible drill" in what
    assert "The last one that the trail knows of was" in what


@pytest.mark.usefixtures("home")
def test_a_simulated_home_is_asked_for_no_test() -> None:
    clock.simulate(lambda now: now + 900 * DAY)

    assert watching.look() == []


@pytest.mark.usefixtures("home")
def test_how_many_days_is_said_by_the_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    now = config.current()
    policies = now.policies.model_copy(update={"restore_test_days": 30, "backup_days": 14})
    monkeypatch.setattr(config, "current", lambda: now.model_copy(update={"policies": policies}))
    real(monkeypatch, 31)
    clock.simulate(lambda moment: moment + 40 * DAY)
    watching.look()
    assert opened() == ["restore test late"], "and no late backup: nine days are fewer than fourteen"
    follow()
    clock.simulate(lambda moment: moment + 46 * DAY)
    watching.look()
    assert opened() == ["restore test late", "backup late"]
