"""What the API tells: history, signatures, the log of events, printed copies, the installation; and the probes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from indelible.infra import canonical, clock, database
from indelible.infra.home import Home
from indelible.kernel import acts, sequencer
from indelible.kernel.models import Event, LogPosition, Pending, Record, Signature
from tests.faces.calling import Caller, caller, stranger
from tests.homes import TestHome


def test_the_history_says_who_when_what_old_and_new_and_why(home: TestHome) -> None:
    number = home.draft(title="First title")
    home.act("ann", "document.edit", number, fields={"title": "Second title"}, reason="The first one was misleading")
    answer = caller(home, "ann").get(f"/records/document/{number}/history").json()
    event = answer["events"][-1]

    assert [one["position"] for one in answer["events"]] == [1, 2]
    assert (event["who"], event["act"], event["via"]) == ("Ann Author", "document.edit", "session")
    assert event["reason"] == "The first one was misleading"
    assert event["changes"] == [{"field": "title", "label": "Title", "old": "First title", "new": "Second title"}]
    assert clock.parse(event["at"]).tzinfo is not None
    stored = Event.objects.get(position=2, record_id=event["record"])
    assert event["leaf"] == canonical.leaf(stored.payload).hex()


def test_a_long_history_is_paged_by_position(home: TestHome) -> None:
    number = home.draft()
    for n in range(104):
        home.act("ann", "document.comment", number, text=f"Remark {n}")
    ann, path = caller(home, "ann"), f"/records/document/{number}/history"
    first = ann.get(path).json()
    second = ann.get(f"{path}?cursor={first['next']}").json()

    assert ([e["position"] for e in first["events"] + second["events"]]) == list(range(1, 106))
    assert (first["more"], second["more"], len(second["events"])) == (True, False, 5)


def test_signatures_say_what_was_signed_and_which_no_longer_count(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})
    answer = caller(home, "ann").get(f"/records/document/{number}/signatures").json()["signatures"]

    assert [(s["printed_name"], s["meaning"], s["counts"]) for s in answer] == [
        ("Ann Author", "authored", False), ("Rob Reviewer", "reviewed", False)]  # fmt: skip
    for shown in answer:
        stored = Signature.objects.get(record_id=Record.objects.get(number=number).pk, position=shown["position"])
        assert shown["statement_sha256"] == canonical.sha256(canonical.encode(shown["statement"])).hex()
        assert shown["manifest_sha256"] == canonical.sha256(stored.manifest).hex()
        assert shown["method"] == "simulated"


def drained(ann: Caller, cursor: str = "") -> tuple[list[dict[str, Any]], str]:
    """Follow the log to its end."""
    found: list[dict[str, Any]] = []
    while True:
        page = ann.get(f"/events{f'?cursor={cursor}' if cursor else ''}").json()
        found, cursor = found + page["events"], page["next"]
        if not page["more"]:
            return found, cursor


@pytest.mark.usefixtures("unhurried")
def test_the_log_is_followed_without_gap_or_repetition_while_many_write(home: TestHome) -> None:
    adm = caller(home, "adm")
    _, cursor = drained(adm)
    done = threading.Event()
    writers = [threading.Thread(target=_in_a_connection(partial(_write, home, w))) for w in ("ann", "bea", "doc")]
    keeper = threading.Thread(target=_in_a_connection(partial(_keep, done)))
    for thread in (*writers, keeper):
        thread.start()
    followed: list[dict[str, Any]] = []
    while any(writer.is_alive() for writer in writers):
        found, cursor = drained(adm, cursor)
        followed += found
    for writer in writers:
        writer.join()
    done.set()
    keeper.join()
    sequencer.drain()
    found, cursor = drained(adm, cursor)
    followed += found

    sequences = [event["seq"] for event in followed]
    assert sequences == sorted(set(sequences))
    comments = [e["note"]["comment"] for e in followed if e["event"].endswith(".commented")]
    assert sorted(comments) == sorted(f"{who} {n}" for who in ("ann", "bea", "doc") for n in range(15))
    assert not Pending.objects.exists()


def _in_a_connection(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return run


def _write(home: TestHome, who: str) -> None:
    installation = Record.objects.get(number="INS-001")
    for n in range(15):
        acts.run(home.people[who], "installation.comment", installation.pk, text=f"{who} {n}")


def _keep(done: threading.Event) -> None:
    while not done.is_set():
        sequencer.drain()
        time.sleep(0.01)


def test_what_the_caller_may_not_see_is_passed_over_and_the_cursor_goes_on(home: TestHome) -> None:
    rea = caller(home, "rea")
    sequencer.drain()
    _, cursor = drained(rea)
    for n in range(130):
        home.act("ann", "document.create", fields={"title": f"Hidden {n}", "class": "procedure"})
    sequencer.drain()
    found, after = drained(rea, cursor)

    assert found == []
    assert int(after) == LogPosition.objects.filter(kind="e").latest("seq").seq
    assert drained(rea, after) == ([], after)


def test_the_printed_copy_is_a_pdf_with_or_without_the_trail(home: TestHome) -> None:
    number, ann = home.draft(), caller(home, "ann")
    short, long = (ann.get(f"/records/document/{number}/pdf{q}") for q in ("", "?trail=true"))

    for answer in (short, long):
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert len(long.content) > len(short.content)


def test_the_installation_says_state_build_and_baseline(home: TestHome) -> None:
    answer = caller(home, "rea").get("/validation").json()
    assert (answer["drifted"], answer["drift"]) == (False, [])

    assert (answer["state"], answer["simulated"], answer["baseline"]["number"]) == ("released", True, 1)
    assert answer["build"]["name"].startswith(answer["build"]["version"])
    assert len(answer["baseline"]["sha256"]) == 64


def test_a_caller_is_told_who_it_is(home: TestHome) -> None:
    answer = caller(home, "hed", "read").get("/me").json()

    assert (answer["user_id"], answer["name"], answer["via"], answer["scopes"]) == ("hed", "Hed Head", "token", ["read"])
    assert answer["roles"] == [{"role": "dept_approver", "scope": home.departments["Quality Control"]}]


@pytest.mark.usefixtures("home")
def test_the_process_answers_whatever_is_wrong_with_the_rest() -> None:
    assert Client().get("/healthz").json() == {"ok": True}


def failing() -> set[str]:
    answer = Client().get("/readyz")
    found = {check["name"] for check in answer.json()["checks"] if not check["ok"]}
    assert answer.status_code == (503 if found else 200)
    assert answer.json()["ok"] is not bool(found)
    return found


def test_readiness_names_what_fails(home: TestHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert failing() == set()

    recorder = MigrationRecorder(connections["default"])
    with database.owner():
        recorder.record_unapplied("kernel", "0001_initial")
    assert failing() == {"schema"}
    with database.owner():
        recorder.record_applied("kernel", "0001_initial")
        recorder.record_applied("kernel", "9999_of_a_later_build")
    assert failing() == {"schema"}
    with database.owner():
        recorder.record_unapplied("kernel", "9999_of_a_later_build")

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "files").write_text("a file where the folder should be")
    monkeypatch.setattr(settings, "HOME", Home(tmp_path / "other"))
    assert failing() == {"files"}
    assert home.path.exists()


@pytest.mark.damaged(reason="leaves the home without its database")
def test_readiness_without_a_database_is_an_answer(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    connections.close_all()
    nowhere = str(home.path / "nowhere" / "gone") if connections["default"].vendor == "sqlite" else "nowhere"
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", nowhere)
    found = failing()
    connections.close_all()

    assert found == {"database", "schema", "clock"}


@pytest.mark.usefixtures("home")
def test_figures_are_for_this_machine_and_named_monitors_only(monkeypatch: pytest.MonkeyPatch) -> None:
    here, client = Client(), Client()
    answer = here.get("/metrics")

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    for name in ("log_size", "log_pending", "timer_late_seconds", "disk_free_bytes", "clock_skew_seconds", "tasks_late", "mail_waiting",
                 "disk_size_bytes", "logins_refused_last_hour", "search_not_indexed", "drift", "drift_findings"):  # fmt: skip
        assert f"\nindelible_{name} " in answer.content.decode()
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    monkeypatch.setenv("INDELIBLE_MONITORS", "192.0.2.0/28")
    statuses = [client.get("/metrics", REMOTE_ADDR=address).status_code for address in ("192.0.2.7", "192.0.2.70")]
    assert statuses == [200, 404]
    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip"):
        assert client.get("/metrics", headers={header: "192.0.2.7"}).status_code == 404
        assert client.get("/metrics", headers={header: "127.0.0.1"}, REMOTE_ADDR="192.0.2.7").status_code == 404


@pytest.mark.usefixtures("home")
def test_the_openapi_document_describes_every_contract_line_and_says_nothing_of_the_installation() -> None:
    answer = stranger().get("/openapi.json")
    document = answer.json()
    expected = {
        "/records/{type}": {"get", "post"}, "/records/{type}/{number}": {"get", "patch"},
        "/records/{type}/{number}/history": {"get"}, "/records/{type}/{number}/acts": {"get"},
        "/records/{type}/{number}/acts/{act}": {"post"}, "/records/{type}/{number}/signatures": {"get"},
        "/records/{type}/{number}/pdf": {"get"}, "/files": {"post"}, "/events": {"get"}, "/validation": {"get"},
        "/me": {"get"},
    }  # fmt: skip

    paths = document["paths"]
    assert {path: set(paths[f"/api/v1{path}"]) for path in expected} == expected
    assert set(paths["/api/v1/records/{type}"]["post"]["responses"]) >= {"201", "400", "401", "403", "409", "422", "429"}
    assert "Test company" not in answer.content.decode()
    assert "deviation" not in answer.content.decode()
