"""Golden cases of the redline: one change at a time, and nothing else shown as changed."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from indelible.kernel.types import FieldDeclaration, Move, State, TypeDeclaration
from indelible.practice.redline import blocks, contents, texts
from indelible.practice.redline.texts import BlockChange, TextChange
from indelible.practice.redline.words import Budget, plain

pytestmark = pytest.mark.engine_free
PROCEDURE = """Controlled text.

## 1 Purpose

Keeps samples whole from receipt to disposal.

## 2 Receipt

1. Look at the parcel and at its label.
2. Write down the temperature within 15 minutes.

| System | When |
|---|---|
| Freezer F-01 | Daily |
| Reader ER-01 | Quarterly |

## 3 Storage

![The way of a sample](way.png)

Each box has a place, and the place is written on the box.

## 4 Finding

A query is answered within ten working days.

## 5 Records

Kept for fifteen years.
"""
OLD_PICTURE, NEW_PICTURE = {"way.png": "a" * 64}, {"way.png": "b" * 64}


def compared(old: str, new: str, budget: Budget | None = None) -> TextChange:
    return texts.compare_markdown(
        old, new, budget or Budget(), old_pictures=OLD_PICTURE, new_pictures=OLD_PICTURE
    )  # fmt: skip


def differing(change: TextChange) -> list[BlockChange]:
    return [block for block in change.blocks() if block.status != "same"]


def told(change: BlockChange) -> list[tuple[str, str]]:
    return [(segment.op, plain(segment.words)) for segment in change.segments]


def test_a_word_is_shown_as_a_word_with_the_space_before_it() -> None:
    change = compared(PROCEDURE, PROCEDURE.replace("15 minutes", "30 minutes"))

    (only,) = differing(change)
    assert told(only) == [
        ("same", "Write down the temperature within"),
        ("del", " 15"),
        ("ins", " 30"),
        ("same", " minutes."),
    ]


def test_a_sentence_before_another_leaves_the_other_alone() -> None:
    change = compared("Reviewer signs.", "The first reviewer agrees. Reviewer signs.")

    (only,) = differing(change)
    assert told(only) == [("ins", "The first reviewer agrees. "), ("same", "Reviewer signs.")]


def test_lines_that_were_wrapped_elsewhere_are_no_change_and_it_is_said() -> None:
    change = compared("One line of\nwords here.", "One line\nof words here.")

    assert not change.changed
    assert change.unseen


def test_emphasis_and_the_address_of_a_link_are_changes() -> None:
    for old, new in (("a word", "a **word**"), ("[see](https://a.example)", "[see](https://b.example)"), ("`x`", "x")):
        assert compared(old, new).changed, (old, new)


def test_a_table_is_compared_by_row_and_cell() -> None:
    cell = compared(PROCEDURE, PROCEDURE.replace("| Freezer F-01 | Daily", "| Freezer F-01 | Weekly"))
    row = compared(PROCEDURE, PROCEDURE.replace("| Reader ER-01 | Quarterly |", "| ddPCR DP-01 | Before release |"))
    added = compared(PROCEDURE, PROCEDURE.replace("| Reader", "| Hood H-02 | Yearly |\n| Reader"))

    rows = [one.table for change in (cell, row, added) for one in differing(change)]
    assert [[r.status for r in table.rows] for table in rows if table] == [
        ["same", "changed", "same"],
        ["same", "same", "removed", "added"],
        ["same", "same", "added", "same"],
    ]
    assert rows[0] is not None
    assert [c.changed for c in rows[0].rows[1].cells] == [False, True]


def test_a_column_that_came_changes_no_other_cell() -> None:
    change = compared("| a | b |\n|-|-|\n| one | two |", "| a | new | b |\n|-|-|-|\n| one | x | two |")

    (only,) = differing(change)
    assert only.table is not None
    assert only.table.columns == ((0, 0), (None, 1), (1, 2))
    assert [[c.changed for c in row.cells] for row in only.table.rows] == [[False, True, False]] * 2


def test_an_image_is_another_one_when_its_bytes_are() -> None:
    change = texts.compare_markdown(
        PROCEDURE, PROCEDURE, Budget(), old_pictures=OLD_PICTURE, new_pictures=NEW_PICTURE
    )  # fmt: skip

    (only,) = differing(change)
    marks = [(s.op, w.marks[-1][:2]) for s in only.segments for w in s.words]
    assert marks == [("del", ("image", "a" * 64)), ("ins", ("image", "b" * 64))]
    assert not change.unseen


def test_a_section_that_moved_whole_is_shown_as_moved_with_what_changed_in_it() -> None:
    finding = "## 4 Finding\n\nA query is answered within ten working days.\n\n"
    moved = PROCEDURE.replace(finding, "").replace("## 2 Receipt", finding.replace("ten", "five") + "## 2 Receipt")
    change = compared(PROCEDURE, moved)

    (part,) = [part for part in change.parts if part.moved_from]
    assert (part.title, part.came_after, part.edits) == ("4 Finding", "3 Storage", 1)
    assert [part.title for part in change.parts if part.left] == ["4 Finding"]
    assert [told(one)[1:3] for one in differing(change)] == [[("del", " ten"), ("ins", " five")]]


def test_of_two_sections_that_changed_places_one_moved() -> None:
    change = compared("# a\n\nlong text of the first\n\n# b\n\nshort\n", "# b\n\nshort\n\n# a\n\nlong text of the first\n")

    assert [part.title for part in change.parts if part.moved_from] == ["b"]
    assert not differing(change)


def test_a_section_takes_those_below_it_along() -> None:
    old = "# x\n\nfirst words\n\n# y\n\nsecond words\n\n# big\n\nin it\n\n## below\n\nunder it\n"
    new = "# big\n\nin it\n\n## below\n\nunder it\n\n# x\n\nfirst words\n\n# y\n\nsecond words\n\n# z\n\nthird\n"
    change = compared(old + "\n# z\n\nthird\n", new)

    assert {(p.title, p.rides) for p in change.parts if p.moved_from} in (
        {("big", False), ("below", True)},
        {("x", False), ("y", False)},
    )
    assert not differing(change)


def test_a_heading_in_the_middle_leaves_the_paragraphs_alone() -> None:
    change = compared("# a\n\none two three\n\nfour five six\n", "# a\n\none two three\n\n# b\n\nfour five six\n")

    assert [(one.status, one.block.text) for one in differing(change)] == [("added", "b")]


def test_a_paragraph_that_stands_elsewhere_is_called_moved() -> None:
    one, two = "A paragraph of more than five words.", "Another one of more than five words too."
    change = compared(f"{one}\n\n# h\n\nx y z\n\n{two}\n", f"{two}\n\n{one}\n\n# h\n\nx y z\n")

    assert [(c.status, c.moved) for c in differing(change)] == [("added", True), ("removed", True)]


def test_items_of_lists_are_compared_one_by_one_and_renumbering_is_no_change() -> None:
    change = compared(PROCEDURE, PROCEDURE.replace("2. Write", "2. Call the courier when it is late.\n3. Write"))

    assert [(c.status, c.block.text) for c in differing(change)] == [("added", "Call the courier when it is late.")]


def test_a_paragraph_that_became_an_item_changed_though_its_words_stayed() -> None:
    (only,) = differing(compared("one two three", "- one two three"))

    assert (only.status, [s.op for s in only.segments]) == ("changed", ["same"])


def test_what_the_parser_would_drop_is_compared_as_it_was_written() -> None:
    deep = ">" * 40 + " the end"

    assert compared(deep, deep.replace("end", "start")).changed


def test_a_word_has_the_same_anchor_wherever_it_moves() -> None:
    before, after = blocks.read(PROCEDURE), blocks.read("New first.\n\n" + PROCEDURE)

    assert [b.anchor for b in before] == [b.anchor for b in after][1:]
    assert len({b.anchor for b in blocks.read("same\n\nsame\n\nsame\n")}) == 3


def declared(*fields: FieldDeclaration) -> TypeDeclaration:
    return TypeDeclaration.model_validate(
        {"type": "thing", "label": "Thing", "plural": "Things", "number": {"prefix": "TH"}, "title": "title",
         "retention": "x", "create": ["author"], "fields": [f.model_dump() for f in fields], "initial": "a",
         "lifecycle": {"a": State(seen_by=["reader"], moves={"go": Move(to="b", by=["reader"], past="gone")}).model_dump(),
                       "b": State(seen_by=["reader"]).model_dump()}},
    )  # fmt: skip


FIELDS = (
    FieldDeclaration(id=1, name="title", kind="text"),
    FieldDeclaration(id=2, name="text", kind="rich_text"),
    FieldDeclaration(id=3, name="due", kind="date"),
    FieldDeclaration(id=4, name="files", kind="files", many=True),
    FieldDeclaration(id=5, name="people", kind="person", many=True),
)


def file(name: str, letter: str) -> dict[str, object]:
    return {"name": name, "sha256": letter * 64, "size": 1, "media_type": "image/png"}


def test_fields_are_counted_by_what_changed_in_them() -> None:
    thing = declared(*FIELDS)
    old = {"1": "Handling", "2": PROCEDURE, "3": "2026-11-23", "4": [file("way.png", "a"), file("x.png", "x")],
           "5": [{"person": "1", "name": "Ann"}]}  # fmt: skip
    new = {**old, "1": "Handling of samples", "2": PROCEDURE.replace("Daily", "Weekly"), "3": "2026-12-01",
           "4": [file("way.png", "b"), file("y.png", "x")]}  # fmt: skip
    change = contents.compare_contents((thing, thing), old, new)

    assert change.counts() == Counter({"field": 2, "cell": 1, "image": 1, "file": 2})
    assert {f.field.name: f.status for f in change.fields}["people"] == "same"
    assert [f.status for f in change.fields[3].files] == ["replaced", "renamed"]
    assert [s.op for s in change.fields[2].segments] == ["del", "ins"]
    assert not contents.compare_contents((thing, thing), old, old).changed


def test_a_field_that_a_declaration_no_longer_has_is_shown_as_removed() -> None:
    old, new = declared(*FIELDS), declared(FIELDS[0])
    change = contents.compare_contents((old, new), {"1": "a", "3": "2026-11-23"}, {"1": "a"})

    assert [(f.field.name, f.status) for f in change.fields] == [("title", "same"), ("due", "removed")]


def long_text(seed: str, every: int) -> str:
    words = [f"{seed if n % every == 0 else 'word'}{n * 7919 % 2003}" for n in range(25_000)]
    paragraphs = [" ".join(words[at : at + 40]) + "." for at in range(0, len(words), 40)]
    return "\n\n".join(f"## {n // 15} Part\n\n{p}" if n % 15 == 0 else p for n, p in enumerate(paragraphs))


@pytest.mark.parametrize(
    ("old", "new"),
    [(long_text("word", 2), long_text("other", 31)), (long_text("word", 2), long_text("all", 1))],
    ids=["every paragraph", "every word"],
)
def test_sixty_pages_take_two_seconds_at_most(old: str, new: str) -> None:
    began = time.process_time()
    change = compared(old, new)
    took = time.process_time() - began

    print(f"25,000 words on each side: {took:.2f} s, {len(differing(change))} blocks differ")
    assert change.changed
    assert took < 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\n\n" * 50_000, "b\n\na\n\n" * 25_000),
        ("a b " * 50_000, "b c " * 50_000),
        ("|a|b|\n|-|-|\n" + "|x|y|\n" * 5_900, "|a|b|\n|-|-|\n" + "|z|y|\n" * 5_900),
        ("# a\n" * 5_900, "# b\n# a\n" * 2_900),
        (">" * 50_000 + "a", "> " * 50_000),
        ("*a " * 20_000, "*b " * 20_000),
    ],
    ids=["paragraphs", "one paragraph", "rows", "headings", "quotes", "stars"],
)
def test_a_text_that_was_made_to_be_slow_is_bounded_and_it_is_said(old: str, new: str) -> None:
    budget, began = Budget(), time.process_time()
    change = compared(old, new, budget)
    took = time.process_time() - began

    assert change.changed
    assert took < 15
    print(f"{took:.1f} s, spent: {budget.spent}")
