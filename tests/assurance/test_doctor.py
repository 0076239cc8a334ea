"""The doctor: a sound home has no fault, each fault is found and says by which command it is mended (11.10(a))."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from indelible.assurance import doctor
from indelible.assurance.doctor import Check, examine
from indelible.assurance.examination import host
from indelible.infra import clock, database, guards, home, ids
from indelible.kernel import config, sequencer
from indelible.kernel.models import Account, Event, Pending, Record, Timer
from indelible.practice import notices
from indelible.practice.models import Notice
from indelible.project import roles
from tests import homes
from tests.assurance.damaging import bring, damage
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="a fault is made, to see that it is found")
postgres = connection.vendor == "postgresql"
only_postgres = pytest.mark.skipif(not postgres, reason="true of PostgreSQL only")
NAMES = ["home", "database", "schema", "guards", "rights", "durability", "file store", "disk", "malware scanner",
         "identity provider", "clock", "database clock", "log", "timers", "mail", "continuity set", "left files", "accounts"]  # fmt: skip


@pytest.fixture
def sound(home: TestHome) -> TestHome:
    """Give a home whose settings file is there, and whose log is drained."""
    settings.HOME.write(_settings())
    sequencer.drain()
    return home


def _settings() -> home.Settings:
    return home.fresh_settings("sqlite", "demo")


def check(name: str) -> Check:
    return next(check for check in examine() if check.name == name)


@contextmanager
def working_as(role: str) -> Iterator[None]:
    settings_dict = connections["default"].settings_dict
    before = settings_dict["USER"]
    connections.close_all()
    settings_dict["USER"] = role
    try:
        yield
    finally:
        connections.close_all()
        settings_dict["USER"] = before


def test_a_sound_home_has_no_fault(sound: TestHome, engine: homes.Sqlite | homes.Postgres) -> None:
    if isinstance(engine, homes.Postgres):
        with working_as(roles.name_for(f"{engine.prefix}_template")):
            checks = examine()
    else:
        checks = examine()

    assert [c.name for c in checks] == NAMES
    faults = [f"{c.name}: {c.found}; {c.mend}" for c in checks if not c.ok and c.name not in ("disk", "clock")]
    assert not faults, "this machine's disk and clock aside"
    assert all(c.mend == "" for c in checks if c.ok)
    assert json.loads(json.dumps([asdict(c) for c in checks]))


def test_every_mend_is_a_sentence_with_a_command(sound: TestHome) -> None:
    for question in (doctor.HOME, doctor.DATABASE, *doctor.QUESTIONS):
        mend = question.mend.format(**doctor._words())

        assert mend.count("`") >= 2, question.name
        assert mend[0].isupper()
        assert mend.endswith(".")


def test_without_a_home_nothing_else_is_asked_and_nothing_is_made(home: TestHome) -> None:
    checks = examine()

    assert [(c.name, c.ok) for c in checks] == [("home", False)]
    assert "init" in checks[0].mend


def test_a_settings_file_that_others_can_read_is_a_fault(sound: TestHome) -> None:
    (sound.path / "home.json").chmod(0o644)

    assert "644" in check("home").found
    assert f"chmod 600 {sound.path}/home.json" in check("home").mend


@damaged
def test_a_database_that_does_not_answer_ends_the_questions(sound: TestHome) -> None:
    homes.point_at(str(sound.path / "nowhere" / "gone") if not postgres else "indelible_gone")

    checks = examine()

    assert [(c.name, c.ok) for c in checks] == [("home", True), ("database", False)]


@damaged
def test_a_migration_that_is_not_applied_or_unknown_is_a_fault(sound: TestHome) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'kernel'")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_later', '2030-01-01 00:00:00+00:00')"
        )

    found = check("schema")

    assert not found.ok
    assert "kernel.0001_initial" in found.found
    assert "newer build: kernel.9999_later" in found.found
    assert "upgrade" in found.mend


@damaged
def test_a_missing_guard_is_a_fault(sound: TestHome) -> None:
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER event_queue" + (" ON event" if postgres else ""))

    assert check("guards").found == "The guard event_queue is missing or switched off."
    with database.owner():
        guards.install()
    assert check("guards").ok


@only_postgres
def test_working_as_the_owner_is_a_fault_and_as_the_runtime_role_is_none(sound: TestHome, engine: homes.Postgres) -> None:
    as_owner = check("rights")
    with working_as(roles.name_for(f"{engine.prefix}_template")):
        as_runtime = check("rights")

    assert not as_owner.ok
    assert "is a superuser" in as_owner.found
    assert "owns event" in as_owner.found
    assert as_runtime.ok, as_runtime.found


@only_postgres
@damaged
def test_a_right_too_many_of_the_runtime_role_is_named(sound: TestHome, engine: homes.Postgres) -> None:
    role = roles.name_for(f"{engine.prefix}_template")
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT DELETE ON event TO "{role}"')

    with working_as(role):
        assert "may DELETE event" in check("rights").found


@pytest.mark.sqlite
def test_an_unrestricted_connection_to_a_file_is_a_fault(sound: TestHome) -> None:
    assert check("rights").ok
    with database.owner():
        assert not check("rights").ok


def test_a_commit_that_is_not_on_the_disk_is_a_fault(sound: TestHome) -> None:
    assert check("durability").ok
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off" if postgres else "PRAGMA synchronous = OFF")
        assert not check("durability").ok


def test_a_store_that_cannot_be_written_is_a_fault(sound: TestHome) -> None:
    assert check("file store").ok
    files = sound.path / "files"
    left = [path for path in files.rglob("*") if path.is_file()]
    files.rename(sound.path / "elsewhere")
    files.write_text("a file where the folder should be")

    found = check("file store")

    assert not left, "what the doctor wrote is gone again"
    assert not found.ok
    assert "cannot be looked at" in found.found


def test_a_full_disk_is_a_fault(tmp_path: Path) -> None:
    assert not host.room(tmp_path, share=1.1)[0]
    assert not host.room(tmp_path, least=1 << 62)[0]
    assert host.room(tmp_path, share=0.0, least=0)[0]


def test_the_clocks_are_compared(sound: TestHome) -> None:
    assert check("clock").ok
    assert check("database clock").ok
    assert host.offset_of(clock.real() - timedelta(seconds=200)) > timedelta(seconds=199)


@damaged
def test_what_waits_too_long_for_the_log_is_a_fault(sound: TestHome) -> None:
    assert check("log").found == "nothing waits"
    sound.draft()
    assert check("log").ok
    damage("UPDATE event SET at = '2020-01-01 00:00:00+00:00' WHERE id IN (SELECT ref FROM pending)")

    found = check("log")

    assert not found.ok
    assert found.found == f"{Pending.objects.count()} wait, the oldest since {clock.iso(Event.objects.latest('id').at)}"


@damaged
def test_a_late_move_is_named_with_its_record(sound: TestHome) -> None:
    number = sound.draft()
    Timer.objects.create(
        record_id=Record.objects.get(number=number).id, move="expire", due_at=clock.now() - timedelta(hours=1)
    )

    assert f"1 late; the first is expire of {number}" in check("timers").found


def test_mail_that_nobody_takes_is_a_fault_and_none_set_up_is_said(sound: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (check("mail").ok, "no mail server is set up" in check("mail").found) == (True, True)
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://127.0.0.1:1")
    sound.until(sound.draft(), "in_review")
    notices.gather()
    notices.deliver()
    assert check("mail").ok
    Notice.objects.update(at=clock.now() - timedelta(hours=2))

    assert not check("mail").ok
    assert (
        "1 wait for longer than an hour, 0 were given up today; the last one: The server did not take it"
        in check("mail").found
    )


def test_a_left_file_is_listed_and_a_brought_one_is_not(sound: TestHome) -> None:
    bring(sound)
    assert check("left files").ok
    place = sound.path / "files" / "ab"
    place.mkdir(parents=True, exist_ok=True)
    (place / ("ab" + "0" * 62)).write_bytes(b"left by a crash")

    assert "ab" + "0" * 62 in check("left files").found


def test_a_default_account_and_one_of_nobody_are_faults(sound: TestHome) -> None:
    assert check("accounts").ok
    Account.objects.create(user_id="admin", person_id=ids.new())

    found = check("accounts").found

    assert "tries first: admin" in found
    assert "of nobody: admin" in found


def test_a_simulated_home_is_examined_by_its_own_clock(sound: TestHome) -> None:
    assert not clock.is_simulated()

    assert check("timers").ok
    assert not clock.is_simulated(), "the process goes on as it was"


def test_an_identity_provider_that_does_not_answer_or_does_not_know_us_is_a_fault(
    sound: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = config.current()
    given = present.policies.model_copy(update={"sso_issuer": "http://127.0.0.1:9"})
    monkeypatch.setattr(config, "current", lambda: present.model_copy(update={"policies": given}))

    assert "no INDELIBLE_OIDC_CLIENT" in check("identity provider").found
    monkeypatch.setenv("INDELIBLE_OIDC_CLIENT", "indelible")

    found = check("identity provider")
    assert (found.ok, "does not answer" in found.found, "INDELIBLE_OIDC_CLIENT" in found.mend) == (False, True, True)
