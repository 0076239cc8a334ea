"""The only place that shows everything open of a person and asks who takes it over: preview, one answer for each record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import records
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice import accounts, handover, lookup, queries
from indelible.practice.handover import Answer, Open, OpenWork

Context = dict[str, Any]
CHOSEN, SEEN = "chosen", "seen-"
DO = "do"


@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: Request, number: str) -> HttpResponse:
    """List what is open of a person; preview who may take it, or hand the chosen records over one by one."""
    person = queries.get_record(request.view, number)
    if person.type != accounts.PERSON:
        raise NotFound(number)
    if request.method == "GET":
        return _page(request, person)
    sent = {name: request.POST.get(name, "").strip() for name in ("to", "reason", "step", "key")}
    chosen = {n: wording.whole(request.POST.get(f"{SEEN}{n}", "")) for n in request.POST.getlist(CHOSEN)[: handover.MOST]}
    if wrong := _wrong(request, sent, chosen):
        return _page(request, person, sent, chosen, errors=wrong)
    if sent["step"] != DO:
        found = {n: handover.preview(request.view, n, leaver=str(person.pk), to=sent["to"]) for n in chosen}
        return _page(request, person, sent, chosen, told={n: _fore(n, refusal, sent["to"]) for n, refusal in found.items()})
    answers = handover.hand_over(
        request.ctx, chosen, leaver=str(person.pk), to=sent["to"], reason=sent["reason"], key=sent["key"] or None
    )
    return _page(request, person, sent, chosen, done=list(answers))


def left_open(request: Request, person: Record) -> list[Context]:
    """Give a note about what is open of a person, none where nothing is."""
    found = handover.open_work(request.view, person.pk)
    count = len(found.rows) + found.unseen
    if not count:
        return []
    records_ = "record has" if count == 1 else "records have"
    return [{
        "lead": f"{count} {records_} open work of {person.title}.", "tone": "warn", "icon": "warning",
        "text": "It stays with this person until somebody who may reassign it hands it over.",
        "link": {"label": "See it", "url": reverse("hand_over", args=[person.number])},
    }]  # fmt: skip


def _wrong(request: Request, sent: Mapping[str, str], chosen: Mapping[str, int | None]) -> list[Context]:
    known = {pk for pk, _, _ in lookup.list_people()}
    least = request.view.configuration.policies.reason_length
    found: list[Context] = []
    if sent["to"] not in known:
        found.append({"field": "to", "label": "To", "text": "Choose who takes it over."})
    if sent["step"] == DO and len(sent["reason"]) < least:
        found.append({"field": "reason", "label": "Reason", "text": f"Say why, in at least {least} characters."})
    if not chosen:
        found.append({"label": "Records", "text": "Choose at least one."})
    return found


def _page(request: Request, person: Record, sent: Mapping[str, str] | None = None,
          chosen: Mapping[str, int | None] | None = None, *, errors: list[Context] | None = None,
          told: Mapping[str, Context] | None = None, done: list[Answer] | None = None) -> HttpResponse:  # fmt: skip
    found, sent = handover.open_work(request.view, person.pk), sent or {}
    previewed = told is not None
    told = {**(told or {}), **{one.number: _after(one) for one in done or [] if one.refusal}}
    rows = [_row(one, chosen, told.get(one.record.number)) for one in found.rows]
    gone = [one for one in done or [] if one.refusal is None]
    context = {
        "page": {
            "title": f"Open work of {person.title}", "number": person.number, "subtitle": _subtitle(found),
            "crumbs": [{"label": records.type_of(person).plural, "url": reverse("list", args=[person.type])}],
        },
        "notes": [*_told(gone, done, sent), *_notes(person, found)], "rows": rows, "errors": errors, "previewed": previewed,
        "fields": _fields(person, sent, errors or []), "key": str(ids.new()),
        "tells": any(row["told"] for row in rows),
        "empty": {"title": "Nothing is open", "icon": "check", "text": f"No record that you may see asks {person.title} for anything."},
    }  # fmt: skip
    return render(request, "pages/hand_over.html", context, status=422 if errors else 200)


def _row(one: Open, chosen: Mapping[str, int | None] | None, told: Context | None) -> Context:
    record = one.record
    return {
        "number": record.number, "title": wording.title(record), "url": reverse("record", args=[record.number]),
        "state": wording.state(records.state_of(record), record.state), "duties": ", ".join(label for _, label in one.duties),
        "seen": record.position, "chosen": chosen is None or record.number in chosen, "told": told,
    }  # fmt: skip


def _fore(number: str, refusal: Refused | None, to: str) -> Context:
    if refusal:
        return _refused(refusal)
    return {"chip": {"label": "goes over", "tone": "ok"}, "texts": handover.warnings(number, to)}


def _after(answer: Answer) -> Context:
    return _refused(answer.refusal) if answer.refusal else {}


def _refused(refusal: Refused) -> Context:
    missing = [one.text for one in refusal.missing] or [refusal.text]
    who = [f"Who could: {', '.join(refusal.who_can)}."] if refusal.who_can else []
    return {"chip": {"label": "stays", "tone": "bad"}, "texts": [*missing, *who], "rule": refusal.rule}


def _told(gone: list[Answer], done: list[Answer] | None, sent: Mapping[str, str]) -> list[Context]:
    if done is None:
        return []
    name = next((name for pk, name, _ in lookup.list_people() if pk == sent.get("to")), "")
    stays = len(done) - len(gone)
    notes: list[Context] = []
    if gone:
        numbers = ", ".join(one.number for one in gone)
        notes.append({"lead": f"{len(gone)} handed over to {name}:", "text": numbers, "tone": "ok", "icon": "check"})
    if stays:
        text = "nothing was changed on them. Why stands beside each; choose somebody else for these."
        notes.append({"lead": f"{stays} not handed over:", "text": text, "tone": "bad", "icon": "warning"})
    return notes


def _notes(person: Record, found: OpenWork) -> list[Context]:
    notes: list[Context] = []
    if found.more:
        notes.append(
            {"lead": f"The first {handover.MOST} are shown.", "text": "Hand these over, then come back for the rest."}
        )
    if found.unseen:
        notes.append(
            {"lead": f"{found.unseen} more that you may not see.", "text": "Ask Quality or document control to look here."}
        )
    if found.roles:
        text = f"{', '.join(found.roles)}. Work that goes to a role waits for whoever gets it next."
        notes.append({"lead": "Nobody else holds:", "text": text, "tone": "warn", "icon": "warning"})
    if found.typed:
        text = f"Only {person.title} can open them, and they are no part of any record; they are not handed over."
        notes.append({"lead": f"Texts typed and never saved: {found.typed}.", "text": text})
    return notes


def _subtitle(found: OpenWork) -> str:
    count = len(found.rows)
    return f"{count} {'record' if count == 1 else 'records'}: one act each, all duties of a record together or none."


def _fields(person: Record, sent: Mapping[str, str], errors: list[Context]) -> list[Context]:
    wrong = {one["field"]: one["text"] for one in errors if one.get("field")}
    people = [
        {"value": pk, "name": name, "title": title} for pk, name, title in lookup.list_people() if pk != str(person.pk)
    ]
    return [
        {"kind": "person", "name": "to", "label": "To", "people": people, "value": sent.get("to", ""), "required": True,
         "error": wrong.get("to")},
        {"kind": "text", "name": "reason", "label": "Reason", "rows": 2, "required": True, "full": True,
         "value": sent.get("reason", ""), "error": wrong.get("reason"), "help": "It stands in the trail of each record."},
    ]  # fmt: skip
