"""The only place that finds the numbers of records in authored text, and what they lead to for one reader.

A number is a way to a record only for whoever may see that record: to everybody else it is a word, as is the number of
what does not exist. Nothing is kept: what a text cites is read from the text (docs/decisions/0016).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Q

from indelible.infra import search, words
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice.models import SearchEntry
from indelible.practice.queries import Viewer, visible

NUMBER = re.compile(
    r"(?<![\w./-])[A-Z][A-Z0-9]{1,5}(?:-[A-Z][A-Z0-9]{1,5})?-[0-9]{2,8}(?:-[A-Z][0-9]{2,8}|\.[0-9]{2,3})?(?![\w-])"
)
MOST = 500  # numbers of one text that are looked up; more is a list, not a text


def numbers(texts: Iterable[str]) -> list[str]:
    """Give what looks like the number of a record, in order, each once."""
    return list(dict.fromkeys(found for text in texts for found in NUMBER.findall(text)))[:MOST]


def known(view: Viewer, texts: Iterable[str]) -> list[str]:
    """Give the numbers and series that texts name and that lead this reader somewhere, with one query."""
    asked = numbers(texts)
    if not asked:
        return []
    rows = Record.objects.filter(visible(view), Q(number__in=asked) | Q(series__in=asked))
    seen = {name for pair in rows.values_list("number", "series") for name in pair}
    return [number for number in asked if number in seen]


def texts(declaration: TypeDeclaration, values: Mapping[str, object]) -> list[str]:
    """Give the authored texts of a content, as they are written."""
    return [str(values[f.name]) for f in declaration.live_fields() if f.kind == "rich_text" and values.get(f.name)]


def ended(view: Viewer, record: Record) -> list[tuple[str, Record]]:
    """Give what the texts of a record name and what is in force no more: the number as written, and what ended last.

    A series counts by all of its revisions: named by its number, it has ended when none is in force. What never was in
    force has not ended. Only what this reader may see is told of.
    """
    asked = numbers(texts(records.type_of(record), records.values(record)))
    if not asked or record.standing == "past":
        return []
    rows = list(Record.objects.filter(visible(view), Q(number__in=asked) | Q(series__in=asked)))
    found = []
    for name in asked:
        named = [one for one in rows if name in (one.number, one.series) and one.series != (record.series or record.number)]
        past = [one for one in named if one.standing == "past" and one.in_force_until is not None]
        if past and all(one.standing != "in_force" for one in named):
            found.append((name, max(past, key=lambda one: (one.in_force_until is not None, one.in_force_until))))
    return found


def citing(view: Viewer, record: Record) -> list[Record]:
    """Give the records, not past, whose text names this one or any of its revisions, by number, as far as this reader sees.

    The index of the search finds them, so it follows a change by a moment; the text itself then decides.
    """
    name = record.series or record.number
    keys = search.mentioning(words.terms_of(name), size=2 * MOST)
    # Its own entry has its number too, and mostly no other has: then nobody's rights have to be asked.
    entries = SearchEntry.objects.filter(pk__in=keys).exclude(record_id=record.pk) if keys else SearchEntry.objects.none()
    rows = entries.values_list("record_id", "version", "text")
    said = {pk: version for pk, version, text in rows if _names(text, name)}
    if not said:
        return []
    heads = Record.objects.filter(visible(view), pk__in=said).exclude(pk=record.pk).order_by("number")
    heads = heads.exclude(series=record.series) if record.series else heads
    return [one for one in heads if one.standing != "past" and one.version == said[one.pk]]


def _names(text: str, name: str) -> bool:
    return any(found == name or found.startswith(f"{name}.") for found in NUMBER.findall(text))


def pieces(text: str, cited: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Split a text at the numbers that lead somewhere: (words, where they lead or nothing)."""
    at = 0
    for found in NUMBER.finditer(text):
        if url := cited.get(found.group()):
            if found.start() > at:
                yield text[at : found.start()], ""
            yield found.group(), url
            at = found.end()
    if at < len(text) or not text:
        yield text[at:], ""
