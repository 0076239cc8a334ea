"""What changed since the package before is said by name, and only what it touches is asked of people again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.package import changes, index, writing
from indelible.assurance.package.changes import NoPackage
from indelible.assurance.package.facts import Facts
from indelible.assurance.qualification.results import PERSON
from tests.assurance.package import made

pytestmark = pytest.mark.engine_free


@pytest.fixture(scope="module")
def before() -> Facts:
    return made.facts(count=14, scripts=26, steps=1)


def told(given: Facts) -> dict[str, Any]:
    """Give an index as it comes back from a file."""
    back: dict[str, Any] = json.loads(json.dumps(index.of(given, [])))
    return back


def delta(before: Facts, after: Facts) -> changes.Delta:
    return changes.against(told(before), told(after))


def people(given: Facts) -> list[str]:
    return sorted(one.key for one in given.plan if one.origin == PERSON)


def test_nothing_changed_is_nothing_to_repeat(before: Facts) -> None:
    found = delta(before, before)

    assert (found.changes, found.whole, found.repeat) == ((), (), ())
    assert list(found.by_people) == people(before)
    assert len(found.by_people) > 1


def test_a_setting_touches_the_scripts_of_its_requirements(before: Facts) -> None:
    first = people(before)[0]
    wanted = next(one for one in before.plan if one.key == first).requirements[0]
    known = {**before.requirements, wanted: replace(before.requirements[wanted], settings=("policies.limit_3",))}
    known = {key: one if key == wanted else replace(one, settings=()) for key, one in known.items()}
    ground = replace(before, requirements=known, settings=tuple(replace(one, scripts=()) for one in before.settings))
    changed = tuple(replace(one, running="10") if one.key == "policies.limit_3" else one for one in ground.settings)

    found = delta(ground, replace(ground, settings=changed))

    assert [(one.part, one.key, one.kind, one.before, one.after) for one in found.changes] == [
        ("settings", "policies.limit_3", "changed", "15", "10")
    ]
    assert found.repeat == (first,)


def test_a_changed_requirement_and_a_changed_script_are_repeated(before: Facts) -> None:
    first, second = people(before)[:2]
    wanted = next(one for one in before.plan if one.key == first).requirements[0]
    known = {
        **before.requirements,
        wanted: replace(before.requirements[wanted], text="The system shall ask for three components."),
    }
    plan = tuple(replace(one, fingerprint=made.sha("other")) if one.key == second else one for one in before.plan)

    found = delta(before, replace(before, requirements=known, plan=plan))

    assert {first, second} <= {*found.repeat}
    assert {(one.part, one.key) for one in found.changes} == {("requirements", wanted), ("scripts", second)}


def test_what_came_and_what_went_is_told(before: Facts) -> None:
    gone = before.plan[0]
    known = dict(before.requirements)
    known["URS-SIG-999"] = replace(known["URS-SIG-001"], id="URS-SIG-999")

    found = delta(before, replace(before, plan=before.plan[1:], requirements=known, runs=(), judged=""))

    assert ("scripts", gone.key, "removed") in {(one.part, one.key, one.kind) for one in found.changes}
    assert ("requirements", "URS-SIG-999", "added") in {(one.part, one.key, one.kind) for one in found.changes}
    assert ("results", gone.key, "removed") in {(one.part, one.key, one.kind) for one in found.changes}


def test_another_build_is_told_as_a_whole(before: Facts) -> None:
    about = replace(before.about, build="0.2.0", build_sha256=made.sha("0.2.0"))

    assert [name for name, _, _ in delta(before, replace(before, about=about)).whole] == ["build", "build_sha256"]


@pytest.mark.parametrize("damage", [{"format": 9}, {"requirements": []}, {"scripts": None}])
def test_what_is_no_package_is_refused(before: Facts, damage: dict[str, Any]) -> None:
    with pytest.raises(NoPackage, match="cannot be read"):
        changes.against(told(before) | damage, told(before))


def test_the_redline_is_a_chapter_and_a_file(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    given = made.facts(first, count=3, scripts=6, steps=1)
    writing.write(given, first)
    previous = json.loads((first / "package.json").read_text())
    changed = tuple(
        replace(one, running="10", specified="10", tested="10") if one.key == "policies.limit_3" else one
        for one in given.settings
    )
    after = replace(
        made.facts(second, count=3, scripts=6, steps=1),
        about=replace(made.ABOUT, number="VAL-001-02"),
        settings=changed,
        previous=previous,
    )

    package = writing.write(after, second)

    delta = json.loads((second / "delta.json").read_text())
    assert package.index["delta"] == {
        "previous": "VAL-001-01",
        "changes": 1,
        "repeat": delta["repeat"],
        "by_people": delta["by_people"],
    }
    chapter = (second / "documents" / "VAL-001-02-DLT.json").read_text()
    assert "policies.limit_3" in chapter
    assert "are touched by a change and executed again" in chapter
