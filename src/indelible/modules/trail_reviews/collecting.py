"""The only place that reads the trail of a period for its review: once through, counted, judged, sampled, and what is left said.

The sample is drawn by hashes: whoever has the seed and the leaves can draw it again, and nobody could choose either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import build, canonical, clock
from indelible.kernel import config, records
from indelible.kernel.configuration import Configuration
from indelible.kernel.models import AccessGrant, Event, Record, Refusal
from indelible.kernel.types import TypeDeclaration
from indelible.modules.trail_reviews import looking
from indelible.modules.trail_reviews.looking import SEVERITIES, Applied, Seen
from indelible.practice.history import IDENTIFIER

SHARE, LEAST, MOST = 0.02, 10, 60  # of the unflagged events of GxP types; practice, as Annex 11-9 names no figure
LINES = 400  # so many lines one record holds and people decide on; what is beyond is one line for each rule
CELL = 300  # characters of a cell
REFUSED = "Refused attempts"
READ_AT_ONCE = 500
SPAN = 3  # from so many positions in a row on only the first and the last are named


@dataclass(slots=True)
class Line:
    """What one rule found of one person on one record (or, by day, on one day), the earliest first."""

    rule: Applied
    first: Seen
    events: list[Seen] = field(default_factory=list)
    known: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """What was read: how much there was of each kind, what was flagged, and the leaves of the events of GxP types."""

    counts: Counter[str] = field(default_factory=Counter)
    flagged: dict[tuple[bool, int], str] = field(default_factory=dict)
    lines: dict[tuple[str, ...], Line] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    gxp: dict[int, tuple[str, str]] = field(default_factory=dict)
    events: int = 0
    refusals: int = 0


def rules_of(declaration: TypeDeclaration) -> tuple[list[Applied], list[str]]:
    """Give the rules that a configuration applies, and the words in it that name none."""
    lines = declaration.field("lines")
    column = next((one for one in lines.columns if one.name == "rule"), None) if lines else None
    return looking.applied(column.choices if column else ())


def collect(record: Record, values: dict[str, Any], configuration: Configuration) -> dict[str, Any]:
    """Give what the system writes into a review, by field: counts, lines, the rules, the sample, and what nobody looked at."""
    zone = ZoneInfo(configuration.company.zone)
    since, until = bounds(values, zone)
    rules, unknown = rules_of(configuration.type(record.type))
    found = _read(since, until, rules, configuration, zone)
    seed = bytes(Event.objects.get(record_id=record.pk, position=1).leaf).hex()
    drawn = draw(seed, {pk: leaf for pk, (leaf, _) in found.gxp.items() if (False, pk) not in found.flagged})
    sample = [_sampled(seen, configuration.company.zone) for seen in _again(drawn)]
    lines = _lines(found, rules, configuration.company.zone)
    return {
        "scope": _scope(values, configuration, unknown), "events": str(found.events), "refusals": str(found.refusals),
        "lines": lines, "rules": _rules(rules, unknown, found), "baseline": f"{configuration.sha256}, {build.identity().name}",
        "seed": seed, "drawn": _told(found, len(drawn)), "sample": sample, "not_looked_at": _rest(found, drawn, configuration),
        "decisions": [{"line": one["line"], "about": _about(one)} for one in lines],
    }  # fmt: skip


def bounds(values: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the moments at which the days of a review begin and are over."""
    first, last = (date.fromisoformat(values[name]) for name in ("period_from", "period_until"))
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def draw(seed: str, leaves: dict[int, str]) -> list[int]:
    """Draw the sample: those whose leaf, hashed behind the seed, comes first; 2 %, at least 10 and at most 60, or all there are."""
    size = min(MOST, max(LEAST, ceil(len(leaves) * SHARE)))
    return sorted(leaves, key=lambda pk: canonical.sha256(f"{seed}{leaves[pk]}").hex())[:size]


def _read(since: datetime, until: datetime, rules: list[Applied], configuration: Configuration, zone: ZoneInfo) -> Found:
    found, holidays = Found(), frozenset(configuration.policies.holidays)
    judges = [(one, one.rule.begin(looking.Setting(one.numbers, zone, holidays))) for one in rules]
    for seen in _seen(since, until):
        kind = REFUSED if seen.refused else seen.kind
        found.counts[kind] += 1
        found.events += not seen.refused
        found.refusals += seen.refused
        if not seen.refused and config.at(seen.data["baseline"]).type(seen.kind).gxp is not None:
            found.gxp[seen.pk] = (seen.leaf, seen.kind)
        for one, judge in judges:
            for hit in judge(seen):
                _flag(found, one, hit, zone)
    return found


def _flag(found: Found, one: Applied, hit: Seen, zone: ZoneInfo) -> None:
    place = str(hit.at.astimezone(zone).date()) if one.rule.by_day else hit.subject
    line = found.lines.setdefault((one.words, hit.by, place), Line(one, hit))
    if hit.pk in line.known:  # several edits in a row are found again with each further one
        return
    line.known.add(hit.pk)
    line.events.append(hit)
    line.first = min(
        line.first, hit, key=lambda one: one.at
    )  # a refused attempt is read after the events, and may be the earlier one
    found.hits[one.words] += 1
    found.flagged[hit.refused, hit.pk] = REFUSED if hit.refused else hit.kind


def _seen(since: datetime, until: datetime) -> Iterator[Seen]:
    """Read everything of the period once: its events in order of time, then its refused attempts."""
    people = _People()
    for rows, refused in ((Event.objects, False), (Refusal.objects, True)):
        within = rows.filter(at__gte=since, at__lt=until).order_by("at", "id").values_list("id", "at", "payload", "leaf")
        for pk, at, payload, leaf in within.iterator(READ_AT_ONCE):
            data = canonical.decode(payload)
            yield people.refusal(pk, at, bytes(leaf).hex(), data) if refused else event(pk, at, bytes(leaf).hex(), data)


def event(pk: int, at: datetime, leaf: str, data: dict[str, Any]) -> Seen:
    """Give an event as the rules look at it."""
    by = data["by"]
    if data["act"] == "person.note_export":  # noted by the system on the record of who did it
        head = Record.objects.get(number=data["number"])
        by = by | {
            "person": str(head.pk),
            "name": head.title,
            "user_id": _user_id(str(head.pk)),
            "roles": _roles(str(head.pk), at),
        }
    return Seen(
        pk=pk, refused=False, at=at, leaf=leaf, kind=data["type"], subject=data["number"], position=data["position"], act=data["act"],
        event=data["event"], reason=data.get("reason", ""), who=by["name"], user_id=by.get("user_id", ""), via=by["via"],
        roles=frozenset(label.partition("@")[0].partition(" ")[0] for label in by.get("roles", ())), by=by.get("person", ""),
        is_own=by.get("person") == data["record"], data=data,
    )  # fmt: skip


def _roles(person: str, at: datetime) -> set[str]:
    held = AccessGrant.objects.filter(person_id=person)
    return {one.role for one in held if one.from_at <= at and (one.until_at is None or one.until_at > at)}


class _People:
    """Who they are that were refused, whose refusal names them by id alone; each is read once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._numbers: dict[str, str] = {}

    def refusal(self, pk: int, at: datetime, leaf: str, data: dict[str, Any]) -> Seen:
        """Give a refused attempt as the rules look at it."""
        by = data.get("person") or ""
        who, user_id = self._of(by)
        return Seen(
            pk=pk, refused=True, at=at, leaf=leaf, kind=data["act"].partition(".")[0], subject=self._number(data["subject"]), position=0,
            act=data["act"], event=data["rule"], reason=data["text"], who=who, user_id=user_id, via=data["via"],
            roles=frozenset(_roles(by, at)) if by else frozenset(), by=by,
            is_own=by == data["subject"], data=data,
        )  # fmt: skip

    def _of(self, person: str) -> tuple[str, str]:
        if person not in self._known:
            name = Record.objects.filter(pk=person).values_list("title", flat=True).first() if person else "System"
            self._known[person] = (name or "Unknown", _user_id(person) if person else "")
        return self._known[person]

    def _number(self, subject: str) -> str:
        if subject not in self._numbers:
            is_id = IDENTIFIER.fullmatch(subject)
            number = Record.objects.filter(pk=subject).values_list("number", flat=True).first() if is_id else None
            self._numbers[subject] = number or subject
        return self._numbers[subject]


def _lines(found: Found, rules: list[Applied], zone: str) -> list[dict[str, Any]]:
    """Give the lines, the most serious first, then in the order of the rules and of time."""
    place = {one.words: at for at, one in enumerate(rules)}
    ranked = sorted(
        found.lines.values(),
        key=lambda one: (SEVERITIES.index(one.rule.rule.severity), place[one.rule.words], one.first.at, one.first.pk),
    )
    told = [_line(one, zone) for one in ranked[:LINES]]
    for words in dict.fromkeys(one.rule.words for one in ranked[LINES:]):
        rest = [one for one in ranked[LINES:] if one.rule.words == words]
        many = sum(len(one.events) for one in rest)
        told.append({
            "severity": rest[0].rule.rule.severity, "rule": words, "event": "Further ones", "at": clock.in_zone(rest[0].first.at, zone),
            "who": f"{len({one.first.by for one in rest})} people", "quality": True, "times": str(many),
            "what": f"{len(rest)} more lines of this rule than a review holds: look at them in the audit trail, or review fewer days.",
        })  # fmt: skip
    return [{"line": str(at), **one} for at, one in enumerate(told, 1)]


def _line(one: Line, zone: str) -> dict[str, Any]:
    first = one.first
    return {
        "severity": one.rule.rule.severity, "rule": one.rule.words, "event": _cut(_places(one.events)),
        "at": clock.in_zone(first.at, zone), "who": first.who, "user_id": first.user_id or None, "concerns": _concerned(first),
        "quality": any(each.quality for each in one.events), "what": _cut(_what(first)), "times": str(len(one.events)),
    }  # fmt: skip


def _concerned(one: Seen) -> str | None:
    """Give the user id of the person whose account or role it is about."""
    head = Record.objects.filter(number=one.subject).first()
    if head is None or head.type not in looking.ABOUT_PEOPLE:
        return None
    person = records.values(head).get("person") or {"person": str(head.pk)}
    return _user_id(person["person"]) or None


def _user_id(person: str) -> str:
    head = Record.objects.filter(pk=person, type="person").first()
    return str(records.values(head).get("user_id") or "") if head else ""


def _places(events: list[Seen]) -> str:
    """Name the events by record and position: `DEV-001 4, 7`; a refused attempt by its record alone."""
    by_record: dict[str, list[str]] = {}
    for one in events:
        by_record.setdefault(one.subject, []).extend([str(one.position)] if one.position else [])
    return "; ".join(f"{number} {_spans(places)}".strip() for number, places in by_record.items())


def _spans(places: list[str]) -> str:
    numbers = sorted({int(one) for one in places})
    unbroken = len(numbers) > SPAN and numbers[-1] - numbers[0] == len(numbers) - 1
    return f"{numbers[0]} to {numbers[-1]}" if unbroken else ", ".join(map(str, numbers))


def _what(one: Seen) -> str:
    if one.refused:
        return f"{one.act} was refused ({one.event}): {one.reason}"
    done = one.event.partition(".")[2].replace("_", " ")
    return f"{one.kind.replace('_', ' ')} {done}{f': {one.reason}' if one.reason else ''}"


def _about(line: dict[str, Any]) -> str:
    return _cut(f"{line['severity']}: {line['rule']}: {line['event']}, {line['who']}, {line['at']}")


def _again(drawn: list[int]) -> Iterator[Seen]:
    rows = {row.pk: row for row in Event.objects.filter(pk__in=drawn)}
    for pk in drawn:
        yield event(pk, rows[pk].at, bytes(rows[pk].leaf).hex(), canonical.decode(rows[pk].payload))


def _sampled(one: Seen, zone: str) -> dict[str, Any]:
    return {"event": f"{one.subject} {one.position}", "at": clock.in_zone(one.at, zone), "who": one.who, "what": _cut(_what(one)),
            "leaf": one.leaf}  # fmt: skip


def _rules(rules: list[Applied], unknown: list[str], found: Found) -> list[dict[str, Any]]:
    known = [{"rule": _cut(one.words), "says": one.rule.says, "severity": one.rule.severity, "found": str(found.hits[one.words])}
             for one in rules]  # fmt: skip
    return known + [{"rule": _cut(words), "says": "Not applied: this build knows no rule of that name with so many numbers."}
                    for words in unknown]  # fmt: skip


def _rest(found: Found, drawn: list[int], configuration: Configuration) -> list[dict[str, Any]]:
    """Give, for each kind, how many there were, how many are flagged or in the sample, and how many nobody looks at."""
    flagged, sampled = Counter(found.flagged.values()), Counter(found.gxp[pk][1] for pk in drawn)
    rows = []
    for kind in sorted(found.counts, key=lambda one: (one == REFUSED, one)):
        rest = found.counts[kind] - flagged[kind] - sampled[kind]
        label = configuration.types[kind].plural if kind in configuration.types else kind
        counts = {"all": found.counts[kind], "flagged": flagged[kind], "sampled": sampled[kind], "rest": rest}
        rows.append({"kind": label, **{name: str(value) for name, value in counts.items()}})
    return rows


def _told(found: Found, size: int) -> str:
    left = sum((False, pk) not in found.flagged for pk in found.gxp)
    return (
        f"{size} of {left} events that no rule flagged, of types that a predicate rule asks for: 2 %, at least {LEAST} and at most {MOST}. "
        "For each of them the SHA-256 of the seed followed by the event's leaf, both as written here, was computed; those that come first are the sample."
    )


def _scope(values: dict[str, Any], configuration: Configuration, unknown: list[str]) -> str:
    told = (
        f"All events and refused attempts of this system from {values['period_from']} to {values['period_until']}, whole days in "
        f"{configuration.company.zone}: security, roles, configuration, administrators, clocks and exports as well as the records."
    )
    return told + (f" Not applied, because this build does not know them: {'; '.join(unknown)}."[:400] if unknown else "")


def _cut(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 4]} ..."
