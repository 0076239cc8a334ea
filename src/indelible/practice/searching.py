"""What people and programs search: numbers first, then titles, then the text of fields and files; only what they may see.

Every hit has passed the same condition as the lists. A piece of text is shown only of a record that is shown, and only
when the index holds the version that the record has now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from indelible.infra import search, words
from indelible.infra.search import TEXT, TITLE
from indelible.infra.words import Term
from indelible.kernel.models import Record
from indelible.practice import indexing
from indelible.practice.models import FileText, SearchEntry
from indelible.practice.narrowing import end_of
from indelible.practice.queries import BULKY, Viewer, visible

PAGE, LONGEST = 20, 300
STEPS = (100, 300)  # entries looked through at a time, before the rest is left to the database
NUMBERS = 2  # beside infra's TITLE and TEXT: found by its number
ORDER = (NUMBERS, TITLE, TEXT)
LETTERS = {NUMBERS: "n", TITLE: "t", TEXT: "x"}
TEXTS_ONLY = LETTERS[TEXT]  # the cursor before the first of those that are found by their text alone

Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: a text, and what narrows it down."""

    text: str
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    owner: UUID | None = None
    since: datetime | None = None

    @property
    def terms(self) -> list[Term]:
        """Give the words that must all be there."""
        return words.terms_of(self.text[:LONGEST])

    @property
    def number(self) -> str:
        """Give the text as a number could begin, empty where no number can."""
        text = words.UNSAID.sub(" ", self.text[:LONGEST]).strip()
        return "" if " " in text or not any(c.isalnum() for c in text) else text


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found: its title and a piece of its text, each cut into (text, marked); `file` when a file holds it.

    `unindexed` says that reading its text went wrong, so that only number and title can be found.
    """

    record: Record
    title: tuple[Piece, ...]
    pieces: tuple[Piece, ...] = ()
    file: str = ""
    unindexed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, the cursor of the next one, and whether the newest changes are still being read."""

    hits: list[Hit]
    next: str | None
    behind: bool


def day_begins(day: str, zone: str) -> datetime:
    """Give the moment at which a day begins in a zone; raises Invalid for what is no day."""
    end_of(day, zone)
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))


def find(view: Viewer, asked: Asked, *, cursor: str | None = None, size: int = PAGE) -> Found:
    """Find a page of records, full as long as there are more that this person may see."""
    late = indexing.behind()
    begin, key = _read(cursor)
    found: list[Record] = []
    following: str | None = None
    for where in ORDER[ORDER.index(begin) :]:
        if len(found) >= size:
            if not _part(view, asked, where, None, 1, late)[0]:
                continue
            following = LETTERS[where]
            break
        some, last = _part(view, asked, where, key, size - len(found), late)
        known = {record.pk for record in found}
        found += [record for record in some if record.pk not in known]
        key = None
        if last is not None:
            following = f"{LETTERS[where]}{last}"
            break
    return Found(_hits(found, asked.terms), following, bool(late))


def titled(view: Viewer, text: str, *, kinds: Sequence[str] = (), limit: int = 12) -> list[Record]:
    """Find records by number or title only, for what is chosen while typing; it never lags behind."""
    asked = Asked(text, tuple(kinds))
    late = indexing.behind()
    found: dict[UUID, Record] = {}
    for where in (NUMBERS, TITLE):
        if len(found) < limit:
            found |= {record.pk: record for record in _part(view, asked, where, None, limit - len(found), late)[0]}
    return list(found.values())


def _shown(view: Viewer, asked: Asked, kinds: Sequence[str] = ()) -> QuerySet[Record]:
    """Give what this person may see of what was asked for; of some types only, where it is known that no others matter."""
    if kinds and asked.kinds and not (kinds := [kind for kind in kinds if kind in asked.kinds]):
        return Record.objects.none()
    condition = visible(view, kinds or asked.kinds)
    if asked.states:
        condition &= Q(state__in=asked.states)
    if asked.owner:
        condition &= Q(owner_id=asked.owner)
    if asked.since:
        condition &= Q(updated_at__gte=asked.since)
    return Record.objects.filter(condition).defer(*BULKY)


def _part(view: Viewer, asked: Asked, where: int, key: str | None, size: int,
          late: list[UUID]) -> tuple[list[Record], str | None]:  # fmt: skip
    """Give one part of a page, and after what to go on where there may be more of it."""
    if where == NUMBERS:
        return _numbered(view, asked, key, size)
    fresh = _fresh(view, asked, late)[:size] if where == TITLE and key is None else []
    found, last = _indexed(view, asked, where, int(key) if key else None, max(1, size - len(fresh)))
    known = {record.pk for record in fresh}
    return [*fresh, *(record for record in found if record.pk not in known)], last


def _numbered(view: Viewer, asked: Asked, key: str | None, size: int) -> tuple[list[Record], str | None]:
    """Go through the numbers that begin as asked, in their order, as `_indexed` goes through the entries."""
    condition = _numbers(asked.number)
    if condition is None:
        return [], None
    numbers = Record.objects.filter(condition).order_by("number").values_list("number", "type")
    heads = list((numbers.filter(number__gt=key) if key else numbers)[: STEPS[0]])
    if not heads:
        return [], None
    rows = _shown(view, asked, sorted({kind for _, kind in heads})).filter(number__in=[number for number, _ in heads])
    found = list(rows.order_by("number")[: size + 1])
    if len(found) <= size and len(heads) == STEPS[0]:
        rest = _shown(view, asked).filter(condition, number__gt=heads[-1][0]).order_by("number")
        found += rest[: size + 1 - len(found)]
    return _exact_first(found[:size], asked), found[size - 1].number if len(found) > size else None


def _exact_first(found: list[Record], asked: Asked) -> list[Record]:
    exact = asked.number.casefold()
    return sorted(found, key=lambda r: (r.number.casefold() != exact, r.standing == "past", r.number))


def _numbers(number: str) -> Q | None:
    if not number:
        return None
    condition = search.begins("number", number)
    return condition if number == number.upper() else condition | search.begins("number", number.upper())


def _indexed(view: Viewer, asked: Asked, where: int, before: int | None, size: int) -> tuple[list[Record], str | None]:
    """Go through the entries, newest first, until enough of them may be seen; says after which one to go on.

    It never stops before: that there is more would then say something of what this person may not see.
    """
    found: dict[int, Record] = {}
    for step in STEPS:
        keys = search.candidates(asked.terms, where, before=before, size=step)
        seen = _seen(view, asked, keys, size + 1 - len(found))
        found |= {key: seen[key] for key in keys if key in seen}
        if len(found) > size or len(keys) < step:
            return _first(found, size)
        before = keys[-1]
    # Few of those that have the words may be seen: the rest is one query of the database's own.
    rest = _entered(_shown(view, asked), asked).filter(entry__id__in=search.matching(asked.terms, where, before=before))
    found |= {record.place: record for record in rest.order_by("-place")[: size + 1 - len(found)]}
    return _first(found, size)


def _first(found: dict[int, Record], size: int) -> tuple[list[Record], str | None]:
    keys = list(found)[:size]
    return [found[key] for key in keys], str(keys[-1]) if len(found) > size else None


def _seen(view: Viewer, asked: Asked, keys: list[int], size: int) -> dict[int, Record]:
    """Give, by entry, the newest of what may be seen; what was found by its number stands in its own part, not here again."""
    if not keys:
        return {}
    # The condition of a few types is a fraction of the work that the condition of all types is.
    kinds = list(Record.objects.filter(entry__id__in=keys).order_by().values_list("type", flat=True).distinct())
    rows = _entered(_shown(view, asked, kinds), asked).filter(entry__id__in=keys)
    return {record.place: record for record in rows.order_by("-place")[:size]}


def _entered(rows: QuerySet[Record], asked: Asked) -> QuerySet[Any]:
    numbered = _numbers(asked.number)
    return (rows.exclude(numbered) if numbered else rows).annotate(place=F("entry__id"))


def _fresh(view: Viewer, asked: Asked, late: list[UUID]) -> list[Record]:
    """Give what the index has not followed yet and whose title fits: a title never lags behind its record."""
    terms = asked.terms
    if not terms or not late:
        return []
    said = Record.objects.filter(pk__in=late).values_list("pk", "type", "number", "title")
    fitting = [(pk, kind) for pk, kind, number, title in said if _fits(words.words_of(f"{number} {title}").split(), terms)]
    if not fitting:
        return []
    rows = _shown(view, asked, sorted({kind for _, kind in fitting})).filter(pk__in=[pk for pk, _ in fitting])
    numbered = _numbers(asked.number)
    return list((rows.exclude(numbered) if numbered else rows).order_by("-updated_at"))


def _fits(said: list[str], terms: list[Term]) -> bool:
    return all(any(word.startswith(t.word) if t.begins else word == t.word for word in said) for t in terms)


def _hits(found: list[Record], terms: list[Term]) -> list[Hit]:
    rows = SearchEntry.objects.filter(record_id__in=[record.pk for record in found]).values_list(
        "record_id", "version", "text", "tries"
    )
    texts = {(pk, version): (text, tries) for pk, version, text, tries in rows}
    found_texts = [(record, *texts.get((record.pk, record.version), (None, 0))) for record in found]
    hits = {record.pk: _hit(record, text, tries, terms) for record, text, tries in found_texts}
    bare = [
        record.pk
        for record, text, tries in found_texts
        if terms and text is not None and not tries and not hits[record.pk].pieces
    ]
    # Most of these have no file: which of them do is asked for all at once, and only theirs are read.
    filed = FileText.objects.filter(record_id__in=bare, state=indexing.READ) if bare else FileText.objects.none()
    hits |= {pk: _in_a_file(hits[pk], terms) for pk in filed.values_list("record_id", flat=True).distinct()}
    return list(hits.values())


def _hit(record: Record, text: str | None, tries: int, terms: list[Term]) -> Hit:
    title = tuple(words.marked(record.title, terms))
    if text is None or tries or not terms:
        return Hit(record, title, unindexed=tries > 0)
    return Hit(record, title, tuple(words.pieces(text, terms)))


def _in_a_file(hit: Hit, terms: list[Term]) -> Hit:
    read = FileText.objects.filter(record_id=hit.record.pk, state=indexing.READ).order_by("id")
    for name, inside in read.values_list("name", "text"):
        if pieces := words.pieces(inside, terms):
            return replace(hit, pieces=tuple(pieces), file=name)
    return hit


def _read(cursor: str | None) -> tuple[int, str | None]:
    """Read a cursor; what is none begins at the beginning."""
    letter, key = (cursor or "")[:1], (cursor or "")[1:]
    where = next((where for where, known in LETTERS.items() if known == letter), None)
    if where is None:
        return NUMBERS, None
    fits = not words.UNSAID.search(key) if where == NUMBERS else key.isascii() and key.isdigit() and len(key) < 19
    return where, key if fits and key else None
