"""SIGKILL at random instants, again and again: what was acknowledged is there once, what was not is whole or absent."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from indelible.kernel.models import Event
from tests import homes, machine
from tests.homes import TestHome
from tests.torture import oracle, rounds
from tests.torture.group import Group, integrate, until_more
from tests.torture.labour import Labourer
from tests.torture.server import Server, free_port, make_ready
from tests.torture.tally import Tally
from tests.torture.visitor import Visitor

pytestmark = pytest.mark.campaign

ACTS, KILLS, IN_A_LIFE = rounds(200, 2_000), rounds(8, 200), rounds(40, 20)  # at most so many acts until a kill
ENDED = rounds(8, 2_000)  # sessions, which cost no start of a process
SERVED_ACTS, SERVED_KILLS, IN_A_SERVED_LIFE = rounds(200, 2_000), rounds(3, 200), rounds(120, 24)
LABOURERS = ("one", "two")
instants = random.SystemRandom()


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    return Tally(tmp_path / "tally.jsonl")


def test_killed_writers_lose_and_double_nothing_that_they_acknowledged(home: TestHome, tally: Tally, tmp_path: Path) -> None:
    before, kills = Event.objects.count(), 0
    jobs = [*[Labourer(home, tally, name).work for name in LABOURERS], integrate]

    while tally.count("done") < ACTS or kills < KILLS:
        group = Group.begin(jobs, tmp_path)
        until_more(tally, instants.randint(1, IN_A_LIFE))
        time.sleep(instants.uniform(0, 0.03))
        group.kill()
        kills += 1
    finish(home, tally)
    found = oracle.judge(tally, before=before)

    print(f"{machine.engine()}: {kills} kills, {found}")
    assert found["acknowledged"] >= ACTS


@pytest.mark.postgres
@pytest.mark.skipif(machine.engine() != "postgres", reason="SQLite has no server whose sessions could end")
def test_ended_database_sessions_lose_and_double_nothing(home: TestHome, tally: Tally, tmp_path: Path) -> None:
    before, ended = Event.objects.count(), 0
    over = tmp_path / "over"
    group = Group.begin([partial(Labourer(home, tally, name).work, over.exists) for name in LABOURERS], tmp_path)

    while not group.over():
        until_more(tally, instants.randint(1, 20), patience=1)
        time.sleep(instants.uniform(0, 0.03))
        ended += end_a_session()
        if tally.count("done") >= ACTS and ended >= ENDED:
            over.touch()
    finish(home, tally)
    found = oracle.judge(tally, before=before)

    print(f"postgres: {ended} sessions ended, {found}")
    assert ended >= ENDED
    assert found["acknowledged"] >= ACTS


def test_a_killed_server_loses_and_doubles_nothing_that_it_acknowledged(
    home: TestHome, tally: Tally, tmp_path: Path
) -> None:
    before, kills, port = Event.objects.count(), 0, free_port()
    make_ready(tmp_path, homes.url_of(str(connection.settings_dict["NAME"])))
    visitors = [Visitor(home, tally, name, f"http://127.0.0.1:{port}") for name in LABOURERS]
    over = tmp_path / "over"
    server = Server.begin(tmp_path, port)
    group = Group.begin([partial(visitor.work, over.exists) for visitor in visitors], tmp_path)
    try:
        while not group.over():
            until_more(
                tally, instants.randint(1, IN_A_SERVED_LIFE), patience=30
            )  # the API answers only so many requests a minute
            time.sleep(instants.uniform(0, 0.05))
            server.kill()
            kills += 1
            server = Server.begin(tmp_path, port)
            if tally.count("done") >= SERVED_ACTS and kills >= SERVED_KILLS:
                over.touch()
    finally:
        server.kill()
        group.kill()
    found = oracle.judge(tally, before=before)

    print(f"{machine.engine()}: served, {kills} kills, {found}")
    assert found["acknowledged"] >= SERVED_ACTS
    assert kills >= SERVED_KILLS


def end_a_session() -> int:
    """End one of the other sessions on this database; gives how many that were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        sessions = [pid for (pid,) in cursor.fetchall()]
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [[instants.choice(sessions)] if sessions else []]
        )
        return len(cursor.fetchall())


def finish(home: TestHome, tally: Tally) -> None:
    """Repeat, in peace, whatever the last lives left open."""
    for name in LABOURERS:
        Labourer(home, tally, name).work(lambda: True)
