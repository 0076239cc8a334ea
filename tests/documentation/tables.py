"""How reference pages are written: Markdown tables whose cells cannot break them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written from the source by `python -m tests.documentation`; a test keeps it in step. Do not edit. -->"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give the lines of a table; without rows none."""
    lines = ["|" + "|".join(f" {told} " if (told := cell(one)) else " " for one in row) + "|" for row in rows]
    return [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings), *lines, ""] if lines else []


def cell(text: str) -> str:
    """Give a text as it can stand in a cell."""
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Give a text of the source as it stands: none of its characters is Markdown here."""
    escaped = re.sub(r"([\\`*\[\]])", r"\\\1", text)
    return escaped.replace("](", "]\\(").replace("<", "&lt;")


def code(text: object) -> str:
    """Give a name or a value as code."""
    return f"`{text}`"


def codes(names: Iterable[object]) -> str:
    """Give names as code, one after the other."""
    return ", ".join(code(name) for name in names)


def page(title: str, told: str, *parts: Iterable[str]) -> str:
    """Give a whole page."""
    lines = [f"# {title}", "", NOTICE, "", told, ""]
    for part in parts:
        lines += [*part]
    return "\n".join(lines).rstrip() + "\n"
