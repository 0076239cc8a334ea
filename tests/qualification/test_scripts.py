"""What the runner makes of a script: declared before it runs, stopped at the first difference, its evidence hashed and without credentials."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from indelible.assurance.qualification import planning, results
from indelible.assurance.qualification.evidence import Recorder, Undeclared, folder_of
from indelible.assurance.qualification.planning import Plan
from indelible.assurance.qualification.results import ABORTED, ERROR, FAILED, PASSED, SKIPPED, Run, ScriptResult
from indelible.kernel.errors import Refused, Unavailable
from indelible.project.qualifying import keeping
from tests.qualification.scripting import PASSWORD, Bench

pytestmark = pytest.mark.engine_free
EVERYTHING = '''
from pathlib import Path

@MARK("OQ-T-001", title="Passes", requirements=("URS-T-001",))
def test_passes(steps, database):
    """What is
    the aim."""
    @steps("Look", given="SQL", expected="1 row")
    def _():
        Path(__file__).with_suffix(".ran").touch()
        return f"{len(database.rows('SELECT text FROM note'))} row"

@MARK("OQ-T-002", title="Differs", requirements=("URS-T-001",), negative=True)
def test_differs(steps):
    @steps("First", expected="a")
    def _():
        return "a"
    @steps("Second", expected="b")
    def _():
        return "not b"
    @steps("Third", expected="c")
    def _():
        raise SystemExit("never made")

@MARK("OQ-T-003", title="Breaks", requirements=("URS-T-001",))
def test_breaks(steps):
    @steps("Divide", expected="1")
    def _():
        return str(1 // 0)

@MARK("OQ-T-004", title="Gives no text", requirements=("URS-T-001",))
def test_gives_no_text(steps):
    @steps("Give", expected="True")
    def _():
        return True

@MARK("OQ-T-005", title="Is skipped", requirements=("URS-T-001",))
def test_is_skipped(steps):
    @steps("Try", expected="x")
    def _():
        pytest.skip("no such machine here")

@MARK("OQ-T-006", title="Shows a credential", requirements=("URS-T-001",))
def test_shows_a_credential(steps, database):
    @steps("Say the password", expected="nothing")
    def _():
        return database.rows("SELECT text FROM note")[0]["text"]

@MARK("OQ-T-007", title="Names no requirement", requirements=())
def test_names_no_requirement(steps):
    @steps("Pass", expected="x")
    def _():
        return "x"

@MARK("OQ-T-008", title="Asserts", requirements=("URS-T-001",))
def test_asserts(steps):
    @steps("Assert", expected="x")
    def _():
        assert 1 == 2, "one is not two"

@MARK("OQ-T-009", title="For each meaning", requirements=("URS-T-002",))
@pytest.mark.cases("meanings")
def test_for_each(steps, case, reading):
    @steps("Read", expected=reading.meanings[case]["label"])
    def _():
        return reading.meanings[case]["label"]

@pytest.mark.needs("type_that_nobody_declares")
@MARK("OQ-T-010", title="Is about something else", requirements=("URS-T-001",))
def test_is_left_out(steps):
    @steps("Pass", expected="x")
    def _():
        return "x"
'''
TWO_OF_ONE_ID = "".join(
    f'@MARK("OQ-T-001", requirements=())\ndef test_{name}(steps):\n    steps("Do", expected="x")(str)\n' for name in "ab"
)
WANTED = tuple(f"OQ-T-{at:03}" for at in range(1, 11))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("bench"))
    made.write(EVERYTHING)
    return made


@pytest.fixture(scope="module")
def plan(bench: Bench) -> Plan:
    made = bench.plan(*WANTED)
    assert not (bench.scripts / "test_bench.ran").exists(), "planning ran a step"
    return made


@pytest.fixture(scope="module")
def ran(bench: Bench, plan: Plan) -> dict[str, ScriptResult]:
    return bench.run(plan, *WANTED, attempts={"OQ-T-002": 3})


@pytest.fixture
def fresh(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_plan_says_steps_and_expected_results_before_anything_runs(plan: Plan) -> None:
    first = next(one for one in plan.scripts if one.script == "OQ-T-001")

    assert (first.title, first.aim, first.level, first.module) == ("Passes", "What is the aim.", "OQ", "own")
    assert first.steps == ({"action": "Look", "given": "SQL", "expected": "1 row", "by": ""},)
    assert next(one for one in plan.scripts if one.script == "OQ-T-002").negative


def test_a_script_is_planned_for_each_case_of_the_configuration_and_left_out_where_it_is_about_nothing(plan: Plan) -> None:
    cases = [one.case for one in plan.scripts if one.script == "OQ-T-009"]

    assert cases == sorted(cases)
    assert {"approved", "authored"} <= {*cases}
    assert [one["left_out"] for one in plan.left_out] == ["OQ-T-010"]


def test_only_what_was_asked_for_is_planned(bench: Bench) -> None:
    assert {one.script for one in bench.plan("URS-T-002").scripts} == {"OQ-T-009"}


def test_a_script_without_a_requirement_is_an_orphan_and_so_is_one_that_names_an_unknown_one(plan: Plan) -> None:
    assert planning.orphans(plan.scripts) == ["OQ-T-007"]
    assert "OQ-T-001" in planning.orphans(plan.scripts, ["URS-T-002"])
    assert "OQ-T-009[approved]" not in planning.orphans(plan.scripts, ["URS-T-002"])


def test_a_script_whose_actual_result_is_the_expected_one_passes(ran: dict[str, ScriptResult]) -> None:
    one = ran["OQ-T-001"]

    assert (one.verdict, one.steps[0].actual, one.attempt) == (PASSED, "1 row", 1)


def test_a_script_stops_at_its_first_difference_and_says_what_it_found(ran: dict[str, ScriptResult]) -> None:
    one = ran["OQ-T-002"]

    assert [step.verdict for step in one.steps] == [PASSED, FAILED, SKIPPED]
    assert (one.verdict, one.attempt) == (FAILED, 4)
    assert one.note == "Step 2, Second: expected 'b', found 'not b'"
    assert one.steps[2].actual.startswith("not run")


@pytest.mark.parametrize(("script", "verdict", "told"), [
    ("OQ-T-003", ERROR, "ZeroDivisionError"), ("OQ-T-004", ERROR, "gave True"), ("OQ-T-005", SKIPPED, "no such machine here"),
    ("OQ-T-008", FAILED, "one is not two"),
])  # fmt: skip
def test_what_is_no_result_is_no_pass(ran: dict[str, ScriptResult], script: str, verdict: str, told: str) -> None:
    assert ran[script].verdict == verdict
    assert told in ran[script].note


def test_evidence_is_hashed_and_lies_where_the_result_says(bench: Bench, ran: dict[str, ScriptResult]) -> None:
    (kept,) = ran["OQ-T-001"].steps[0].evidence
    content = (bench.place / kept.file).read_bytes()

    assert (kept.kind, kept.sha256, kept.size) == ("query", hashlib.sha256(content).hexdigest(), len(content))
    assert b"SELECT text FROM note" in content


def test_no_credential_stands_in_evidence_or_result(bench: Bench, ran: dict[str, ScriptResult]) -> None:
    assert ran["OQ-T-006"].steps[0].actual == "the password is [withheld]"
    written = [path for path in bench.place.rglob("*") if path.is_file() and path.suffix in (".json", ".jsonl", ".log")]
    showing = [path for path in written if PASSWORD.encode() in path.read_bytes() and path.name != "assignment.json"]
    assert len(written) > 3
    assert not showing


@pytest.mark.parametrize("written", ["it is {}", "it is %4A7Z-secret%26of%3Cthe%3Ecopy", '{{"is": "{}"}}'])
def test_a_credential_is_blanked_however_it_is_written(tmp_path: Path, written: str) -> None:
    recorder = Recorder(tmp_path, tmp_path / "evidence")
    recorder.hide(PASSWORD)
    recorder.begin("OQ-T-001", 1)
    recorder.note("exchange", {"body": [written.format(PASSWORD).replace("%4A", "J")]})
    recorder.file("page", "../../page.html", f"<p>{PASSWORD}</p>".encode())

    kept = recorder.end()

    assert [(tmp_path / one.file).parent.parent for one in kept] == [tmp_path / "evidence"] * 2
    assert all(b"secret" not in (tmp_path / one.file).read_bytes() for one in kept)


def test_nothing_is_kept_and_so_nothing_asked_while_no_step_runs(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, tmp_path)
    with pytest.raises(Undeclared, match="before a step runs"):
        recorder.note("query", "SELECT 1")
    assert folder_of("OQ-T-001[a/b]") != folder_of("OQ-T-001[a b]")


def test_a_script_that_acts_before_its_first_step_breaks(fresh: Bench) -> None:
    fresh.write("""
@MARK("OQ-T-001", title="Hasty", requirements=("URS-T-001",))
def test_hasty(steps, database):
    found = database.rows("SELECT text FROM note")
    @steps("Look", expected="1")
    def _():
        return str(len(found))
""")
    with pytest.raises(Refused, match="OQ-T-001: OperationalError"):
        fresh.plan("OQ-T-001")


def test_a_script_that_is_not_the_planned_one_by_a_byte_is_refused(fresh: Bench) -> None:
    text = EVERYTHING.partition('@MARK("OQ-T-002"')[0]
    fresh.write(text)
    plan = fresh.plan("OQ-T-001")
    fresh.write(text.replace('expected="1 row"', 'expected="1  row"'))

    (one,) = fresh.run(plan, "OQ-T-001").values()

    assert (one.verdict, [step.verdict for step in one.steps]) == (ERROR, [SKIPPED])
    assert "Refused" in one.note
    assert not (fresh.scripts / "test_bench.ran").exists()


def test_the_fingerprint_is_that_of_a_script_and_what_it_shares_and_not_of_its_neighbours(fresh: Bench) -> None:
    def of(text: str) -> str:
        fresh.write(text)
        return fresh.plan("OQ-T-001").scripts[0].fingerprint

    first = of(EVERYTHING)

    assert of(EVERYTHING.replace("one is not two", "two is not one")) == first
    assert of("SHARED = 1\n" + EVERYTHING) != first
    assert of(EVERYTHING.replace('return f"{len', 'return  f"{len')) != first


@pytest.mark.parametrize(("text", "told"), [
    ('@MARK("OQ-T-001", requirements=())\ndef test_a(steps):\n    pass\n', "declares no step"),
    ('@MARK("OQ-T-001", requirements=())\ndef test_a(steps):\n    steps("Do")(str)\n', "not what is expected"),
    ('@MARK("OQ-T-001", requirements=())\n@pytest.mark.cases("moons")\ndef test_a(steps, case):\n    pass\n', "no cases 'moons'"),
    ('@MARK("XX-T-001", requirements=("OQ-T-001",))\ndef test_a(steps):\n    steps("Do", expected="x")(str)\n', "begins with"),
    (TWO_OF_ONE_ID, "the id of two scripts"),
    ("def test_a(:  # OQ-T-001\n", "SyntaxError"),
    ('@pytest.mark.scripted("OQ-T-001")\ndef test_a(steps):\n    pass\n', "scripted"),
])  # fmt: skip
def test_a_script_that_is_unsound_is_refused_with_what_is_wrong(fresh: Bench, text: str, told: str) -> None:
    fresh.write(text)
    with pytest.raises(Refused, match=told):
        fresh.plan("OQ-T-001")


def test_without_pytest_it_is_said_what_to_install(fresh: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "TOOL", "pytest_that_is_not_there")
    with pytest.raises(Unavailable, match=r"pip install 'indelible\[qualify\]'"):
        fresh.plan("OQ-T-001")


# --- runs that were stopped --------------------------------------------------------------------------------------------------


def run_of(output: Path, name: str = "RUN-20260101T000000Z") -> Run:
    run = Run(
        name,
        False,
        ("a trial",),
        "2026-01-01T00:00:00Z",
        "",
        "b",
        "s",
        1,
        "c",
        "sqlite",
        "demo",
        "somebody",
        {},
        ("OQ-T-001", "OQ-T-002"),
    )
    keeping.prepare(output)
    keeping.told(output, name).write_text(json.dumps({"run": asdict(run)}) + "\n", "utf-8")
    return run


def test_a_killed_run_is_aborted_nothing_of_it_counts_and_the_next_attempt_has_the_next_number(fresh: Bench) -> None:
    fresh.write("""
import time

@MARK("OQ-T-001", title="Passes", requirements=("URS-T-001",))
def test_passes(steps):
    @steps("Pass", expected="x")
    def _():
        return "x"

@MARK("OQ-T-002", title="Takes long", requirements=("URS-T-001",))
def test_takes_long(steps):
    @steps("Wait", expected="x")
    def _():
        time.sleep(600)
""")
    output = fresh.place / "output"
    run, plan = run_of(output), fresh.plan("OQ-T-001", "OQ-T-002")
    asked = fresh.assignment(plan, "OQ-T-001", "OQ-T-002")
    begun = planning.begin(asked, fresh.place, fresh.scripts)
    told, lines = Path(asked.told), keeping.told(output, run.id)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (told.exists() and '"begun": "OQ-T-002"' in told.read_text("utf-8")):
        time.sleep(0.05)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate()
    lines.write_text(lines.read_text("utf-8") + told.read_text("utf-8") + '{"result": {"half a li', "utf-8")

    assert keeping.close_stopped(output) == [run.id]
    assert keeping.close_stopped(output) == []

    left = results.read(output / "runs" / f"{run.id}.json")
    assert (left.official, left.ended) == (False, "")
    assert keeping.STOPPED in left.why_not_official
    assert {one.key: one.verdict for one in left.results} == {"OQ-T-001": PASSED, "OQ-T-002": ABORTED}
    assert keeping.attempts(output) == {"OQ-T-001": 1, "OQ-T-002": 1}
    assert fresh.run(plan, "OQ-T-001", attempts=keeping.attempts(output))["OQ-T-001"].attempt == 2


def test_what_a_killed_run_began_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text('''
import subprocess, sys, time
from indelible.infra import children
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], preexec_fn=children.end_with_parent, start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
''', "utf-8")  # fmt: skip
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = Path("/proc") / parent.stdout.readline().strip()
    assert child.is_dir()
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    until = time.monotonic() + 60
    while time.monotonic() < until and child.is_dir() and "Z" not in (child / "stat").read_text("ascii").split()[2]:
        time.sleep(0.1)
    assert time.monotonic() < until
