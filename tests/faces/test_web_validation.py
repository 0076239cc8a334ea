"""The pages of validation: who starts a qualification and who does not, what is shown of a run, and that nothing is read that no run names."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from indelible.assurance.qualification import kept, starting
from indelible.assurance.qualification.results import Evidence, ScriptResult
from indelible.kernel.models import Event, Refusal
from indelible.practice.sessions import ACTED
from tests.faces.browsing import context, sign_in, text
from tests.faces.leaving import KEY, NEED, written
from tests.homes import TestHome
from tests.machine import engine as engine_name
from tests.modules.events import reported
from tests.modules.outside import shared

PAGES = ("/validation", "/validation/requirements", f"/validation/requirements/{NEED}", "/validation/obligations")
WITHIN = 60.0


@pytest.fixture(autouse=True)
def owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server know the database's owner, so that both engines can start; what is started here ends before it asks."""
    monkeypatch.setenv("INDELIBLE_OWNER_URL", "postgresql://nobody@127.0.0.1/none")


@pytest.fixture
def ended(home: TestHome) -> Iterator[TestHome]:
    """Give a home in which no process is left behind."""
    yield home
    wait_for_end()


def wait_for_end() -> None:
    until = time.monotonic() + WITHIN
    while starting.running(settings.HOME) is not None and time.monotonic() < until:
        time.sleep(0.1)
    assert starting.running(settings.HOME) is None


def begun() -> int:
    """Count how often a qualification was started, as the trail says it."""
    return Event.objects.filter(payload__contains='"act":"installation.start_qualification"').count()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("user", ["rea", "ann", "adm", "gue", "sys"])
def test_everybody_of_the_company_reads_the_pages(user: str) -> None:
    client = sign_in(user)
    for path in PAGES:
        assert client.get(path).status_code == 200, path


def test_somebody_of_another_company_finds_no_page_of_validation(home: TestHome) -> None:
    shared(home, reported(home))
    written()
    client = sign_in("out")
    for path in (
        *PAGES,
        "/validation/runs/RUN-20260101T000000Z",
        "/validation/progress",
        "/validation/package",
        "/validation/systems/SYS-001",
    ):
        assert client.get(path).status_code == 404, path
    assert client.post("/validation/start").status_code == 404
    assert client.post("/validation/abort").status_code == 404
    assert "/validation" not in text(client.get("/"))


@pytest.mark.parametrize("user", ["rea", "ann", "adm", "qua", "gue"])
def test_who_may_not_start_one_is_refused_and_that_is_kept(home: TestHome, user: str) -> None:
    client = sign_in(user)
    page = text(client.get("/validation"))
    answer = client.post("/validation/start", {"only": KEY})

    assert 'action="/validation/start"' not in page
    assert "Start a qualification" in page
    assert answer.status_code == 403
    assert "Sys Owner" in text(answer)
    assert begun() == 0
    assert Refusal.objects.filter(payload__contains="start_qualification").count() == 1
    assert not kept.folder(settings.HOME).exists()
    assert starting.running(settings.HOME) is None


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("only", ["OQ-SIG-001; rm -rf /", "--output=/tmp", "../../etc", "OQ SIG", "a" * 61])
def test_what_is_no_id_starts_nothing(only: str) -> None:
    answer = sign_in("sys").post("/validation/start", {"only": only})

    assert answer.status_code == 422
    assert "is no id of a script or requirement" in text(answer)
    assert begun() == 0


@pytest.mark.usefixtures("home")
def test_a_form_from_elsewhere_starts_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in("sys").cookies

    assert client.post("/validation/start").status_code == 403
    assert begun() == 0


def test_while_one_runs_at_a_terminal_none_is_started_and_the_page_says_so(home: TestHome) -> None:
    with (home.path / starting.ELSEWHERE).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        client = sign_in("sys")
        page, answer = text(client.get("/validation")), client.post("/validation/start")

    assert "Started at a terminal" in page
    assert 'action="/validation/start"' not in page
    assert answer.status_code == 409
    assert begun() == 0


def test_two_at_once_is_one(ended: TestHome) -> None:
    client = sign_in("sys")
    first, second = client.post("/validation/start", {"only": KEY}), client.post("/validation/start")

    assert (first.status_code, second.status_code) == (302, 409)
    assert begun() == 1
    assert "Another qualification of this installation is running" in text(second)


def test_a_start_stands_in_the_trail_with_its_person_and_scripts(ended: TestHome) -> None:
    sign_in("sys").post("/validation/start", {"only": f"{KEY}, {NEED}"})
    event = Event.objects.get(payload__contains='"act":"installation.start_qualification"')

    assert event.person_id == ended.person("sys")
    assert f"{KEY}, {NEED}" in event.payload
    assert ended.view("sys").home_state == "released"


def test_one_that_does_not_begin_says_why_and_another_can_be_started(ended: TestHome) -> None:
    client = sign_in("sys")  # a test's home has no settings file: the process that is started refuses it
    client.post("/validation/start")
    wait_for_end()
    page = text(client.get("/validation"))

    assert "It did not begin" in page
    assert "is not an Indelible home" in page
    assert 'action="/validation/start"' in page
    assert kept.list_runs(settings.HOME) == []


def test_abort_ends_the_process_and_names_who_did_it(ended: TestHome) -> None:
    client = sign_in("sys")
    client.post("/validation/start")
    known = starting.running(settings.HOME)
    assert known is not None
    os.kill(known.process, 0)
    assert client.post("/validation/abort").status_code == 302
    wait_for_end()

    last = starting.last(settings.HOME)
    assert last is not None
    assert last.stopped_by == "Sys Owner"
    assert client.post("/validation/abort").status_code == 409


def test_who_may_not_start_may_not_abort(ended: TestHome) -> None:
    sign_in("sys").post("/validation/start")
    answer = sign_in("ann").post("/validation/abort")

    assert answer.status_code == 403
    last = starting.last(settings.HOME)
    assert last is not None
    assert last.stopped_by == ""


@pytest.mark.usefixtures("home")
def test_on_postgresql_without_its_owner_the_page_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INDELIBLE_OWNER_URL")
    client = sign_in("sys")
    page, answer = text(client.get("/validation")), None
    if engine_name() == "sqlite":
        assert 'action="/validation/start"' in page
        return
    answer = client.post("/validation/start")
    assert "INDELIBLE_OWNER_URL=postgresql://OWNER@HOST/" in page
    assert "qualify --output" in page
    assert answer.status_code == 403
    assert begun() == 0


@pytest.mark.usefixtures("home")
def test_polling_is_no_act_of_a_person(later: Any) -> None:
    client = sign_in("sys")
    before = client.session[ACTED]
    later(minutes=3)

    assert client.get("/validation/progress?background=1", headers={"HX-Request": "true"}).status_code == 200
    assert client.session[ACTED] == before
    later(minutes=13)
    assert client.get("/validation/progress?background=1", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["RUN-20990101T000000Z", "..", "RUN-20260101T000000Z.plan", "%2e%2e%2fhome", "x" * 300])
def test_a_run_that_is_none_is_nothing(name: str) -> None:
    written()

    assert sign_in("sys").get(f"/validation/runs/{name}").status_code in (400, 404)


def test_evidence_is_given_as_an_attachment_when_the_run_names_it_and_else_not_at_all(home: TestHome) -> None:
    run = written()
    client = sign_in("rea")
    answer = client.get(f"/validation/runs/{run.id}/evidence/{'ab' * 32}")

    assert answer.content == b'{"status": 200}'
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"/validation/runs/{run.id}/evidence/{'00' * 32}").status_code == 404


def test_evidence_outside_of_its_folder_is_not_given_even_where_a_run_names_it(home: TestHome) -> None:
    (home.path / "secret.txt").write_text("a secret")
    run = written(evidence=Evidence("../secret.txt", "file", "ef" * 32, 8))
    answer = sign_in("sys").get(f"/validation/runs/{run.id}/evidence/{'ef' * 32}")

    assert answer.status_code == 404
    assert b"a secret" not in answer.content


@pytest.mark.usefixtures("drawn")
def test_one_requirement_is_one_path_from_clause_to_evidence(home: TestHome) -> None:
    run = written()
    page = text(sign_in("rea").get(f"/validation/requirements/{NEED}"))

    for words in ("21 CFR Part 11, 11.70", "Signatures must be bound to their records", "class 2", "Sign with one", "refused", KEY, run.id,
                  f"/validation/runs/{run.id}/evidence/{'ab' * 32}", "a trial that never counts"):  # fmt: skip
        assert words in page, words


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("number", ["URS-SIG-999", "SOP-001", "..", "URS-NONE-001", "a" * 200])
def test_a_requirement_that_is_none_is_nothing(number: str) -> None:
    assert sign_in("rea").get(f"/validation/requirements/{number}").status_code == 404


@pytest.mark.usefixtures("home", "drawn")
def test_a_failed_script_is_first_and_names_its_step() -> None:
    run = written("failed")
    page = context(sign_in("rea").get(f"/validation/runs/{run.id}"))
    row = page["table"]["rows"][0]

    assert row["tone"] == "broken"
    assert row["cells"][1]["note"] == "Step 2: expected refused, found signed"
    requirement = context(sign_in("rea").get(f"/validation/requirements/{NEED}"))
    assert requirement["state"]["label"] == "failed"


@pytest.mark.usefixtures("home", "drawn")
@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"build_sha256": "00" * 32}, "stale"),
        ({"configuration_sha256": "00" * 32}, "stale"),
        ({"fault": "audit entry skipped"}, "not run"),
        ({"ended": ""}, "not run"),
    ],
    ids=["another build", "another configuration", "a seeded fault", "aborted"],
)
def test_a_run_that_says_nothing_of_what_runs_covers_nothing(changed: dict[str, str], state: str) -> None:
    written(**changed)
    page = context(sign_in("rea").get(f"/validation/requirements/{NEED}"))

    assert page["state"]["label"] == state


@pytest.mark.usefixtures("home", "drawn")
def test_what_passed_on_this_build_and_configuration_is_covered() -> None:
    written()
    page = context(sign_in("rea").get(f"/validation/requirements/{NEED}"))

    assert page["state"]["label"] == "covered"
    assert page["path"][-1]["done"]


@pytest.mark.usefixtures("home")
def test_checks_that_ran_without_any_script_cover_what_they_look_at() -> None:
    check = ScriptResult("IQ-SYS-016", "", "Genesis", "The aim", "IQ", ("URS-SYS-018",), "ef" * 32, "machine on site", 1, "passed",
                         "2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", 2.0, ())  # fmt: skip
    run = written(planned=(check.key,), results=(check,))
    (kept.folder(settings.HOME) / "runs" / f"{run.id}.plan.json").write_text("[]", "utf-8")
    client = sign_in("rea")

    assert "URS-SYS-018" in text(client.get("/validation/requirements?state=covered"))
    assert NEED in text(client.get(f"/validation/requirements?state=not+run&q={NEED}"))


@pytest.mark.usefixtures("home", "drawn")
def test_no_obligation_and_no_requirement_is_left_out() -> None:
    client = sign_in("rea")
    duties = context(client.get("/validation/obligations"))["cards"][0]["table"]["rows"]
    needs = context(client.get("/validation/requirements"))["cards"][0]["table"]["rows"]
    every = context(client.get("/validation/obligations?q="))
    found = context(client.get("/validation/obligations?source=21+CFR+Part+11"))["groups"]

    assert sum(row["cells"][1]["value"] for row in duties) == 250
    assert sum(row["cells"][1]["value"] for row in needs) > 250
    assert every["groups"] == []
    assert [(one["title"], len(one["rows"])) for one in found] == [("21 CFR Part 11", 56)]
    assert all(row["state"]["label"] and (row["names"] or row["evidence"] or row["why"]) for row in found[0]["rows"])


@pytest.mark.usefixtures("home", "drawn")
def test_filters_stand_in_the_address_and_narrow() -> None:
    client = sign_in("rea")
    signing = context(client.get("/validation/requirements?area=SIG&priority=high&q=11-70"))["cards"][0]
    rows = [row for row in signing["table"]["rows"] if "cells" in row]

    assert NEED in [row["cells"][0]["value"] for row in rows]
    assert all(row["cells"][0]["value"].startswith("URS-SIG-") and row["cells"][2]["value"] == "high" for row in rows)
    assert len(signing["filters"]["active"]) == 2


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "query",
    [
        "?area=%27&state=x&priority=9",
        "?q=" + "x" * 9000,
        "?state=covered&state=%ff",
        "?source=%00x",
        "?level=QQ&verdict=%27",
    ],
)
def test_an_odd_filter_never_breaks_a_page(query: str) -> None:
    run = written()
    client = sign_in("rea")
    for path in ("/validation/requirements", "/validation/obligations", f"/validation/runs/{run.id}"):
        assert client.get(path + query).status_code in (200, 400), path


@pytest.mark.usefixtures("home")
def test_the_newest_package_is_given_and_none_before_there_is_one() -> None:
    client = sign_in("rea")
    assert client.get("/validation/package").status_code == 404
    assert "/validation/package" not in text(client.get("/validation"))
    place = kept.folder(settings.HOME)
    place.mkdir()
    for name, age in (("old.zip", 100), ("new.zip", 0)):
        (place / name).write_bytes(name.encode())
        os.utime(place / name, (1_700_000_000 - age,) * 2)
    answer: Any = client.get("/validation/package")

    assert b"".join(answer.streaming_content) == b"new.zip"
    assert 'filename="new.zip"' in answer["Content-Disposition"]


def test_the_act_alone_leads_to_the_board(home: TestHome) -> None:
    client = sign_in("sys")
    for answer in (
        client.get("/r/INS-001/act/start_qualification"),
        client.post("/r/INS-001/act/start_qualification", {"reason": "Because it is due"}),
    ):
        assert (answer.status_code, answer["Location"]) == (302, "/validation")
    assert begun() == 0


def test_a_run_left_half_written_is_shown_by_no_page(home: TestHome) -> None:
    written()
    lines: Path = kept.folder(settings.HOME) / "runs" / "RUN-20260102T000000Z.jsonl"
    lines.write_text(
        '{"run": {"id": "RUN-20260102T000000Z", "started": "2026-01-02T00:00:00Z", "planned": ["OQ-SIG-001"]}}\n{"begun": "OQ-SIG',
        "utf-8",
    )

    assert sign_in("rea").get("/validation").status_code == 200
    assert [one.id for one in kept.list_runs(settings.HOME)] == ["RUN-20260101T000000Z"]
    found = kept.progress(settings.HOME)
    assert found is not None
    assert (found.planned, found.done) == (1, 0)
