"""Words are the same wherever they are indexed, asked for and marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indelible.infra import words

pytestmark = pytest.mark.engine_free


@given(st.text())
def test_what_is_asked_for_holds_nothing_but_letters_and_digits(text: str) -> None:
    for term in words.terms_of(text):
        assert term.word.isalnum() or all(words.WORD.fullmatch(c) for c in term.word)
        assert not set(term.word) & set("\"'*():&|!<>\\ \0")


@given(st.text())
def test_every_text_is_found_by_itself(text: str) -> None:
    held = words.words_of(text).split(" ")

    for term in words.terms_of(text):
        assert any(word.startswith(term.word) if term.begins else word == term.word for word in held), term


@given(st.text(), st.text())
def test_a_piece_is_cut_out_of_the_text_as_it_is(text: str, asked: str) -> None:
    cut = words.pieces(text, words.terms_of(asked))

    assert "".join(part for part, _ in cut).removeprefix("… ").removesuffix(" …") in text
    assert not cut or any(marked for _, marked in cut)
    assert "".join(part for part, _ in words.marked(text, words.terms_of(asked))) == text


def test_more_words_than_an_index_takes_are_left_out() -> None:
    held = words.words_of(" ".join(f"word{i}" for i in range(200_000)))

    assert len(held) < words.MOST_BYTES


def test_text_reads_without_the_signs_of_markdown() -> None:
    marked = "## 1 Purpose\n\n**Bold** and [a link](/r/SOP-1)\n\n> said\n\n| a | b |\n* item with p > 0.05 and 2*3 `code`"

    assert words.plain(marked) == "1 Purpose Bold and a link said a b item with p > 0.05 and 2*3 code"
