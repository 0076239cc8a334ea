"""The only place that asks for a record's content: the form of a new record, of an edit and of an amendment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indelible.faces.web import asking, beginning, conflicts, converting, fields, panels, raising, uploading, wording
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import acts, records
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import drafts, filling, queries
from indelible.practice.models import Draft

Context = dict[str, Any]
ADD_ROW = "add_row"  # the way without script: the form comes back with one row more


@require_http_methods(["GET", "POST"])
def new(request: Request, kind: str) -> HttpResponse:
    """Ask for a new record and create it through the door."""
    view = request.view
    declaration = view.configuration.type(kind)
    place = Place(view, view.configuration.company.zone, preview=reverse("preview_new", args=[kind]))
    if request.method == "GET":
        if refusal := queries.may_create(view, kind):
            raise refusal
        return _show_new(request, declaration, place, {}, ())
    sent = _sent(request, list(_asked(declaration, declaration.initial)), place)
    if ADD_ROW in request.POST:
        return _show_new(request, declaration, place, sent, ())
    number = request.POST.get("number", "").strip()
    inputs: Context = {"fields": sent} | ({"number": number} if number else {})
    try:
        outcome = acts.run(
            request.ctx,
            f"{kind}.create",
            key=request.POST.get("key") or None,
            reason=request.POST.get("reason", ""),
            **inputs,
        )
    except Refused as refused:
        return _show_new(request, declaration, place, sent, refused.missing, refused)
    return _done(request, outcome)


@require_http_methods(["GET", "POST"])
def edit(request: Request, number: str, verb: str = "edit") -> HttpResponse:
    """Ask for changed content and edit or amend the record through the door."""
    view = request.view
    record = queries.get_record(view, number)
    declaration = records.type_of(record)
    preview = reverse("preview", args=[record.number, verb])
    place = Place(view, records.configuration_of(record).company.zone, record.number, preview=preview)
    if request.method == "GET":
        may_begin(request, record, verb)
        text, _ = converting.taken(request, record)
        known = {name: value for name, value in records.values(record).items() if value not in (None, [], "")}
        values = {**records.values(record), **filling.first_values(record), **known, **text}
        return _show_edit(request, record, declaration, place, values, verb)
    sent = _sent(request, _left(record, declaration, verb), place)
    if ADD_ROW in request.POST:
        return _show_edit(request, record, declaration, place, sent, verb)
    try:
        outcome = acts.run(
            request.ctx,
            f"{record.type}.{verb}",
            record.id,
            seen=_position(request),
            key=request.POST.get("key") or None,
            reason=request.POST.get("reason", ""),
            fields=sent,
        )
    except Conflict as conflict:
        return _show_edit(request, record, declaration, place, sent, verb, conflict)
    except Refused as refused:
        return _show_edit(request, record, declaration, place, sent, verb, refused)
    return _done(request, outcome)


def may_begin(request: Request, record: Record, verb: str) -> None:
    """Let nobody begin to type what would be refused; an act that the state does not know is nothing here."""
    possible = next((p for p in queries.list_acts(request.view, record) if p.verb == verb), None)
    if possible is None:
        raise NotFound(f"{record.number} {verb}")
    if possible.refusal is not None:
        raise possible.refusal


def _done(request: Request, outcome: Outcome) -> HttpResponse:
    drafts.drop(request.ctx, request.path)
    return redirect("record", number=outcome.number)


def _show_new(
    request: Request,
    declaration: TypeDeclaration,
    place: Place,
    values: Context,
    missing: tuple[Any, ...],
    refused: Refused | None = None,
) -> HttpResponse:
    taken, told = raising.begun(request, declaration)
    first = _first_values(request, declaration) if request.method == "GET" else {}
    typed, kept = _typed(request, declaration, place, first | taken | values)
    begun, told_too = beginning.begun(request, declaration, typed)
    form = _form(request, declaration, list(_asked(declaration, declaration.initial)), place, begun, missing, kept)
    form["fieldsets"] = [*_begun_with(declaration, form["fieldsets"])]
    form |= {
        "url": request.path,
        "skeletons": beginning.offered(request, declaration),
        "whole": beginning.offered(request, declaration, whole=True),
        "button": f"Create {declaration.noun}",
        "cancel_url": reverse("list", args=[declaration.type]),
    }
    if any(f.occurrence for f in declaration.live_fields()):
        form["fieldsets"].append({"title": "Why", "fields": [_reason_field(request, missing, required=False)]})
    if {held.role for held in request.view.held} & set(declaration.number.assigned_by):
        form["fieldsets"].append({"title": "Number", "fields": [_number_field(request)]})
    page = {
        "title": f"New {declaration.noun}",
        "subtitle": declaration.help,
        "crumbs": [{"label": declaration.plural, "url": reverse("list", args=[declaration.type])}],
    }
    return render(
        request,
        "pages/form.html",
        {"page": page, "form": form, "notes": [*_notes(refused), *told, *told_too]},
        status=_status(refused),
    )


def _show_edit(
    request: Request,
    record: Record,
    declaration: TypeDeclaration,
    place: Place,
    values: Context,
    verb: str,
    refused: Refused | None = None,
) -> HttpResponse:
    missing = refused.missing if refused and not isinstance(refused, Conflict) else ()  # a conflict is told above the form
    typed, kept = _typed(request, declaration, place, values)
    form = _form(request, declaration, _left(record, declaration, verb), place, typed, missing, kept)
    asking.put(record, form["fieldsets"], typed)
    form["fieldsets"].append({"title": "Why", "fields": [_reason_field(request, missing, required=verb == "amend")]})
    form["hidden"].append({"name": "seen", "value": request.POST.get("seen") or record.position})
    form |= {
        "url": request.path,
        "button": "Save a version" if verb == "edit" else "Amend",
        "cancel_url": reverse("record", args=[record.number]),
    }
    page = {
        "title": f"{'Edit' if verb == 'edit' else 'Amend'} {wording.title(record)}",
        "number": record.number,
        "crumbs": [{"label": declaration.plural, "url": reverse("list", args=[record.type])}],
    }
    notes = [*_notes(refused), *_amending(record, verb), *_others(request)]
    context: Context = {"page": page, "form": form, "notes": [*notes, *converting.taken(request, record)[1]]}
    context["cards"] = panels.inline(request.view, record, but=filling.said_by_form(record.type))
    if isinstance(refused, Conflict):
        context["conflict"] = conflicts.of_edit(record, declaration, refused, values, _position(request) or 0)
        form["hidden"][-1]["value"] = record.position
    return render(request, "pages/form.html", context, status=_status(refused))


def _typed(request: Request, declaration: TypeDeclaration, place: Place, values: Context) -> tuple[Context, Draft | None]:
    """Give the values with what this person has typed over them, and the draft that holds it."""
    elsewhere = {converting.FROM, raising.FROM} & set(request.GET)
    kept = drafts.find(request.ctx, request.path) if request.method == "GET" and not elsewhere else None
    return (values | _sent_from(kept.data, declaration, place) if kept else values), kept


def _form(
    request: Request,
    declaration: TypeDeclaration,
    asked: list[FieldDeclaration],
    place: Place,
    values: Context,
    missing: tuple[Any, ...],
    kept: Draft | None,
) -> Context:
    errors = {one.field: one.text for one in missing if one.field}
    titles = {f.name: f.title for f in asked} | {"reason": "Reason"}
    longer = request.POST.get(ADD_ROW, "")
    return {
        "fieldsets": _fieldsets(declaration, asked, place, values, errors, longer),
        "hidden": [{"name": "key", "value": request.POST.get("key") or str(ids.new())}],
        "errors": [
            {
                "field": one.field if one.field in titles else None,
                "text": one.text,
                "label": titles.get(one.field or "", "This record"),
            }
            for one in missing
        ],
        "draft_url": f"{reverse('drafts')}?form={request.path}",
        "draft_at": kept.at if kept else None,
        "discard_url": f"{reverse('drafts')}?form={request.path}&drop=1",
    }


def _fieldsets(
    declaration: TypeDeclaration,
    asked: list[FieldDeclaration],
    place: Place,
    values: Context,
    errors: dict[str, str],
    longer: str,
) -> list[Context]:
    widgets = {f.name: fields.widget(f, values.get(f.name), place) | {"error": errors.get(f.name)} for f in asked}
    if longer in widgets:
        widgets[longer] = fields.with_another_row(widgets[longer])
    sets = [
        {"title": section.title, "fields": [widgets.pop(name) for name in section.fields if name in widgets]}
        for section in declaration.layout
    ]
    sets = [one for one in sets if one["fields"]]
    return [*sets, *([{"title": "More", "fields": list(widgets.values())}] if widgets else [])]


def _begun_with(declaration: TypeDeclaration, sets: list[Context]) -> Iterator[Context]:
    """Give the parts of a form that a new record needs: where it begins at work, others go on with it and fill in the rest."""
    for one in sets:
        asked = (f for f in one["fields"] if f["required"] or f.get("error") or f.get("value") not in (None, [], ""))
        if declaration.lifecycle[declaration.initial].look != "work" or any(asked):
            yield one


def _asked(declaration: TypeDeclaration, state: str, record: Record | None = None) -> Iterator[FieldDeclaration]:
    """Give the fields that a form asks for in a state: those of its phase and of earlier ones, which people write."""
    here, left_out = declaration.phase_index(state), filling.left_out(declaration.type, record)
    return (f for f in declaration.live_fields() if declaration.phase_index(f.phase) <= here and f.name not in left_out)


def _left(record: Record, declaration: TypeDeclaration, verb: str) -> list[FieldDeclaration]:
    """Give the fields that an edit asks for: not those that are signed, unless it is an amendment."""
    signed = {i for given in record.signed.get("done", []) for i in given["covers"]} if verb == "edit" else set()
    return [f for f in _asked(declaration, record.state, record) if f.id not in signed]


def _first_values(request: Request, declaration: TypeDeclaration) -> Context:
    person = request.view.person
    mine = (f for f in declaration.live_fields() if f.begins_with == "me")
    return {f.name: [person.reference()] if f.many else person.reference() for f in mine} if person else {}


def _sent(request: Request, asked: list[FieldDeclaration], place: Place) -> Context:
    values = {f.name: fields.read(f, request.POST, place.zone) for f in asked if _was_asked(request, f)}
    for field in asked:
        if field.kind == "files":
            values[field.name] = [*values.get(field.name, []), *uploading.brought(request, field)]
    return values


def _was_asked(request: Request, field: FieldDeclaration) -> bool:
    # Boxes that are all unticked send nothing, so the whole form counts as asked once it carries its key.
    return "key" in request.POST and not field.retired


def _sent_from(data: Any, declaration: TypeDeclaration, place: Place) -> Context:
    typed = QueryDict(mutable=True)
    for name, sent in data.items():
        typed.setlist(name, sent)
    return {f.name: fields.read(f, typed, place.zone) for f in declaration.live_fields() if f.kind != "files"}


def _reason_field(request: Request, missing: Iterable[Any], *, required: bool) -> Context:
    error = next((one.text for one in missing if one.field == "reason"), None)
    return {
        "kind": "text",
        "name": "reason",
        "label": "Reason",
        "value": request.POST.get("reason", ""),
        "rows": 2,
        "required": required,
        "error": error,
        "full": True,
        "help": "Why, so that another person understands it later.",
    }


def _number_field(request: Request) -> Context:
    return {
        "kind": "text",
        "name": "number",
        "label": "Number in use already",
        "value": request.POST.get("number", ""),
        "help": "Leave empty: the next free number is given.",
    }


def _notes(refused: Refused | None) -> list[Context]:
    if refused is None or isinstance(refused, (Conflict, Invalid)) or any(one.field for one in refused.missing):
        return []
    missing = " ".join(one.text for one in refused.missing)
    return [
        {"lead": f"Refused, nothing was changed. {refused.text}", "text": f"{missing} {refused.do}".strip(), "tone": "bad"}
    ]


def _others(request: Request) -> list[Context]:
    people = drafts.list_others(request.ctx, request.path)
    return [
        {
            "lead": f"{name} is editing this too.",
            "text": "Whoever saves second sees both texts.",
            "tone": "warn",
            "icon": "person",
        }
        for name in people
    ]


def _amending(record: Record, verb: str) -> list[Context]:
    given = [
        f"{s['name']} ({s['meaning'].replace('_', ' ')})" for part in ("done", "open") for s in record.signed.get(part, [])
    ]
    if verb != "amend" or not given:
        return []
    return [
        {
            "lead": "Signatures will no longer count.",
            "tone": "warn",
            "text": f"Changing what was signed sends the record back and voids: {', '.join(given)}.",
        }
    ]


def _position(request: Request) -> int | None:
    text = request.POST.get("seen", "")
    return wording.whole(text)


def _status(refused: Refused | None) -> int:
    if refused is None:
        return 200
    return 409 if isinstance(refused, Conflict) else 422 if isinstance(refused, Invalid) or refused.missing else 403
