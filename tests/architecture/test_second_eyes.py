"""Scripts of the qualification, and everything they use from outside, know nothing of the product: second eyes prove something."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from indelible.assurance.catalogue import depth, loading
from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.catalogue.scripts import shipped
from indelible.assurance.qualification import installation
from indelible.assurance.qualification.results import IQ

PACKAGE = Path(__file__).parents[2] / "src" / "indelible"
OUTSIDE = PACKAGE / "assurance" / "qualification" / "outside"
FAULTS = PACKAGE / "assurance" / "qualification" / "faults"
LEAST_FAULTS = 30
OF_THE_RELEASE = {  # what no installation can show: who reviews the evidence of the release signs for it
    "URS-SYS-013": "priority low, and no script",  # the suite of the project on both databases
    "URS-SYS-018": "priority low, and no script",  # times on a measured machine: `make bench`
}


def scripts() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("test_*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Give every name that a file imports, with dots in front where it is relative; also names given to import_module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in ("import_module", "__import__"):
                yield from (str(one.value) for one in node.args if isinstance(one, ast.Constant))


def foreign(path: Path) -> list[str]:
    """Give what a file imports of the product: its package by name, Django's settings, or anything above its own folder."""
    found = imported(path)
    return sorted(name for name in found if name.split(".")[0] in ("indelible", "django", "tests") or name.startswith(".."))


@pytest.mark.engine_free
@pytest.mark.parametrize("path", scripts(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_shipped_script_imports_nothing_of_the_product(path: Path) -> None:
    assert foreign(path) == []
    assert not any(name.startswith(".") for name in imported(path)), "a script stands alone"


@pytest.mark.engine_free
@pytest.mark.parametrize("path", sorted(OUTSIDE.glob("*.py")), ids=lambda path: path.name)
def test_what_scripts_use_imports_nothing_of_the_product(path: Path) -> None:
    assert foreign(path) == []


@pytest.mark.engine_free
def test_there_are_scripts_to_look_at() -> None:
    assert len(scripts()) > 10


@pytest.mark.engine_free
def test_each_planted_fault_has_its_one_place_and_scripts_that_are_there() -> None:
    read = YAML(typ="safe", pure=True).load
    faults = [one for path in sorted(FAULTS.glob("*.yaml")) for one in read(path)["faults"]]
    known = "".join(path.read_text("utf-8") for path in scripts())
    wrong = [one["id"] for one in faults if (PACKAGE / one["file"]).read_text("utf-8").count(one["find"]) != 1]
    named = [(one["id"], name.partition("[")[0]) for one in faults for name in one.get("caught_by", [])]
    unknown = [f"{fault}: {name}" for fault, name in named if f'"{name}"' not in known]

    assert (wrong, unknown) == ([], [])
    assert len({one["id"] for one in faults}) == len(faults) >= LEAST_FAULTS


@pytest.mark.engine_free
def test_every_requirement_has_scripts_as_deep_as_its_risk_asks() -> None:
    """High priority: an OQ that takes its result past the product, with a step that must be refused (docs/decisions/0040)."""
    planned = defaultdict(list)
    for one in shipped():
        for name in one.requirements:
            planned[name].append(Planned(one.script, one.script, "", one.requirements, one.level, one.negative))
    for check in installation.wanted([]):
        for name in check.requirements:
            planned[name].append(Planned(str(check), str(check), "", tuple(check.requirements), IQ))
    found = {
        name: depth.too_thin(one, planned[name]) if planned[name] else f"priority {one.priority}, and no script"
        for name, one in loading.load().requirements.items()
    }

    assert {name: why for name, why in found.items() if why} == OF_THE_RELEASE
