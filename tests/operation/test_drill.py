"""A restore drill: the newest backup is restored into scratch and compared with this home row by row; what differs is named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from indelible.assurance import alarms, backup, drilling
from indelible.kernel import records, sequencer
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests.assurance import damaging
from tests.faces.terminal import Terminal
from tests.homes import TestHome
from tests.operation import keeping

FILE = b"Kept byte for byte\n"


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "_refused", {})


@pytest.fixture
def shell(home: TestHome, tmp_path: Path) -> Terminal:
    """Give a shell at a home with documents, signatures and a file, and one backup of it."""
    found = keeping.on_disk(home)
    (tmp_path / "kept").mkdir()
    home.draft(file=[uploads.receive(home.people["ann"], "note.txt", [FILE]).sha256])
    home.until(home.draft(), "effective")
    sequencer.drain()
    keeping.spoken(found.run("backup", "create", str(tmp_path / "kept" / "one.tar"), "--json"))
    return found


def drilled(shell: Terminal, tmp_path: Path, code: int = 0) -> dict[str, Any]:
    answer = shell.run("drill", "--backup", str(tmp_path / "kept" / "one.tar"), "--json")
    assert answer.code == code, answer.err
    return dict(json.loads(answer.out))


def drills() -> list[Record]:
    return list(Record.objects.filter(type="restore_drill").order_by("number"))


def opened() -> list[str]:
    return [str(records.values(one)["signal"]) for one in Record.objects.filter(type="incident").order_by("number")]


def test_everything_of_the_backup_is_compared_and_filed(shell: Terminal, tmp_path: Path) -> None:
    told = drilled(shell, tmp_path)

    (record,) = drills()
    values = records.values(record)
    assert (told["ok"], told["differences"], told["filed"]) == (True, [], record.number)
    assert {name: told["compared"][name] for name in ("records", "versions", "events", "signatures", "files")} == {
        name: told["counts"][name] for name in ("records", "versions", "events", "signatures", "files")
    }
    assert min(told["compared"].values()) > 0
    assert told["seconds"] > 0
    assert (record.state, record.author_id, values["outcome"], values["position"]) == (
        "performed", None, "identical", str(told["position"]))  # fmt: skip
    assert values["backup"] == told["sha256"]
    assert (backup.last_tested() is not None, opened()) == (True, [])


def test_the_home_may_be_ahead_and_says_by_how_much(home: TestHome, shell: Terminal, tmp_path: Path) -> None:
    numbers = [home.draft() for _ in range(3)]
    document = Record.objects.filter(type="document", state="draft").exclude(number__in=numbers).first()
    assert document is not None
    home.act("ann", "document.edit", document.number, fields={"title": "Another title since"})
    sequencer.drain()
    told = drilled(shell, tmp_path)

    assert (told["ok"], told["differences"], told["moved_on"]) == (True, [], 2), (
        "the edited document, and the installation that noted its backup"
    )
    assert told["ahead"] == 5, "three drafts, an edit, and that the backup was made"


def test_without_a_name_it_takes_the_newest_one_of_the_folder(shell: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    nothing = shell.run("drill", "--json")
    assert (nothing.code, "backup_is_named" in nothing.err) == (1, True), nothing.err
    shell.environment["INDELIBLE_BACKUPS"] = str(tmp_path / "none")
    assert "There is no backup in" in shell.run("drill").err
    shell.environment["INDELIBLE_BACKUPS"] = str(folder)
    made = keeping.spoken(shell.run("backup", "create", str(folder / "0-newer.tar"), "--json"))
    os.utime(folder / "one.tar", (1, 1))
    (folder / ".half.tar").write_bytes(b"being written")
    told = keeping.spoken(shell.run("drill", "--json"))

    assert (told["path"], told["sha256"]) == (made["path"], made["sha256"])


OF = "record_id = (SELECT id FROM record WHERE number = %s)"
CHANGED = {
    ("title", "record"): "UPDATE record SET title = 'Forged' WHERE number = %s",
    ("title", "version 1"): "UPDATE version SET content = replace(content, '{title}', 'Forged') WHERE " + OF,
    ("printed_name", "signature"): f"UPDATE signature SET printed_name = 'Somebody Else' WHERE {OF}",
    ("payload", "event 1"): f"UPDATE event SET payload = replace(payload, 'Ann', 'Bea') WHERE {OF}",
}
LOST = {
    ("all", "signature"): f"DELETE FROM signature WHERE {OF}",
    ("all", "version 1"): f"DELETE FROM version WHERE {OF}",
    ("all", "event 1"): f"DELETE FROM event WHERE {OF}",
}


@pytest.mark.damaged(reason="rows are changed behind the product's back, to see that the drill names them")
@pytest.mark.parametrize("damage", [CHANGED, LOST], ids=["changed", "lost"])
def test_what_was_changed_or_lost_since_is_named_and_an_incident(
    shell: Terminal, tmp_path: Path, damage: dict[tuple[str, str], str]
) -> None:
    head = Record.objects.get(type="document", standing="in_force")
    for statement in damage.values():
        damaging.damage(statement.replace("{title}", head.title), head.number)
    told = drilled(shell, tmp_path, 1)

    for field, where in damage:
        found = [one for one in told["differences"] if (one["record"], one["field"]) == (head.number, field)]
        assert any(f"The {where}" in one["text"] for one in found), (field, where, told["differences"])
    (record,) = drills()
    assert records.values(record)["outcome"] == "differences"
    assert f"{head.number}, {next(iter(damage))[0]}" in records.values(record)["difference_list"]
    assert opened() == ["restore drill one.tar"]
    assert backup.last_tested() is None, "it is no test that was passed"


@pytest.mark.damaged(reason="a file of the store is changed and taken away")
def test_a_file_that_is_lost_or_changed_here_is_named(home: TestHome, shell: Terminal, tmp_path: Path) -> None:
    (sha256,) = [path.name for path in (home.path / "files").glob("??/*") if path.read_bytes() == FILE]
    place = home.path / "files" / sha256[:2] / sha256
    place.chmod(0o640)
    for damage in (lambda: place.write_bytes(b"Other bytes\n"), place.unlink):
        damage()
        told = drilled(shell, tmp_path, 1)
        assert [(one["record"], one["field"]) for one in told["differences"]] == [(f"file {sha256[:12]}", "bytes")]


def test_what_two_people_have_withheld_since_is_no_difference(home: TestHome, shell: Terminal, tmp_path: Path) -> None:
    number = home.draft()
    for title in ("A second title", "A third title"):
        home.act("ann", "document.edit", number, fields={"title": title})
    keeping.spoken(shell.run("backup", "create", str(tmp_path / "two.tar"), "--json"))
    for who in ("qua", "quy"):
        home.sign(who, "document.restrict", number, reason="Personal data of a patient")
    told = keeping.spoken(shell.run("drill", "--backup", str(tmp_path / "two.tar"), "--json"))

    assert (told["ok"], told["withheld"]) == (True, 2), told["differences"]


@pytest.mark.damaged(reason="a byte of a backup is changed")
def test_a_damaged_backup_is_an_incident_and_nothing_is_filed(shell: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "kept" / "one.tar"
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    answer = shell.run("drill", "--backup", str(path))

    assert (answer.code, "backup_is_whole" in answer.err, "Opened: INC-001" in answer.err) == (1, True, True), answer.err
    assert f"{path} cannot be restored from: rows/" in answer.err or "cannot be restored from: " in answer.err
    assert (drills(), opened(), backup.last_tested()) == ([], ["restore test failed"], None)


def test_the_backup_of_another_installation_is_refused_and_nothing_is_filed(
    shell: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(backup, "_first_leaf", lambda using: "0" * 64)
        backup.create(tmp_path / "other.tar", lambda words: None)
    answer = shell.run("drill", "--backup", str(tmp_path / "other.tar"))

    assert (answer.code, "backup_is_of_this_installation" in answer.err) == (1, True), answer.err
    assert (drills(), opened()) == ([], [])


def test_what_is_kept_of_a_proof_is_no_home(shell: Terminal, tmp_path: Path) -> None:
    kept = tmp_path / "scratch"
    keeping.spoken(shell.run("backup", "verify", str(tmp_path / "kept" / "one.tar"), "--keep", str(kept), "--json"))
    again = shell.run("backup", "verify", str(tmp_path / "kept" / "one.tar"), "--keep", str(kept))

    assert (kept / drilling.DATABASE).is_file()
    assert Terminal(kept).run("verify").code == 2, "it cannot be served by mistake"
    assert (again.code, "target_is_empty" in again.err) == (1, True), again.err


def test_a_drill_leaves_no_scratch_behind(shell: Terminal, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    shell.environment["TMPDIR"] = str(tmp_path / "tmp")
    drilled(shell, tmp_path)

    assert list((tmp_path / "tmp").iterdir()) == []
    assert connection.vendor in ("sqlite", "postgresql")
