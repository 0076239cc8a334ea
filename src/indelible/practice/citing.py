"""The only place that finds the numbers of records in authored text, and what they lead to for one reader.

A number is a way to a record only for whoever may see that record: to everybody else it is a word, as is the number of
what does not exist. Nothing is kept: what a text cites is read from the text (docs/decisions/0015).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Q

from indelible.kernel.models import Record
from indelible.practice.queries import Viewer, visible

NUMBER = re.compile(r"(?<![\w./-])[A-Z][A-Z0-9]{1,5}-[0-9]{2,8}(?:\.[0-9]{2,3})?(?![\w-])")
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
