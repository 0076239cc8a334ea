"""The Configuration Specification says what runs: every key with its meaning, every lifecycle drawn, the same for the same (GUIDE-DEL-cs)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from indelible.assurance.specification import content, diagram, writing
from indelible.kernel import config
from tests.homes import TestHome

SVG = "{http://www.w3.org/2000/svg}"


def rows(told: content.Specification, section: str, table: str) -> list[tuple[str, ...]]:
    (found,) = (one for chapter in told.sections if chapter.title == section for one in chapter.tables if one.title == table)
    return list(found.rows)


@pytest.mark.usefixtures("home")
def test_every_key_of_the_configuration_stands_in_it_with_value_and_meaning() -> None:
    running, told = config.current(), content.gather()
    keys = {one.path: one for one in told.keys}

    assert keys["policies.idle_minutes"].value == running.policies.idle_minutes
    assert (keys["policies.idle_minutes"].range, keys["policies.idle_minutes"].default) == ("5 to 30", 15)
    assert keys["types.deviation.fields.title.kind"].value == "text"
    assert [one.path for one in told.keys if not one.meaning] == []
    names = {f"types.{name}.fields.{field.name}.id" for name, declared in running.types.items() for field in declared.fields}
    assert names <= keys.keys()
    assert {one.path.partition(".")[0] for one in told.keys} == {*content.GENERAL, "types"}


@pytest.mark.usefixtures("home")
def test_every_signature_of_every_step_stands_in_the_matrix_and_who_is_kept_apart() -> None:
    running = config.current()
    needs = [
        need
        for declared in running.types.values()
        for state in declared.lifecycle.values()
        for move in state.moves.values()
        for need in move.signs
    ]

    matrix = rows(content.gather(), "Signature matrix", "Signatures")

    assert len(matrix) == len(needs)
    approving = [row for row in matrix if row[0] == "Change" and "Approve" in row[1]]
    assert all("configuration_approver_is_not_requester_nor_applier" in row[7] for row in approving)


@pytest.mark.usefixtures("home")
def test_the_matrix_of_roles_says_who_may_do_what() -> None:
    running = config.current()
    (matrix,) = (one for chapter in content.gather().sections for one in chapter.tables if one.matrix)
    of = {row[0]: dict(zip(matrix.columns[1:], row[1:], strict=True)) for row in matrix.rows}

    assert "S" in of["Document"][running.roles["qa_approver"].label]
    assert of["Document"][running.roles["sysadmin"].label] == ""
    assert "C" in of["Deviation"][running.roles["reader"].label]
    assert of["Drift"] | {running.roles["sysadmin"].label: "M"} == of["Drift"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["change", "document", "deviation", "training", "approved_state"])
def test_a_drawing_shows_every_state_and_every_move_and_no_two_numbers_on_each_other(name: str) -> None:
    declared = config.current().types[name]
    drawn = etree.fromstring(diagram.svg(declared))
    texts = [text.text or "" for text in drawn.iter(f"{SVG}text")]

    for state in declared.lifecycle.values():
        assert (state.label[:29] in " ".join(texts)) or state.label == ""
    numbers = {int(found) for text in texts for found in re.findall(r"\b\d+\b", text)}
    assert numbers >= {number for number, _, _ in diagram.numbered(declared)}
    places = [(float(text.get("x", 0)), float(text.get("y", 0))) for text in drawn.iter(f"{SVG}text")]
    assert len(places) == len(set(places))


@pytest.mark.usefixtures("home")
def test_the_same_baseline_gives_the_same_files_and_none_of_them_holds_a_secret(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://postman:hunter2@mail.example:25")
    first, second = (writing.write(content.gather(), tmp_path / name) for name in ("one", "two"))

    assert first == second
    assert {"configuration-specification.md", "configuration-specification.json", "configuration-specification.pdf"} < {
        *first
    }
    assert len(first) == 3 + len(config.current().types)
    for name in first:
        made = (tmp_path / "one" / name).read_bytes()
        assert made == (tmp_path / "two" / name).read_bytes(), name
        assert b"hunter2" not in made
    told = json.loads((tmp_path / "one" / "configuration-specification.json").read_text("utf-8"))
    assert told["about"]["SHA-256 of the baseline"] == config.current().sha256
    secrets = rows(content.gather(), "Environment, interfaces, jobs", "Secrets")
    assert ("INDELIBLE_MAIL", "set") in secrets
