"""Seeded faults: each is caught by a script of its requirement, and one that is not is said to be not.

Two are seeded in `make test`; all of them with INDELIBLE_CAMPAIGN=large.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indelible.assurance.qualification import faulting
from indelible.assurance.qualification.planning import Script
from indelible.infra import build
from indelible.project.qualifying import patching
from tests.faces import terminal
from tests.faces.terminal import Terminal
from tests.qualification import proving

LARGE = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
SCRIPT = Script("OQ-SIG-901", "", "A script", "", "OQ", "kernel", ("URS-SIG-005",), False, "0" * 64, ())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal.fresh(tmp_path_factory.mktemp("faults") / "home") as shell:
        made = shell.init("--environment", "validation", "--json")
        assert made.code == 0, made.err
        if shell.database:
            shell.environment["INDELIBLE_OWNER_URL"] = shell.database
        yield shell


def test_the_faults_that_ship_fit_the_package_and_the_catalogue() -> None:
    faults = faulting.load()
    keys = {"OQ-SIG-901", *(name for one in faults for name in one.caught_by)}
    everything = [replace(SCRIPT, script=key, requirements=tuple(one.requirement for one in faults)) for key in keys]

    faulting.check(faults, everything, faulting.requirements())

    assert len(faults) >= 40
    assert {one.area for one in faults} == set(faulting.AREAS)
    assert {one.engine for one in faults} >= {"sqlite", "postgresql"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"find": "There is no such text"}, "stands 0 times"),
        ({"find": "raise Refused("}, "times in kernel/signatures.py; it must stand there once"),
        ({"find": "LIFETIME = timedelta(minutes=2)", "replace": "LIFETIME = = 2"}, "no Python any more"),
        ({"file": "kernel/no_such.py"}, "the package has no file kernel/no_such.py"),
        ({"file": "../../pyproject.toml"}, "the package has no file"),
        ({"file": "kernel/test_signing.py"}, "is a test: what is broken on purpose is the product"),
        ({"requirement": "URS-SIG-999"}, "URS-SIG-999 is unknown"),
        ({"caught_by": ["OQ-SIG-999"]}, "there is no script OQ-SIG-999"),
        ({"requirement": "URS-SIG-006"}, "no script tests URS-SIG-006"),
    ],
)
def test_a_fault_that_could_prove_nothing_is_refused_before_anything_runs(changed: dict[str, object], said: str) -> None:
    with pytest.raises(faulting.Broken) as broken:
        faulting.check([proving.fault(**changed)], [SCRIPT], faulting.requirements())

    assert said in str(broken.value)
    assert "FLT-SIG-900" in str(broken.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": None}, "title: a text is needed"),
        ({"area": "cooking"}, "area: one of signing"),
        ({"engine": "oracle"}, "engine: sqlite, postgresql"),
        ({"founding": "perhaps"}, "founding: true or false"),
        ({"caught_by": "OQ-SIG-001"}, "caught_by: a list"),
        ({"replace": "LIFETIME = timedelta(minutes=2)"}, "replace: it changes nothing"),
        ({"remark": "x"}, "remark: no such field"),
    ],
)
def test_an_entry_that_is_not_as_it_must_be_is_named_with_its_line(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    with pytest.raises(faulting.Broken) as broken:
        faulting.load(proving.written(tmp_path, proving.entry(id="FLT-SIG-901"), proving.entry(**changed)))

    (error,) = broken.value.errors
    assert error.startswith("faults.yaml:12 ")
    assert said in error


@pytest.mark.parametrize("text", ["", "faults: []", "faults: [1]", "faults: {", "- id: x"])
def test_a_file_that_holds_no_faults_is_refused_and_not_taken_for_an_empty_list(tmp_path: Path, text: str) -> None:
    (tmp_path / "faults.yaml").write_text(text, "utf-8")
    with pytest.raises(faulting.Broken):
        faulting.load(tmp_path / "faults.yaml")


def test_of_two_faults_of_one_id_the_second_is_named(tmp_path: Path) -> None:
    with pytest.raises(faulting.Broken, match=r"FLT-SIG-900 stands in faults\.yaml:3 already"):
        faulting.load(proving.written(tmp_path, proving.entry(), proving.entry(title="Another")))


def test_dice_follow_the_published_rule_and_reach_every_fault() -> None:
    faults = faulting.load()
    ordered = sorted(one.id for one in faults)

    # By hand, so that the rule cannot change unseen: SHA-256 of "7", whose last digits decide.
    assert (
        faulting.drawn(faults, 7).id
        == ordered[0x7902699BE42C8A8E46FBBB4501726517E86B22C56A189F7625A6DA49081B2451 % len(ordered)]
    )
    assert faulting.drawn(list(reversed(faults)), 7) == faulting.drawn(faults, 7)
    assert {faulting.drawn(faults, number).id for number in range(2000)} == set(ordered)


@pytest.mark.campaign
@pytest.mark.proof
def test_a_drawn_fault_is_caught_by_a_script_of_its_requirement_named_afterwards_and_nothing_of_it_counts(
    home: Terminal, tmp_path: Path
) -> None:
    output, faults = tmp_path / "out", [one for one in faulting.load() if one.engine != "postgresql" or home.database]
    before = build.package_hash(build.PACKAGE)
    dice = next(number for number in range(5000) if faulting.drawn(faults, number).id == "FLT-SIG-002")

    ran = home.run("qualify", "--output", str(output), "--fault-seed", str(dice), "--json")

    assert ran.code == 0, ran.out + ran.err
    told = ran.err.splitlines()
    named = [at for at, line in enumerate(told) if "FLT-SIG-002" in line or "OQ-SIG-003" in line]
    assert named == [len(told) - 1], ran.err  # only the last line of the progress, when the run has ended
    assert (ran.json["drawn_by"], ran.json["faults"]) == (dice, [one.id for one in faults])
    (proof,) = ran.json["proofs"]
    assert (proof["verdict"], proof["noticed"]["script"], proof["noticed"]["step"]) == ("caught", "OQ-SIG-003", 2)
    assert proof["noticed"]["expected"] != proof["noticed"]["actual"]
    assert ran.json["official"] is False
    run = json.loads((output / "adequacy" / "runs" / f"{proof['run']}.json").read_text("utf-8"))
    assert (run["fault"], run["official"], run["engine"]) == ("FLT-SIG-002", False, "sqlite")
    (compared,) = [one for one in run["compared"] if one["item"] == "build.package"]
    assert compared["production"] == before != compared["copy"] == proof["build_sha256"]
    assert "the seeded fault FLT-SIG-002 in kernel/signatures.py" in compared["explanation"]
    assert not list((output / "runs").iterdir())  # a proof is no attempt of any script
    assert build.package_hash(build.PACKAGE) == before


@pytest.mark.campaign
@pytest.mark.proof
def test_a_fault_that_nobody_notices_is_a_finding_and_so_is_a_script_that_is_red_without_one(
    home: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmless = proving.entry(
        id="FLT-NIL-001", find=proving.REMARK, replace=f"{proving.REMARK} and all", requirement="URS-IDN-007"
    )
    judged_by_red = proving.entry(id="FLT-NIL-002", caught_by=["OQ-RED-001"])
    unmade = proving.entry(id="FLT-NIL-003", file="project/qualifying/making.py", find="import json", replace="import no_such_thing",
                           requirement="URS-IDN-007")  # fmt: skip
    file = proving.written(tmp_path, harmless, judged_by_red, unmade)

    with patching.tree(proving.RedScript()) as package:  # a product of which one script is red anyway
        monkeypatch.setenv("PYTHONPATH", f"{package}:{os.environ.get('PYTHONPATH', '')}")
        told = proving.prove(home, tmp_path / "out", file)

    found = {one["id"]: (one["verdict"], one["noticed"]) for one in told["proofs"]}
    assert found == {
        "FLT-NIL-001": ("not caught", None),
        "FLT-NIL-002": ("not green without it", None),
        "FLT-NIL-003": ("not made", None),
    }
    notes = {one["id"]: one["note"] for one in told["proofs"]}
    assert notes["FLT-NIL-001"] == "OQ-SIG-003 passed"
    assert "OQ-RED-001: Step 1" in notes["FLT-NIL-002"]
    assert "no_such_thing" in notes["FLT-NIL-003"]
    assert (told["ok"], told["counts"]["caught"]) == (False, 0)


def test_what_is_asked_of_a_proof_is_looked_at_before_anything_runs(home: Terminal, tmp_path: Path) -> None:
    unknown = home.run("qualify", "--output", str(tmp_path / "a"), "--faults", "FLT-SIG-999", "--json")
    two = home.run("qualify", "--output", str(tmp_path / "b"), "--faults", "all", "--fault-seed", "3")
    below = home.run("qualify", "--output", str(tmp_path / "c"), "--fault-seed", "-1")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "letter.txt").write_text("mine", "utf-8")
    taken = home.run("qualify", "--output", str(tmp_path / "d"), "--faults", "FLT-SIG-002", "--json")

    assert (unknown.code, two.code, below.code, taken.code) == (2, 2, 2, 2), unknown.err + taken.err
    assert "There is no fault FLT-SIG-999" in unknown.out + unknown.err
    assert "one thing at a time" in two.err
    assert not (tmp_path / "b").exists()
    assert (tmp_path / "d" / "letter.txt").read_text("utf-8") == "mine"


@pytest.mark.campaign
@pytest.mark.proof
@pytest.mark.skipif(not LARGE, reason="every fault: INDELIBLE_CAMPAIGN=large")
def test_every_fault_is_caught(home: Terminal, tmp_path: Path) -> None:
    told = proving.prove(home, tmp_path / "out", faulting.FOLDER)

    assert [
        f"{one['id']} {one['verdict']}: {one['note']}"
        for one in told["proofs"]
        if one["verdict"] not in ("caught", "not here")
    ] == []
