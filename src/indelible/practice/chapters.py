"""The only place that says which chapters a text has, under which address each stands on its page, and which of them changed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice.redline import blocks, sections

PREFIX = "s-"  # of the address of a chapter on its page: s-1, s-2
LONG = 600  # characters from which a text is a page of its own instead of a value among others
FEWEST = 3  # chapters from which a table of contents helps, and it is kept how far somebody has read


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the highest kind and everything below it; `key` is the same for two that read the same."""

    place: str
    title: str
    key: Hashable

    @property
    def number(self) -> str:
        """Give the number that the author gave it, such as 5; empty for none."""
        return self.title.partition(" ")[0].rstrip(".") if self.title[:1].isdigit() else ""

    @property
    def name(self) -> str:
        """Give the heading without its number, as it is recognised in another revision."""
        return sections.plain_title(self.title)


def of(text: str) -> list[Chapter]:
    """Give the chapters of a text in their order; none for a text without headings."""
    read = blocks.read(text)
    highest = min((one.level for one in read if one.kind == "heading"), default=0)
    found: list[tuple[str, list[Hashable]]] = []
    for one in read:
        if one.kind == "heading" and one.level == highest:
            found.append((one.text, []))
        elif found:
            found[-1][1].append(one.key)
    return [Chapter(f"{PREFIX}{at}", title, tuple(keys)) for at, (title, keys) in enumerate(found, 1)]


def kept(text: str) -> list[Chapter]:
    """Give the chapters of a text of which it is kept how far somebody has read: none of a short one."""
    found = of(text) if len(text) > LONG else []
    return found if len(found) >= FEWEST else []


def text_of(number: str) -> str:
    """Give the text of a record by its number: the first that it holds, empty for none."""
    record = Record.objects.filter(number=number).first()
    return text_in(record) if record else ""


def text_in(record: Record) -> str:
    """Give the text that a record holds, the first where there are several; empty for none."""
    values = records.values(record)
    texts = (values[field.name] for field in records.type_of(record).live_fields() if field.kind == "rich_text")
    return next((str(text) for text in texts if text), "")


def place(text: str, section: str) -> str:
    """Give the address of the chapter in which a section such as 5.2 stands; empty where there is none."""
    wanted = section.strip().partition(".")[0]
    return next((one.place for one in of(text) if wanted and one.number == wanted), "")


def changed(old: str, new: str) -> frozenset[str]:
    """Give the addresses of the chapters of a text that are new or do not read as they did in an earlier one."""
    before = {(one.name, one.key) for one in of(old)}
    return frozenset(one.place for one in of(new) if (one.name, one.key) not in before)
