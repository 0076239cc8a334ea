"""Mutants: each a small wrong thing that still is Python, drawn by a seed, killed by a script or listed as a survivor."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from indelible.assurance.qualification import mutating
from indelible.infra import build
from tests.faces import terminal
from tests.faces.terminal import Terminal

LARGE = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
SAMPLE = '''
def may(case, said: int = 1) -> str | None:
    """Never touched: 1 == 1."""
    if not case.open and case.number > 3:
        raise Refused(rule="closed")
    return "Somebody else signs." if case.me in case.named else None
'''


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal.fresh(tmp_path_factory.mktemp("mutants") / "home") as shell:
        made = shell.init("--environment", "validation", "--json")
        assert made.code == 0, made.err
        yield shell


def test_every_kind_of_mutant_is_made_once_at_each_place_and_nowhere_else() -> None:
    found = {one.kind + " " + one.now: one.line for one in mutating.possible("sample.py", SAMPLE)}

    assert found == {
        "connective (not case.open) or (case.number > 3)": 4, "not (case.open)": 4, "comparison case.number <= 3": 4, "constant 4": 4,
        "constant 2": 2, "refusal pass": 5, "refusal return None": 6, "comparison case.me not in case.named": 6,
    }  # fmt: skip


def test_every_mutant_of_the_package_is_another_program_and_still_python() -> None:
    kinds: Counter[str] = Counter()
    for file in mutating.FILES:
        text = (build.PACKAGE / file).read_text("utf-8")
        for mutant in mutating.possible(file, text):
            changed = mutant.patched(text)
            assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text)), mutant.title
            assert changed.splitlines()[: mutant.line - 1] == text.splitlines()[: mutant.line - 1]
            kinds[mutant.kind] += 1
    assert set(kinds) == {"comparison", "not", "connective", "refusal", "constant"}
    assert kinds.total() > 200


def test_the_same_seed_draws_the_same_mutants_and_none_twice() -> None:
    drawn = mutating.drawn(40, 7)

    assert drawn == mutating.drawn(40, 7) != mutating.drawn(40, 8)
    assert len({one.id for one in drawn}) == 40
    assert len(mutating.drawn(100_000, 7)) < 1000


@pytest.mark.campaign
@pytest.mark.proof
@pytest.mark.skipif(not LARGE, reason="a mutant takes a copy of its own: INDELIBLE_CAMPAIGN=large")
def test_mutants_are_killed_or_listed_and_counted(home: Terminal, tmp_path_factory: pytest.TempPathFactory) -> None:
    output = tmp_path_factory.mktemp("mutants") / "out"
    count = 40

    ran = home.run("qualify", "--output", str(output), "--mutants", str(count), "--seed", "1", "--json")

    assert ran.code == 0, ran.out + ran.err
    assert ran.json["mutants"] == count == len(ran.json["proofs"])
    assert ran.json["killed"] + len(ran.json["survivors"]) == count
    assert ran.json["ratio"] == round(ran.json["killed"] / count, 3)
    for proof in ran.json["proofs"]:
        assert proof["verdict"] in ("caught", "not caught")
        assert proof["verdict"] != "caught" or proof["noticed"] or proof["note"]
    assert ran.json["ratio"] >= 0.8, ran.json["survivors"]


def test_scripts_that_are_not_there_judge_nothing(home: Terminal, tmp_path_factory: pytest.TempPathFactory) -> None:
    output = tmp_path_factory.mktemp("mutants") / "nothing"

    refused = home.run("qualify", "--output", str(output), "--mutants", "1", "--only", "OQ-SIG-999")
    misplaced = home.run("qualify", "--output", str(output), "--faults", "all", "--only", "OQ-SIG-001")

    assert (refused.code, misplaced.code) == (2, 2)
    assert "OQ-SIG-999" in refused.err
    assert "--only goes with --mutants" in misplaced.err
