"""Properties: whatever two texts hold, both can be read out of their redline again, and equal texts have none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indelible.practice.redline import blocks, tables, texts, words
from indelible.practice.redline.words import Budget, Word

pytestmark = pytest.mark.engine_free
WORD = st.sampled_from(
    ["the", "box", "freezer", "11.8", "a", "**b**", "`c`", "[d](https://e.f)", "![g](h.png)", "é", "试", "."]
)
LINE = st.lists(WORD, min_size=1, max_size=9).map(" ".join)
BLOCK = st.one_of(
    LINE,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), LINE),
    st.lists(LINE, min_size=1, max_size=3).map(lambda items: "\n".join(f"- {one}" for one in items)),
    st.lists(LINE, min_size=1, max_size=3).map(lambda items: "\n".join(f"{n}. {one}" for n, one in enumerate(items, 2))),
    st.lists(st.tuples(LINE, LINE), min_size=1, max_size=4).map(
        lambda rows: "\n".join(["| h | k |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])
    ),
    LINE.map("> {}".format),
    LINE.map("```\n{}\n```".format),
)
WRITTEN = st.lists(BLOCK, max_size=8).map("\n\n".join)
ANYTHING = st.one_of(WRITTEN, st.text(max_size=200), st.text(alphabet="#>-*_`[]()!|1. \na\t", max_size=120))


@settings(max_examples=150, deadline=None)
@given(ANYTHING, ANYTHING)
def test_both_texts_can_be_put_together_again(old: str, new: str) -> None:
    change = texts.compare_markdown(old, new, Budget())

    assert [b.key for b in change.old_blocks()] == [b.key for b in blocks.read(old)]
    assert [b.key for b in change.new_blocks()] == [b.key for b in blocks.read(new)]
    for text, found in ((old, change.old_blocks()), (new, change.new_blocks())):
        assert not found or "".join(b.source for b in found) == text


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_equal_texts_have_no_difference(text: str) -> None:
    change = texts.compare_markdown(text, text, Budget())

    assert not change.changed
    assert not change.unseen


@settings(max_examples=150, deadline=None)
@given(WRITTEN, WRITTEN)
def test_the_words_of_a_changed_block_keep_their_order_and_their_setting(old: str, new: str) -> None:
    for change in texts.compare_markdown(old, new, Budget()).blocks():
        if change.status != "changed" or change.table or change.old is None or change.new is None:
            continue
        for side, op in ((change.old, "ins"), (change.new, "del")):
            kept = [word for segment in change.segments if segment.op != op for word in segment.words]
            assert words.plain(kept) == words.plain(side.words)
            assert [w[1:] for w in kept if w.text] == [w[1:] for w in side.words if w.text]


@settings(max_examples=150, deadline=None)
@given(WRITTEN, WRITTEN)
def test_a_section_is_in_the_redline_once_and_in_the_order_of_the_new_text(old: str, new: str) -> None:
    parts = texts.compare_markdown(old, new, Budget()).parts
    here = [part.section.index for part in parts if part.section and part.status != "removed" and not part.left]
    came = [block.new.index for part in parts for block in part.blocks if block.new]

    assert came == sorted(came)
    assert len(here) == len(set(here)) or not blocks.read(new)
    assert [p.section.index for p in parts if p.left and p.section] == sorted(
        p.moved_from.index for p in parts if p.moved_from
    )


CELLS = st.lists(st.lists(LINE.map(words.split).map(tuple), min_size=2, max_size=2).map(tuple), max_size=6)


@settings(max_examples=150, deadline=None)
@given(CELLS, CELLS)
def test_both_tables_can_be_put_together_again(
    old: list[tuple[tuple[Word, ...], ...]], new: list[tuple[tuple[Word, ...], ...]]
) -> None:
    change = tables.compare_tables(old, new, Budget())

    for place, table, op in ((0, old, "ins"), (1, new, "del")):
        rows = [row for row in change.rows if (row.old, row.new)[place] is not None]
        assert [(row.old, row.new)[place] for row in rows] == list(range(len(table)))
        for row, was in zip(rows, table, strict=True):
            said = [
                "".join(words.plain(s.words) for s in cell.segments if s.op != op)
                for cell, pair in zip(row.cells, change.columns, strict=True) if pair[place] is not None
            ]  # fmt: skip
            assert said == [words.plain(cell) for cell in was]
