"""The loader takes a configuration that is right, and names every fault of one that is not, each with its place.

`broken/` holds the faults: each case is laid over `valid/`, and `expected.txt` says what the loader must answer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indelible.assurance.configuration import folder, loader, positions
from indelible.assurance.configuration.checks.known import Known
from indelible.kernel import rules
from indelible.kernel.configuration import Configuration
from tests.configuration.configurations import (
    ACTS,
    BROKEN,
    EXPECTED,
    FILES,
    RULES,
    TYPES,
    VALID,
    examples,
    load,
    overlaid,
    problems,
    replaced,
    tree,
    written,
)

pytestmark = pytest.mark.engine_free
CASES = sorted(path for path in BROKEN.iterdir() if path.is_dir())
MEMO = (VALID / "types" / "note.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_fault_is_named_with_its_place(case: Path, tmp_path: Path) -> None:
    said = problems(overlaid(tmp_path / "configuration", case))

    assert said == (case / EXPECTED).read_text(encoding="utf-8").splitlines()
    assert said


def test_there_are_as_many_broken_declarations_as_were_asked_for() -> None:
    assert len(CASES) >= 40


def test_a_place_points_at_the_words_that_the_message_names() -> None:
    """`expected.txt` could have been copied from a wrong answer; the quoted word must stand at its place."""
    strayed = []
    for case in CASES:
        for line in (case / EXPECTED).read_text(encoding="utf-8").splitlines():
            word = line.split("is called '")[-1].split("'")[0] if " is called '" in line else None
            file, row, column = line.split(": ")[0].split(":")
            text = (case / file).read_text(encoding="utf-8").splitlines() if word else []
            if word and not text[int(row) - 1][int(column) - 1 :].lstrip("\"'").startswith(word):
                strayed.append(f"{case.name}: {line}")

    assert not [line for line in strayed if "Another" not in line and "The file" not in line]


EVERY_CHECK = [(kind, check) for kind, checks in loader.CHECKS.items() for check in checks]


@pytest.mark.parametrize(("kind", "check"), EVERY_CHECK, ids=lambda part: getattr(part, "__name__", part))
def test_without_a_check_some_case_is_answered_wrongly(
    kind: str, check: Callable[[Any, Known], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cases can fail: take one check away, and what the loader says differs from what is expected.

    A check that finds nothing in a case adds nothing to its answer, so only the cases in which it finds something are read.
    """
    telling = [case for case in CASES if (kind, check) in finding(case)]
    left = tuple(other for other in loader.CHECKS[kind] if other is not check)
    monkeypatch.setitem(loader.CHECKS, kind, left)

    different = (
        problems(overlaid(tmp_path / case.name, case)) != (case / EXPECTED).read_text("utf-8").splitlines()
        for case in telling
    )

    assert any(different)


@cache
def finding(case: Path) -> frozenset[tuple[str, Any]]:
    """Give the checks that find something in a case, each with its kind of file."""
    found: set[tuple[str, Any]] = set()

    def watched(kind: str, check: Callable[[Any, Known], Any]) -> Callable[[Any, Known], Any]:
        def watch(value: Any, known: Known) -> Iterator[Any]:
            for fault in check(value, known):
                found.add((kind, check))
                yield fault

        return watch

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as place:
        for kind, checks in loader.CHECKS.items():
            patch.setitem(loader.CHECKS, kind, tuple(watched(kind, check) for check in checks))
        problems(overlaid(Path(place) / "c", case))
    return frozenset(found)


def test_the_grammar_decides_what_a_value_is() -> None:
    procedure = load(VALID).type("procedure")
    chosen, dose, starts = (procedure.field(name) for name in ("class", "dose", "starts_on"))

    assert chosen is not None
    assert dose is not None
    assert starts is not None
    assert chosen.choices == ["policy", "no"]
    assert chosen.labels == {"no": "No"}
    assert chosen.filterable is True
    assert dose.range is not None
    assert (dose.range.min, dose.range.max) == ("0.5", "1e3")
    assert starts.range is not None
    assert starts.range.min == "2026-01-01"
    assert starts.required_when == {"urgent": ["yes"]}
    assert procedure.number.digits == 4
    assert procedure.number.prefixes == {"policy": "POL", "no": "NOO"}


@pytest.mark.parametrize(
    "text", ["no", "on", "12:30:00", "1_000", "0o17", "2026-01-01", "1e3", ".inf", "null", "~", "=", "true"]
)
def test_a_text_stays_the_text_that_was_written(text: str, tmp_path: Path) -> None:
    target = replaced(tmp_path / "c", "company.yaml", f"name: {text}\nzone: UTC\n".encode())

    assert load(target).company.name == text


def test_a_baseline_gives_back_the_very_same_configuration() -> None:
    found = load(VALID)
    again = Configuration.model_validate_json(found.text, strict=True)

    assert again == found
    assert again.sha256 == found.sha256
    assert again.type("procedure").order == ["draft", "in_review", "effective", "superseded", "withdrawn"]
    assert again.type("procedure").lifecycle["draft"].work == "submit"
    assert again.type("procedure").covered("draft") < again.type("procedure").covered("in_review")


@settings(max_examples=examples(12), deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_order_of_keys_or_files_changes_the_hash(random: Any) -> None:
    """States and moves say something by their order; where it is written out, theirs changes nothing either."""

    def shuffled(path: tuple[str, ...], names: list[str]) -> list[str]:
        in_order = path[-1:] in {("lifecycle",), ("moves",)}
        return names if in_order else random.sample(names, len(names))

    assert _rewritten(shuffled, random).sha256 == load(VALID).sha256


def test_the_order_of_the_states_is_content(tmp_path: Path) -> None:
    """It says which fields a signature covers, so two orders are two configurations."""

    def backwards(path: tuple[str, ...], names: list[str]) -> list[str]:
        return names[::-1] if path == ("lifecycle",) else names

    overlaid(tmp_path / "c")
    (tmp_path / "c/types/note.yaml").write_text(written(tree("types/note.yaml"), backwards), encoding="utf-8")

    assert load(tmp_path / "c").sha256 != load(VALID).sha256
    assert load(tmp_path / "c").type("note").order == ["closed", "open"]


def test_an_order_that_is_written_out_counts(tmp_path: Path) -> None:
    target = replaced(tmp_path / "c", "types/note.yaml", f"order: [closed, open]\n{MEMO}".encode())

    assert load(target).type("note").order == ["closed", "open"]


def _rewritten(order: Callable[[tuple[str, ...], list[str]], list[str]], random: Any) -> Configuration:
    with tempfile.TemporaryDirectory() as place:
        target = Path(place)
        (target / "types").mkdir()
        for file in random.sample(FILES, len(FILES)):
            (target / file).write_text(written(tree(file), order), encoding="utf-8")
        return load(target)


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "byte order mark": (
        b"\xef\xbb\xbf" + MEMO.encode(),
        "1:1: The file begins with a byte order mark; save it as UTF-8 without one.",
    ),
    "UTF-16": (
        MEMO.encode("utf-16"),
        "1:1: The file begins with a byte order mark; save it as UTF-8 without one.",
    ),
    "Latin-1": (
        MEMO.replace("label: Note", "label: N\u00f6te").encode("latin-1"),
        "2:9: Byte 0xF6 is not UTF-8; save the file as UTF-8.",
    ),
    "tab": (MEMO.replace("    seen_by", "\tseen_by").encode(), "14:1: A tab stands here; use spaces."),
    "zero byte": (
        MEMO.replace("Notes", "No\0tes").encode(),
        "3:11: The invisible character U+0000 stands here; take it away.",
    ),
    "right to left": (
        MEMO.replace("Notes", "\u202enotes").encode(),
        "3:9: The invisible character U+202E stands here; take it away.",
    ),
    "line separator": (
        MEMO.replace("Notes", "No\u2028tes").encode(),
        "3:11: The invisible character U+2028 stands here; take it away.",
    ),
    "lone carriage return": (
        MEMO.replace("Notes", "No\rtes").encode(),
        "3:11: The invisible character U+000D stands here; take it away.",
    ),
    "too large": (
        MEMO.encode() + b"#" * positions.LARGEST,
        f"1:1: The file has {positions.LARGEST + 1} bytes; at most {positions.LARGEST} are read. Split or shorten it.",
    ),
    "nesting": (
        b"a: " + b"[" * 100_000,
        "1:27: Nested more than 24 levels deep; nothing in the grammar needs that.",
    ),
    "number of a version": (
        b"%YAML 1." + b"9" * 5000 + b"\n---\na: b\n",
        "1:1: This is not readable as YAML: 'Exceeds the limit (4300 digits) for integer string conver...'.",
    ),
}


@pytest.mark.parametrize(("content", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_hides_something_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    target = replaced(tmp_path / "c", "types/note.yaml", content)

    assert f"types/note.yaml:{said}" in problems(target)


def test_a_flood_of_problems_ends(tmp_path: Path) -> None:
    said = problems(replaced(tmp_path / "c", "company.yaml", b"a: &b c\n" * 1000))

    assert len(said) == positions.MOST_PROBLEMS + 1
    assert f"{positions.MOST_PROBLEMS} problems up to here; the rest of the file was not read." in "\n".join(said)


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    target = replaced(tmp_path / "c", "types/note.yaml", MEMO.replace("\n", "\r\n").encode())

    assert load(target).sha256 == load(VALID).sha256


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == [
        "nowhere:1:1: There is no folder here; `indelible init` makes one with the shipped configuration."
    ]


def test_missing_files_are_said(tmp_path: Path) -> None:
    target = overlaid(tmp_path / "c")
    (target / "retention.yaml").unlink()
    (target / "policies.yaml").unlink()
    (target / "policies.yaml").mkdir()

    assert problems(target) == [
        "policies.yaml:1:1: A file belongs here, and this is none; put the file in its place.",
        "policies.yaml:1:1: The file cannot be read: Is a directory.",
        "retention.yaml:1:1: The file is missing; `indelible init` shows one that can be copied.",
    ]


def test_what_the_product_needs_must_be_declared(tmp_path: Path) -> None:
    target = overlaid(tmp_path / "c")
    for path in (target / "types").iterdir():
        path.unlink()

    assert problems(target) == [
        "types:1:1: The folder declares no type; put one file for each type into it.",
        "types/note.yaml:1:1: The product itself needs the type 'note'; copy its file back from the shipped configuration.",
    ]
    (target / "types").rmdir()
    assert problems(target)[0] == "types:1:1: The folder is missing; make it and put one file for each type into it."


GENERAL = [file for file in FILES if "/" not in file]


@pytest.mark.parametrize("file", GENERAL)
def test_nobody_is_blamed_for_names_in_a_file_that_cannot_be_read(file: str, tmp_path: Path) -> None:
    said = problems(replaced(tmp_path / "c", file, b"reader: {label: Reader\n"))

    assert [line.split(":")[0] for line in said] == [file]


def test_another_rule_can_keep_authors_from_approving(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name.endswith("approved-by-the-author"))
    target = overlaid(tmp_path / "c", case)

    with pytest.raises(loader.Broken) as broken:
        loader.load(target, rules=RULES, separating={"approver_is_not_author", "text_is_complete"})

    assert [problem.path for problem in broken.value.errors] == ["lifecycle.open.moves.agree"]


def test_the_loader_needs_no_django() -> None:
    program = (
        "import sys; from pathlib import Path; from indelible.assurance.configuration import loader\n"
        f"loader.load(Path({str(VALID)!r}), rules={sorted(RULES)!r})\n"
        "sys.exit('django' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_editors_get_a_schema_for_every_kind_of_file() -> None:
    schema = loader.json_schema("type")

    assert {"type", "fields", "lifecycle"} <= set(schema["required"])
    assert schema["additionalProperties"] is False
    assert all(loader.json_schema(kind)["type"] == "object" for kind in loader.GRAMMAR)
    with pytest.raises(ValueError, match="did you mean 'roles'"):
        loader.json_schema("role")


def test_the_shipped_configuration_loads(tmp_path: Path) -> None:
    folder.assemble(tmp_path / "c")

    found = loader.load(tmp_path / "c", rules=rules.known())

    assert {"document", "person", "grant", "installation"} <= set(found.types)


def test_a_skeleton_in_another_encoding_or_too_long_is_named_with_its_line(tmp_path: Path) -> None:
    folder.assemble(tmp_path / "c")
    (tmp_path / "c/skeletons/policy.md").write_bytes("## Zweck\n\nPrüfung\n".encode("latin-1"))
    (tmp_path / "c/skeletons/form.md").write_text("## A\n" + "word " * 5000, encoding="utf-8")

    with pytest.raises(loader.Broken) as broken:
        loader.load(tmp_path / "c", rules=rules.known())

    said = str(broken.value).splitlines()
    assert said[0].startswith("skeletons/form.md:1:1: A skeleton has at most 20,000 characters")
    assert said[1] == "skeletons/policy.md:3:1: The file is not UTF-8 from here on; save it as UTF-8."


def test_the_shipped_configuration_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types/document.yaml").write_text("ours", encoding="utf-8")

    with pytest.raises(FileExistsError):
        folder.assemble(tmp_path)

    assert [path.name for path in sorted(tmp_path.rglob("*.yaml"))] == ["document.yaml"]
    assert (tmp_path / "types/document.yaml").read_text(encoding="utf-8") == "ours"


def test_the_names_that_tests_pass_are_the_ones_that_the_valid_configuration_uses() -> None:
    """Else a case could be broken for a reason that nobody meant."""
    assert problems(VALID) == []
    assert {act.split(".")[0] for act in ACTS} >= TYPES
