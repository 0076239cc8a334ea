"""Ways to systems, requirements, scripts and runs through the door, as the people of validation go them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from indelible.infra import build, clock
from indelible.infra.home import Home
from indelible.kernel import records, sequencer
from indelible.kernel.models import Baseline, Link, Record
from indelible.practice import uploads
from tests import homes
from tests.homes import TestHome
from tests.modules.events import head
from tests.modules.trained import settle

Engine = homes.Sqlite | homes.Postgres
OF, NEED, TEST = "SYS-002", "URS-OWN-001", "OQ-OWN-001"  # what stands ready in the laboratory
PEOPLE = {"val": "Val Idation", "vay": "Vay Idation"}
RISK = {"failure": "A value is lost", "cause": "No save", "effect": "A wrong lot is used", "severity": "high", "probability": "medium",
        "detectability": "low", "because": "Nobody sees it", "control": "Saved at once"}  # fmt: skip
STEPS = [
    {"action": "Enter a result of 5.2", "given": "5.2", "expected": "5.2 is stored", "evidence": "page"},
    {"action": "Enter a result of 99", "given": "99", "expected": "refused: out of range", "evidence": None},
]


@pytest.fixture(name="plant_template", scope="session")
def a_plant_template(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build, once for this worker, a home in which two people validate."""
    return built(engine, "plant", tmp_path_factory.mktemp("plant"))


@pytest.fixture(name="ready_template", scope="session")
def a_ready_template(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build, once for this worker, a home with a system in validation whose script of OQ can be run."""
    return built(engine, "ready", tmp_path_factory.mktemp("ready"), ready)


@pytest.fixture(name="used_template", scope="session")
def a_used_template(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build, once for this worker, a home whose laboratory's system is in use."""
    return built(engine, "used", tmp_path_factory.mktemp("used"), lambda made: (ready(made), used(made)))


@pytest.fixture(name="running")
def a_running(
    engine: Engine, used_template: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestHome]:
    """Give a home with a system in use."""
    for made in copied(engine, "used", used_template, tmp_path, monkeypatch):
        yield made
        settle()
        homes.expect_whole()


@pytest.fixture(name="plant")
def a_plant(
    engine: Engine, plant_template: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[TestHome]:
    """Give a home in which two people validate."""
    for made in copied(engine, "plant", plant_template, tmp_path, monkeypatch):
        yield made
        if request.node.get_closest_marker("damaged") is None:
            settle()
            homes.expect_whole()


@pytest.fixture(name="lab")
def a_lab(engine: Engine, ready_template: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestHome]:
    """Give a home with a system in validation, an approved requirement and script of OQ, and IQ passed."""
    for made in copied(engine, "ready", ready_template, tmp_path, monkeypatch):
        yield made
        settle()
        homes.expect_whole()


def built(engine: Engine, name: str, place: Path, prepare: Callable[[TestHome], object] = lambda _: None) -> TestHome:
    """Build a template home in which two people validate, and let more be prepared in it."""
    engine.fresh(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "HOME", Home(place))
        made = homes.build(place)
        for user, person in PEOPLE.items():
            homes.hire(made, user, person, ["validation"])
        prepare(made)
        sequencer.drain()
    engine.settle()
    return made


def copied(
    engine: Engine, name: str, template: TestHome, place: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestHome]:
    """Give a copy of a template home."""
    shutil.copytree(template.path, place, dirs_exist_ok=True)
    monkeypatch.setattr(settings, "HOME", Home(place))
    with engine.copy(name, place):
        yield TestHome(place, dict(template.people), dict(template.departments))


def system(home: TestHome, **fields: Any) -> str:
    """Propose a system that was made here."""
    given = {
        "name": "Laboratory system", "version": "4.2", "purpose": "Keeps results", "process_owner": "hed", "owner": "sys",
        "department": home.departments["Quality Control"], "supplied": "made here", "place": "Server 2", "gxp_use": "GMP",
        "records_kept": "Results of tests, 211.194", "signatures": False, "access": "closed", "access_because": "Own network",
        "components": [{"component": "Database", "category": "1", "because": "As bought"}],
        "risk_patient": "low", "risk_product": "medium", "risk_data": "high", "risk": "high",
    }  # fmt: skip
    return home.act("val", "gxp_system.create", fields=given | fields).number


def ours(home: TestHome) -> str:
    """Enter this system, which is the first one."""
    number = system(home, name="This system", version=build.identity().version)
    assert number == "SYS-001"
    return number


def other(home: TestHome) -> str:
    """Enter this system, and a laboratory's system that is validated by hand."""
    ours(home)
    return system(home)


def assessed(home: TestHome, number: str) -> str:
    home.sign("sys", "gxp_system.assess", number)
    home.sign("qua", "gxp_system.assess", number)
    return number


def document(home: TestHome, of: str, kind: str, **fields: Any) -> str:
    """Draft a validation document."""
    given = {"title": f"{kind} of {of}", "class": "validation", "validation_kind": kind, "system": [of], "owner": "val",
             "audience": "Validation", "reviewers": ["rob"], "department": home.departments["Quality Control"],
             "effective_on": "2020-01-01", "training": "none", "text": f"## 1 {kind}"}  # fmt: skip
    return home.act("val", "document.create", fields=given | fields).number


def approve(home: TestHome, number: str, *, listing: bool = True) -> str:
    """Take a validation document to its approval; what follows follows."""
    if listing:
        home.act("val", "document.list_rows", number)
    home.sign("val", "document.submit", number)
    home.sign("rob", "document.agree", number)
    signs(home, number)
    return number


def signs(home: TestHome, number: str) -> None:
    summary = records.values(head(number))["validation_kind"] == "summary report"
    for who in ("hed", "sys", "qua", *(["quy"] if summary else [])):
        home.sign(who, "document.approve", number)
    settle()


def planned(home: TestHome) -> str:
    """Enter a system with its approved plan, in validation."""
    number = assessed(home, other(home))
    approve(home, document(home, number, "plan"), listing=False)
    home.act("val", "gxp_system.begin_validation", number)
    return number


def requirement(home: TestHome, of: str, **fields: Any) -> str:
    given = {"text": "The system shall store a result as entered", "area": "OWN", "system": [of], "process": "Testing",
             "clauses": "21 CFR 211.194", "impact": ["data"], "must": "must", "category": "data", "touches": "record_change",
             "risks": [RISK], "priority": "high", "depth": "scripted with negative cases", "source": "own"}  # fmt: skip
    return home.act("val", "validation_requirement.create", fields=given | fields).number


def held(home: TestHome, of: str, *rows: str) -> str:
    """Put requirements into a document that is then approved."""
    made = document(home, of, "requirements")
    for row in rows:
        home.act("val", "validation_requirement.edit", row, fields={"document": [made]})
        home.act("val", "validation_requirement.propose", row)
    return approve(home, made)


def script(home: TestHome, of: str, *requirements: str, by: str = "val", **fields: Any) -> str:
    given = {"title": "Results are stored", "series": "OQ-OWN", "aim": "Shows that results are stored", "system": [of],
             "requirements": list(requirements), "risk": "high", "accounts": "An analyst", "steps": STEPS,
             "criterion": "Every step as expected", "run_by": "person", "expected_by": "hed", "source": "own"}  # fmt: skip
    return home.act(by, "test_script.create", fields=given | fields).number


def protocol(home: TestHome, of: str, *scripts: str) -> str:
    """Put scripts of one level into a protocol that is then approved."""
    made = document(home, of, f"{scripts[0][:2]} protocol")
    for one in scripts:
        home.act("val", "test_script.edit", one, fields={"protocol": [made]})
        home.act("val", "test_script.propose", one)
    return approve(home, made)


def installed(home: TestHome, of: str, need: str) -> str:
    """Let the level before have passed: one script of IQ, run by Bea, reviewed by Rob."""
    one = script(
        home, of, need, series="IQ-OWN", title="Installed as specified", steps=[{"action": "Look", "expected": "4.2"}]
    )
    protocol(home, of, one)
    accept(home, passed(home, of, one))
    return one


def ready(home: TestHome) -> tuple[str, str, str]:
    """Give a system in validation, an approved requirement and an approved script of OQ, with IQ passed."""
    of = planned(home)
    need = requirement(home, of)
    held(home, of, need)
    installed(home, of, need)
    test = script(home, of, need)
    protocol(home, of, test)
    return of, need, test


def run(home: TestHome, of: str, test: str, **fields: Any) -> str:
    """Plan a run by Bea."""
    begun = Link.objects.filter(target=test, relation="script").values("record_id")
    attempt = Record.objects.filter(pk__in=begun, type="test_run").count() + 1
    given = {"title": f"{test}, attempt {attempt}", "script": [test], "attempt": str(attempt), "purpose": "official", "system": [of],
             "origin": "person", "executor": "bea", "environment": "Test server", "build": "4.2", "baseline": "-",
             "compared": "same"}  # fmt: skip
    return home.act("val", "test_run.create", fields=given | fields).number


def evidence(home: TestHome, who: str = "bea", text: str = "seen") -> str:
    return uploads.receive(home.people[who], "seen.csv", [text.encode()]).sha256


def step(home: TestHome, number: str, place: int, actual: str, *, good: bool = True, proof: str | None = None) -> Any:
    shown = {"evidence": proof} if proof else {}
    return home.act("bea", "test_run.record_step", number, step=place, actual=actual, passed=good, **shown)


def passed(home: TestHome, of: str, test: str) -> str:
    """Let Bea carry a script out with every step as expected."""
    number = run(home, of, test)
    home.act("bea", "test_run.start", number)
    for place, row in enumerate(records.values(head(test))["steps"], 1):
        step(
            home, number, place, row["expected"], proof=evidence(home, text=f"{number} {place}") if row["evidence"] else None
        )
    home.sign("bea", "test_run.finish", number)
    return number


def failed(home: TestHome, of: str, test: str) -> tuple[str, str]:
    """Let Bea carry a script out of which the first step fails; gives the run and its test deviation."""
    number = run(home, of, test)
    home.act("bea", "test_run.start", number)
    step(home, number, 1, "0 is stored", good=False, proof=evidence(home, text=f"{number} failed"))
    home.sign("bea", "test_run.finish", number)
    return number, Record.objects.filter(type="test_deviation").latest("number").number


def accept(home: TestHome, number: str, by: str = "rob") -> str:
    home.sign(by, "test_run.accept", number)
    return number


def analysed(home: TestHome, number: str, **fields: Any) -> str:
    given = {"class": "major", "kind": "system", "cause": "The field rounds", "effect_on_tests": "None", "effect_on_records": "None",
             "correction": "The field keeps what was entered"}  # fmt: skip
    home.act("val", "test_deviation.edit", number, fields={k: v for k, v in (given | fields).items() if k != "correction"})
    home.sign("val", "test_deviation.analyse", number)
    home.act("val", "test_deviation.edit", number, fields={"correction": (given | fields)["correction"]})
    return number


def correcting(home: TestHome, number: str, **fields: Any) -> str:
    analysed(home, number, **fields)
    home.sign("sys", "test_deviation.decide_correction", number)
    home.sign("qua", "test_deviation.decide_correction", number)
    return number


def used(home: TestHome) -> str:
    """Take the laboratory's system from validation into use, as on the last page of its validation; gives its number."""
    accept(home, passed(home, OF, TEST))
    on = {"build": "4.2", "baseline": "-"}
    for kind in ("IQ report", "OQ report", "summary report"):
        approve(home, document(home, OF, kind, **on), listing=kind != "summary report")
    sop, today = home.until(home.draft(), "effective"), clock.now().astimezone(UTC).date()
    course = {"what": "Use of the system", "trainee": "bea", "kind": "practical", "because": "other", "document": [sop],
              "due_on": (today + timedelta(days=10)).isoformat(), "taught": "Everything was shown"}  # fmt: skip
    training = home.act("rob", "training.create", fields=course).number
    homes.hire(home, "tra", "Tra Iner", ["trainer"])
    for who in ("bea", "tra"):
        home.sign(who, "training.sign_off", training)
    given = {
        "administrators": ["adm"], "procedure": [sop], "backup": "Nightly",
        "next_review": (today + timedelta(days=90)).isoformat(), "restore_tested_on": (today - timedelta(days=1)).isoformat(),
        "restore_evidence": [evidence(home, "val", "restored")],
    }  # fmt: skip
    home.act("val", "gxp_system.edit", OF, fields=given)
    for who in ("sys", "quy"):
        home.sign(who, "gxp_system.release", OF)
    return OF


def baseline() -> str:
    return str(Baseline.objects.order_by("-number")[0].number)
