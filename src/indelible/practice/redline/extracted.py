"""The only place that turns the text that was read out of a file into blocks of a redline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from indelible.practice.redline.blocks import Block, settled
from indelible.practice.redline.words import split


def blocks(found: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Give headings, paragraphs and tables as blocks."""
    return settled([(_block(one), 0) for one in found], "")


def _block(one: Mapping[str, Any]) -> Block:
    if one["kind"] == "table":
        return Block("table", rows=tuple(tuple(tuple(split(str(cell))) for cell in row) for row in one["rows"]))
    return Block(str(one["kind"]), tuple(split(str(one["text"]))), level=int(one.get("level", 0)))
