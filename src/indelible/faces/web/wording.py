"""The only place that puts outcomes and events into the words and shapes that the pages show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from indelible.infra import clock
from indelible.kernel import lifecycles, records
from indelible.kernel.config import Configuration
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.kernel.types import State
from indelible.practice import citing, duties, queries
from indelible.practice.history import Happening

Context = dict[str, Any]
AROUND = 40  # characters shown around the part of a long text that changed
DATED = (".extended", ".postponed", ".paused", ".resumed")  # events whose `to` is a moment
CLIPPED = 240  # characters of a long value shown in a timeline; the whole text is one click away
TONES = {"draft": "draft", "work": "work", "wait": "wait", "done": "done", "void": "void"}


def refusal(refused: Refused, *, number: str | None = None, reference: str = "") -> Context:
    """Give a refusal as the partials show it: what is missing, who could, which rule, what to do."""
    return {
        "title": refused.text,
        "missing": [_missing(one, number) for one in refused.missing],
        "who_can": [{"who": ", ".join(refused.who_can)}] if refused.who_can else [],
        "rule": {"id": refused.rule},
        "reference": reference,
        "next": [],
        "do": refused.do,
        "back": {"label": "Back to the record", "url": reverse("record", args=[number])} if number else None,
    }


def state(declared: State, name: str, *, late: bool = False) -> Context:
    """Give a lifecycle state as the partial draws it."""
    label = declared.label or name.replace("_", " ").capitalize()
    return {"label": label, "tone": "late" if late else TONES[declared.look], "share": 50}


def inside(words: str) -> str:
    """Give words as they stand inside a sentence; an abbreviation keeps its capitals."""
    return " ".join(word if sum(letter.isupper() for letter in word) > 1 else word.lower() for word in words.split(" "))


def entry(happening: Happening, configuration: Configuration) -> Context:
    """Give one event as the timeline shows it."""
    kind = "signature" if happening.signature else "human" if happening.person else "system"
    meaning = configuration.meanings[happening.signature.meaning].label if happening.signature else ""
    return {
        "kind": kind,
        "position": happening.position,
        "at": happening.at.astimezone(ZoneInfo(happening.zone)),
        "who": happening.who,
        "lead": _lead(happening),
        "say": _say(happening, configuration, meaning),
        "comment": remark(happening.note),
        "reason": happening.reason,
        "fields": [old_new(change.label, change.old, change.new) for change in happening.changes if not change.first],
        "url": f"{reverse('record', args=[happening.number])}#at-{happening.position}",
        "late": f"entered late: {', '.join(happening.late)}" if happening.late else None,
    }


def remark(note: Context) -> str | None:
    """Give what a comment said, of which words, and what it would rather have."""
    if "comment" not in note:
        return None
    quote = [f"On: “{_clip(note['quote'])}”"] if note.get("quote") else []
    words = [f"Rather: “{_clip(note['suggestion'])}”"] if "suggestion" in note else []
    return "\n".join([note["comment"], *quote, *words])


def signature(happening: Happening, configuration: Configuration, voided: Happening | None) -> Context:
    """Give a given signature: counting, or struck with whose act voided it."""
    given = happening.signature
    if given is None:
        raise LookupError(f"{happening.number} at position {happening.position} carries no signature")
    meaning, manifest = configuration.meanings[given.meaning], queries.manifest_of(given)
    shown = {
        "status": "void" if voided else "given",
        "name": given.printed_name,
        "title": queries.title_of(manifest["statement"]),
        "meaning": meaning.label,
        "meaning_text": meaning.text,
        "at": happening.at.astimezone(ZoneInfo(happening.zone)),
        "zone": happening.zone.rpartition("/")[2].replace("_", " "),
        "number": f"version {given.version}",
        "method": manifest["method"],
        "url": reverse("as_signed", args=[happening.number, happening.position]),
    }
    if voided:
        at = voided.at.astimezone(ZoneInfo(voided.zone))
        shown["voided_by"] = f"{_past(voided)} by {voided.who}, {at:%Y-%m-%d %H:%M}"
    return shown


def voiding(events: Iterable[Happening]) -> dict[int, Happening]:
    """Give, by position of a signature, the event that took its effect away."""
    return {voided["position"]: event for event in events for voided in event.voided}


def title(record: Record) -> str:
    """Give the title of a record as people read it: the words of a choice and not its key."""
    field = records.type_of(record).field(records.type_of(record).title or "")
    if field is None or field.kind != "choice":
        return record.title or record.number
    return kind_of(field).show(field, records.values(record).get(field.name)).capitalize() or record.number


def rail(record: Record, events: list[Happening], planned: dict[str, datetime], *, late: bool) -> list[Context]:
    """Give the way of a record: states that it passed through, where it is, and the usual way on.

    `planned` are the moments at which it goes on by itself, by the state that it goes to.
    """
    declaration = records.type_of(record)
    names = _path(record, events)
    ahead: list[str] = []
    here, values = declaration.lifecycle[record.state], records.values(record)
    while (step := _usual(here, values)) and step not in names + ahead:
        ahead.append(step)
        here = declaration.lifecycle[step]
    entered = {e.state: e for e in events if e.came_from != e.state}
    steps = [_step(record, name, declaration.lifecycle[name], entered.get(name), names, late) for name in names + ahead]
    zone = ZoneInfo(records.configuration_of(record).company.zone)
    for name, shown in zip(names + ahead, steps, strict=True):
        if name in planned and name not in names:
            shown["note"] = f"by itself {_day(planned[name].astimezone(zone))}"
    return steps


def _day(at: datetime) -> str:
    """Give a day as a rail does: the year only where it is not the present one."""
    return f"{at:%d %b}" if at.year == clock.now().astimezone(at.tzinfo).year else f"{at:%d %b %Y}"


def _path(record: Record, events: list[Happening]) -> list[str]:
    """Give the states that lead to the present one; what was sent back starts again from where it was sent."""
    path: list[str] = []
    for state in [*(e.state for e in events), record.state]:
        path = [*path[: path.index(state)], state] if state in path else [*path, state]
    return path


def _step(record: Record, name: str, declared: State, entered: Happening | None, passed: list[str], late: bool) -> Context:
    current = name == record.state
    note = f"{entered.who} · {_day(entered.at.astimezone(ZoneInfo(entered.zone)))}" if entered and name in passed else ""
    if current and record.due_at and entered:
        note = f"due {_day(record.due_at.astimezone(ZoneInfo(entered.zone)))}"
    label = declared.label or name.replace("_", " ").capitalize()
    done = (name in passed and not current) or (current and declared.look == "done")
    return {
        "label": label,
        "note": note,
        "done": done,
        "current": current,
        "late": current and late,
        "tone": "late" if current and late else TONES[declared.look] if current else "draft",
        "share": 50 if current else 0,
    }


def _usual(declared: State, values: Context) -> str | None:
    # The way ends where the record is done: what replaces it one day is not its next step.
    expected = sorted(declared.moves, key=lambda verb: verb != declared.work)
    moves = [declared.moves[verb] for verb in expected]
    ways = [m.to for m in moves if not m.danger and m.by != ["system"] and lifecycles.holds_when(m.when, values)]
    return ways[0] if ways and declared.look != "done" else None


def _lead(happening: Happening) -> str:
    return _past(happening).capitalize()


def _past(happening: Happening) -> str:
    return happening.event.partition(".")[2].replace("_", " ")


def _say(happening: Happening, configuration: Configuration, meaning: str) -> str:
    parts = []
    if happening.came_from and happening.came_from != happening.state:
        declared = configuration.type(happening.type).lifecycle[happening.state]
        parts.append(f"→ {lifecycles.label(declared, happening.state)}")
    if meaning and _past(happening) == "signed":
        parts.append(f"as {meaning.lower()}")
    elif meaning:
        parts.append(f"signed as {meaning.lower()}")
    if happening.voided:
        meanings = configuration.meanings
        names = ", ".join(f"{v['name']} ({meanings[v['meaning']].label.lower()})" for v in happening.voided)
        parts.append(f"no longer counting: {names}")
    return "; ".join([*parts, *_noted(happening, configuration)])


def _noted(happening: Happening, configuration: Configuration) -> list[str]:
    note = happening.note
    said = []
    if isinstance(to := note.get("to"), dict):
        said.append(
            f"from {note['instead_of']['name']} to {to['name']}: {_duties(note['duties'], configuration, happening)}"
        )
    elif isinstance(owner := note.get("owner"), dict):
        said.append(f"to {owner['name']}")
    if isinstance(note.get("field"), int) and (field := configuration.type(happening.type).field_by_id(note["field"])):
        said.append(field.title)
    if "certified" in note:
        said.append(f"signed on paper on {note['signed_on']}, kept at {note['place']}")
    if "resolves" in note:
        said.append(f"the comment at position {note['resolves']}: {note['outcome']}")
    if predecessor := note.get("predecessor"):
        said.append(f"from {predecessor}")
    if by := note.get("absences"):
        said.append(f"by {', '.join(by)}")
    if isinstance(to := note.get("to"), str) and to:
        said.append(f"to {_iso_day(to, happening.zone) if happening.event.endswith(DATED) else to}")
    return said


def _duties(names: list[str], configuration: Configuration, happening: Happening) -> str:
    declaration = configuration.type(happening.type)
    return ", ".join(duties.label(declaration, name) for name in names).lower()


def _iso_day(iso: str, zone: str) -> str:
    return clock.in_zone(clock.parse(iso), zone)[:10]


def old_new(label: str, old: str, new: str) -> Context:
    """Give one value before and after; of a long text only the part that differs, with a few words around it."""
    if not old or not new or max(len(old), len(new)) <= CLIPPED:
        return {"label": label, "old": _clip(old), "new": _clip(new)}
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    before, after = old[max(0, start - AROUND) : start], old[len(old) - end :][:AROUND]
    segments = [
        {"kind": "same", "text": f"…{before}" if start > AROUND else before},
        {"kind": "old", "text": _clip(old[start : len(old) - end])},
        {"kind": "new", "text": _clip(new[start : len(new) - end])},
        {"kind": "same", "text": f"{after}…" if end > AROUND else after},
    ]
    return {"label": label, "segments": [one for one in segments if one["text"]]}


def _shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _clip(text: str) -> str:
    return text if len(text) <= CLIPPED else f"{text[:CLIPPED]}… ({len(text)} characters)"


def _missing(one: Missing, number: str | None) -> Context:
    url = f"{reverse('edit', args=[number])}#f-{one.field}" if one.field and number and one.field != "password" else None
    if found := citing.NUMBER.match(one.text):  # a missing thing that has a number is opened from here
        there = {"number": found.group(), "url": reverse("record", args=[found.group()])}
        return {"text": one.text[found.end() :].lstrip(", "), "rule": one.rule} | there
    return {"text": one.text, "rule": one.rule, "url": url}


def environment() -> Context:
    """Give the badge of this environment, as every page and every full-screen dialog shows it."""
    name = settings.ENVIRONMENT
    return {"label": name.upper(), "key": name}


def whole(text: str) -> int | None:
    """Give a whole number that a form sent, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
