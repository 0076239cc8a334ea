"""Backups: all of one moment while people write, restored into nothing on the engine of the run, equal by what the API says."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from indelible.assurance import backup
from indelible.kernel import sequencer
from indelible.kernel.models import Event, Presence, Record
from indelible.practice import notices, uploads
from indelible.practice.models import Notice
from tests import machine
from tests.faces import calling
from tests.faces.terminal import Terminal
from tests.homes import TestHome, url_of
from tests.operation import keeping
from tests.operation.keeping import Dump
from tests.torture import rounds
from tests.torture.group import Group, integrate
from tests.torture.labour import Labourer
from tests.torture.tally import Tally

A_SECOND, AIMED_AT, WRITERS, BACKUPS = 20, 40, 4, rounds(3, 20)
MEANWHILE, LEAST = A_SECOND, rounds(0, A_SECOND)  # the suite shares its machine, so only a campaign asks for a rate
INSTALLATION = "/records/installation/INS-001"


def with_a_file(home: TestHome, name: str = "note.txt", content: bytes = b"Kept byte for byte\n") -> str:
    """Create a document with a file; gives the file's hash."""
    sha256 = uploads.receive(home.people["ann"], name, [content]).sha256
    home.draft(file=[sha256])
    return sha256


def restored(shell: Terminal, path: Path, target: Path, owner_url: str, *options: str) -> Any:
    owner = ["--postgres", owner_url] if owner_url else []
    return keeping.spoken(shell.run("restore", str(path), "--to", str(target), *owner, *options, "--json"))


def before_the_backup(told: Dump, position: int) -> Dump:
    """Give of a dump what a backup up to a position holds: the log, and the records that have not moved since."""
    moved = {event["record"] for event in told["events"] if event["seq"] > position}
    still = {path for path, head in told.items() if path != "events" and head.get("id") and head["id"] not in moved}
    kept = {path + part: told[path + part] for path in still for part in ("", "/history", "/signatures")}
    return kept | {"events": up_to(told, position)}


def up_to(told: Dump, position: int) -> list[Any]:
    """Give the log of a dump up to a position."""
    return [event for event in told["events"] if event["seq"] <= position]


def test_a_restored_home_says_over_the_api_what_the_first_one_said(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, token = keeping.on_disk(home), calling.token(home, "qua")
    sha256 = with_a_file(home)
    home.until(home.draft(), "effective")
    sequencer.drain()
    said, counted = keeping.everything(token), keeping.row_counts()
    made = keeping.spoken(shell.run("backup", "create", str(tmp_path / "one.tar"), "--json"))
    with keeping.empty_database() as owner_url:
        again = tmp_path / "again"
        answer = restored(shell, tmp_path / "one.tar", again, owner_url)
        with keeping.looking_into(again, monkeypatch):
            says, counts = keeping.everything(token), keeping.row_counts()
            trail = Record.objects.get(type="installation")
            last = json.loads(Event.objects.get(record_id=trail.id, position=trail.position).payload)

    assert up_to(says, made["position"]) == said.pop("events")
    del says["events"]
    for part in ("", "/history", "/signatures"):  # the one record that goes on, by the note that it was restored
        said.pop(INSTALLATION + part)
        says.pop(INSTALLATION + part)
    assert len(said) > 50
    assert says == said
    assert {name for name in counts if counts[name] != counted[name]} <= {
        "event",
        "log_position",
        "django_session",
        "presence",
        "outbox",  # that a drill is due after a restore
        "notice",  # that mail about it may have gone out before
    }
    assert (counts["event"], answer["verified"]["ok"], answer["lost"]) == (counted["event"] + 1, True, None)
    assert (last["act"], made["sha256"][:16] in last["reason"]) == ("installation.note_restore", True)
    assert (again / "files" / sha256[:2] / sha256).read_bytes() == b"Kept byte for byte\n"


def test_backups_while_people_write_are_whole_and_equal_to_what_was_there(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, token = keeping.on_disk(home), calling.token(home, "qua")
    with_a_file(home)
    tally = Tally(tmp_path / "tally.jsonl")

    def write(labourer: Labourer) -> None:
        while True:
            began = time.monotonic()
            labourer.attempt(labourer.plan())
            time.sleep(max(0.0, WRITERS / AIMED_AT - (time.monotonic() - began)))

    people = [Labourer(home, tally, f"writer {n}") for n in range(WRITERS)]
    group = Group.begin([*[lambda one=one: write(one) for one in people], integrate], tmp_path)
    began = time.monotonic()
    try:
        while len(tally.of("done")) < A_SECOND:
            time.sleep(0.05)
        before = len(tally.of("done"))
        made = [keeping.spoken(shell.run("backup", "create", str(tmp_path / f"{n}.tar"), "--json")) for n in range(BACKUPS)]
        meanwhile = len(tally.of("done")) - before
        time.sleep(0.5)
    finally:
        group.kill()
    rate = len(tally.of("tried")) / (time.monotonic() - began)
    sequencer.drain()
    said = keeping.everything(token)
    print(
        f"{BACKUPS} backups while {rate:.0f} acts a second went on; they end at positions {[one['position'] for one in made]}"
    )
    assert meanwhile >= MEANWHILE
    assert rate >= LEAST
    assert made[0]["position"] < made[-1]["position"] < said["events"][-1]["seq"]
    for n, one in enumerate(made[:: len(made) - 1]):
        with keeping.empty_database() as owner_url:
            answer = restored(shell, Path(one["path"]), tmp_path / f"again-{n}", owner_url)
            with keeping.looking_into(tmp_path / f"again-{n}", monkeypatch):
                says = keeping.everything(token)
        expected = before_the_backup(said, one["position"])
        assert answer["verified"]["ok"]
        assert up_to(says, one["position"]) == expected.pop("events")
        assert {path: says[path] for path in expected} == expected
        assert len(expected) > 50


def test_after_a_restore_nobody_is_signed_in_no_mail_goes_out_twice_and_tokens_are_good(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, token = keeping.on_disk(home), calling.token(home, "ann")
    home.presence("ann", "document.submit", home.draft(), "0" * 64)
    assert Presence.objects.exists()
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://127.0.0.1:1")
    home.until(home.draft(), "in_review")
    assert notices.gather() > 0
    shell.run("backup", "create", str(tmp_path / "one.tar"))
    with keeping.empty_database() as owner_url:
        restored(shell, tmp_path / "one.tar", tmp_path / "again", owner_url)
        with keeping.looking_into(tmp_path / "again", monkeypatch):
            assert not Presence.objects.exists()
            assert not Notice.objects.exclude(state=notices.SENT).exists(), "no mail goes out twice"
            assert notices.gather() == 0
            assert keeping.everything(token)["events"]


def test_a_backup_is_its_owners_alone_and_replaces_nothing(home: TestHome, tmp_path: Path) -> None:
    shell, target = keeping.on_disk(home), tmp_path / "one.tar"
    made = keeping.spoken(shell.run("backup", "create", str(target), "--json"))
    second = shell.run("backup", "create", str(target))
    dated = keeping.spoken(shell.run("backup", "create", str(tmp_path), "--json"))
    nowhere = shell.run("backup", "create", str(tmp_path / "none" / "x.tar"))

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert set(made["manifest"]) >= {"counts", "position", "sha256", "build", "engine", "schema", "tables"}
    assert (
        made["counts"]["events"] == made["manifest"]["tables"]["event"] == made["position"] + 1 + made["manifest"]["pending"]
    )
    assert (second.code, "is there already" in second.err) == (1, True)
    assert Path(dated["path"]).parent == tmp_path
    assert Path(dated["path"]).name.startswith("indelible-20")
    assert (nowhere.code, "is no folder" in nowhere.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert backup.last_made() is not None
    assert b"postgres@" not in target.read_bytes()


@pytest.mark.damaged(reason="a file of the store is changed and taken away")
def test_what_cannot_be_backed_up_whole_is_not_backed_up(home: TestHome, tmp_path: Path) -> None:
    shell, sha256 = keeping.on_disk(home), with_a_file(home)
    file = home.path / "files" / sha256[:2] / sha256
    file.chmod(0o640)
    for first, damage in ((True, lambda: file.write_bytes(b"Other bytes, as long\n")), (False, file.unlink)):
        damage()
        answer = shell.run("backup", "create", str(tmp_path / "one.tar"))
        assert (answer.code, sha256 in answer.err, "backup_is_whole" in answer.err) == (1, True, True), answer.err
        assert ("Opened: INC-001" in answer.err) is first, "one incident while it is open"
        assert not (tmp_path / "one.tar").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".one")] == []


def test_a_restore_names_what_is_lost_where_it_is_known(home: TestHome, tmp_path: Path) -> None:
    shell = keeping.on_disk(home)
    made = keeping.spoken(shell.run("backup", "create", str(tmp_path / "one.tar"), "--json"))
    known = made["position"] + 3
    with keeping.empty_database() as owner_url:
        answer = restored(shell, tmp_path / "one.tar", tmp_path / "again", owner_url, "--last-position", str(known))
        trail = Terminal(tmp_path / "again").inside(
            "from indelible.kernel.models import Event; print(Event.objects.latest('id').payload)"
        )

    assert answer["lost"] == {"from": made["position"] + 1, "to": known}
    assert f"positions {made['position'] + 1} to {known} are lost" in trail


def test_nothing_is_restored_over_something(home: TestHome, tmp_path: Path) -> None:
    shell = keeping.on_disk(home)
    shell.run("backup", "create", str(tmp_path / "one.tar"))
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("to keep")
    answers = [shell.run("restore", str(tmp_path / "one.tar"), "--to", str(place)) for place in (full, home.path)]

    assert [(one.code, "target_is_empty" in one.err) for one in answers] == [(1, True), (1, True)]
    assert [path.name for path in full.iterdir()] == ["letter.txt"]


@pytest.mark.postgres
def test_a_database_that_is_not_empty_is_left_as_it_is(home: TestHome, tmp_path: Path) -> None:
    if machine.engine() != "postgres":
        pytest.skip("an embedded database is always new")
    shell, before = keeping.on_disk(home), keeping.row_counts()
    shell.run("backup", "create", str(tmp_path / "one.tar"))
    owner_url = url_of(str(connection.settings_dict["NAME"]))
    answer = shell.run("restore", str(tmp_path / "one.tar"), "--to", str(tmp_path / "again"), "--postgres", owner_url)

    assert (answer.code, "target_is_empty" in answer.err) == (1, True), answer.err
    assert not (tmp_path / "again").exists()
    assert keeping.row_counts() | {"event": 0, "log_position": 0, "pending": 0} == before | {
        "event": 0, "log_position": 0, "pending": 0}  # fmt: skip


@pytest.mark.postgres
def test_a_restore_that_fails_in_the_database_leaves_it_as_empty_as_it_was(home: TestHome, tmp_path: Path) -> None:
    if machine.engine() != "postgres":
        pytest.skip("an embedded database goes with its folder")
    shell = keeping.on_disk(home)
    shell.run("backup", "create", str(tmp_path / "one.tar"))
    with keeping.empty_database() as owner_url, psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute('CREATE DOMAIN "signature" AS text')  # so that one of the tables cannot be made
        answer = shell.run("restore", str(tmp_path / "one.tar"), "--to", str(tmp_path / "again"), "--postgres", owner_url)
        tables = owner.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchall()
        role = urlsplit(owner_url).path.strip("/") + "_app"
        roles = owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchall()

    assert (answer.code, tables, roles) == (1, [], []), answer.err
    assert not (tmp_path / "again").exists()
    assert [path.name for path in tmp_path.iterdir() if "restoring" in path.name] == []


@pytest.mark.postgres
def test_a_backup_of_one_engine_is_restored_into_the_other(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if machine.engine() != "postgres":
        pytest.skip("the way back is walked in the run on PostgreSQL")
    shell, said = keeping.on_disk(home), list(Event.objects.values_list("payload", flat=True))
    shell.run("backup", "create", str(tmp_path / "one.tar"))
    embedded = Terminal(tmp_path / "embedded")
    restored(shell, tmp_path / "one.tar", embedded.home, "")
    keeping.spoken(embedded.run("backup", "create", str(tmp_path / "two.tar"), "--json"))
    with keeping.empty_database() as owner_url:
        restored(shell, tmp_path / "two.tar", tmp_path / "again", owner_url)
        with keeping.looking_into(tmp_path / "again", monkeypatch):
            assert set(said) <= set(Event.objects.values_list("payload", flat=True))
    rebuilt = keeping.spoken(embedded.run("rebuild", "--json"))
    assert rebuilt["differences"] == []
