"""The only place where somebody proposes another configuration in the browser: edit files, see the plan, raise the change.

What is edited is that person's draft. Nothing that runs is touched: a proposal becomes a configuration by a change record
that others approve, and that an administrator applies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from indelible.assurance.configuration import drafting, loader, planning, proposals, proposing
from indelible.assurance.configuration.drafting import Drafted
from indelible.assurance.configuration.planning import Plan
from indelible.assurance.configuration.positions import Problem
from indelible.faces.web import answers, configuration
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel.configuration import Policies
from indelible.kernel.errors import Invalid, NotFound, Refused

Context = dict[str, Any]
LONGEST_TITLE = 200
POLICIES = "policies.yaml"
OLD = "Another baseline came into force since you began: your edits are set aside. Begin again on what runs now."


@require_safe
def show(request: Request) -> HttpResponse:
    """List the files of the configuration with this person's edits and what is wrong with them; raises NotFound."""
    drafted = _drafted(request)
    faults = drafted.faults() if drafted.changed else []
    rows = [{"cells": _row(name, drafted, faults)} for name in sorted({*drafted.files, *drafted.changed})]
    columns = [{"label": label, "main": label == "File"} for label in ("File", "Edited", "To mend")]
    context = {
        "page": _page("Propose a change", [{"label": "Periods and limits", "url": reverse("configure_policies"), "icon": "clock"}], [
            {"label": "Show the plan", "url": reverse("configuration_plan"), "tone": "primary"}] if drafted.changed else []),
        "notes": _notes(drafted), "faults": [str(one) for one in faults], "drop": reverse("configure_drop") if drafted.changed else "",
        "cards": [{"table": {"caption": "Files of the configuration", "columns": columns, "rows": rows}}],
    }  # fmt: skip
    return render(request, "pages/configure.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: Request, name: str) -> HttpResponse:
    """Show one file to edit it; POST keeps it as a draft and says what is wrong, each with its line. Raises NotFound, Invalid."""
    drafted = _drafted(request)
    if request.method == "POST":
        drafted = drafting.keep(request.ctx, _form(), name, request.POST.get("text", ""))
        if not (found := drafted.faults()):
            messages.success(request, f"{name} is kept as your draft; the configuration is sound.")
            return redirect("configure")
        return _editor(request, drafted, name, found)
    if name not in drafted.files and not proposals.MEMBER.fullmatch(name):
        raise NotFound(name)
    return _editor(request, drafted, name, drafted.faults() if drafted.changed else [])


@require_http_methods(["GET", "HEAD", "POST"])
def policies(request: Request) -> HttpResponse:
    """Ask for the periods and limits by a form; POST writes them into the draft of their file. Raises NotFound, Invalid."""
    drafted = _drafted(request)
    if request.method != "POST":
        return _policies_form(request, drafted, [])
    sent = {name: request.POST.get(name, "").strip() for name in _numbers()}
    kept = drafted.files.get(POLICIES)
    changed = drafting.keep_values(request.ctx, _form(), POLICIES, {name: value for name, value in sent.items() if value})
    found = [one for one in changed.faults() if one.file == POLICIES]
    if found:
        drafting.keep(request.ctx, _form(), POLICIES, kept or "")
        return _policies_form(request, drafted, found)
    messages.success(request, "Kept as your draft. The plan says what it would change.")
    return redirect("configuration_plan")


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: Request) -> HttpResponse:
    """Show the plan of this person's draft; POST raises the change record with the files attached. Raises NotFound, Refused."""
    drafted = _drafted(request)
    try:
        proposal = drafted.proposal()
    except loader.Broken:
        return redirect("configure")
    if request.method != "POST":
        return _plan_page(request, drafted, planning.plan(proposal))
    sent = {name: request.POST.get(name, "").strip() for name in ("title", "reason", "applied_by")}
    errors = {name: "This is asked for." for name, value in sent.items() if not value}
    if errors:
        return _plan_page(request, drafted, planning.plan(proposal), errors=errors)
    person = request.view.person
    owner = {"owner": person.number} if person else {}
    try:
        outcome = proposing.propose(request.ctx, proposal, key=request.POST.get("key") or None, **sent, **owner)
    except Invalid as refused:
        return _plan_page(request, drafted, planning.plan(proposal), refused=refused)
    drafting.drop(request.ctx, _form())
    messages.success(
        request, f"{outcome.number} was raised with the files attached. Complete its impact, then send it for assessment."
    )
    return redirect("record", outcome.number)


@require_POST
def drop(request: Request) -> HttpResponse:
    """Forget this person's edits."""
    _drafted(request)
    drafting.drop(request.ctx, _form())
    messages.success(request, "Your edits are dropped; nothing that runs was changed.")
    return redirect("configure")


def _form() -> str:
    return reverse("configure")


def _drafted(request: Request) -> Drafted:
    if not proposing.may_propose(request.view):
        raise NotFound("proposals of a configuration")
    return drafting.find(request.ctx, _form())


def _page(title: str, *acts: list[Context], under: bool = False) -> Context:
    crumbs = [{"label": "Configuration", "url": reverse("configuration")}]
    crumbs += [{"label": "Propose a change", "url": reverse("configure")}] if under else []
    says = (
        ""
        if under
        else "Edit files or periods; look at the plan; raise the change. What runs stays as it is until it is approved and applied."
    )
    return {"title": title, "crumbs": crumbs, "subtitle": says, "acts": [one for several in acts for one in several]}


def _notes(drafted: Drafted) -> list[Context]:
    if drafted.stale:
        return [{"lead": "Begin again.", "text": OLD, "tone": "warn"}]
    if not drafted.changed:
        return [{"lead": f"These are the files of baseline {drafted.number}.", "text": "Nothing is edited yet."}]
    text = f"{len(drafted.changed)} of {len(drafted.files)} files differ from baseline {drafted.number}. Only you see this draft."
    return [{"lead": "Your draft.", "text": text}]


def _row(name: str, drafted: Drafted, faults: list[Problem]) -> list[Context]:
    mine = [one for one in faults if one.file == name]
    return [
        {"kind": "record", "value": name, "url": reverse("configure_file", args=[name])},
        {"kind": "text", "value": ("taken away" if name not in drafted.files else "edited") if name in drafted.changed else ""},
        {"kind": "text", "value": f"line {', '.join(str(one.line) for one in mine[:5])}" if mine else "", "late": bool(mine)},
    ]  # fmt: skip


def _editor(request: Request, drafted: Drafted, name: str, found: list[Problem]) -> HttpResponse:
    text = drafted.files.get(name, "")
    mine, others = [one for one in found if one.file == name], [one for one in found if one.file != name]
    written = text.split("\n")
    context = {
        "page": _page(name, under=True), "name": name, "text": text, "rows": min(max(len(written) + 2, 12), 40),
        "faults": [{"line": one.line, "path": one.path, "message": one.message, "text": written[one.line - 1] if one.line <= len(written) else ""}
                   for one in mine],
        "others": [str(one) for one in others], "back": reverse("configure"),
    }  # fmt: skip
    return render(request, "pages/configure_file.html", context, status=422 if request.method == "POST" else 200)


def _numbers() -> list[str]:
    return [name for name, declared in Policies.model_fields.items() if declared.annotation is int]


def _help(name: str) -> str:
    declared = Policies.model_fields[name]
    limits = [getattr(one, side) for side in ("ge", "le") for one in declared.metadata if hasattr(one, side)]
    return f"{declared.description} From {limits[0]} to {limits[1]}."


def _policies_form(request: Request, drafted: Drafted, faults: list[Problem]) -> HttpResponse:
    found = request.view.configuration.policies
    errors = {one.path: one.message for one in faults}
    asked = [
        {
            "kind": "number", "name": name, "label": name.replace("_", " ").capitalize(), "help": _help(name),
            "value": request.POST.get(name) or drafted.value(POLICIES, name) or getattr(found, name), "error": errors.get(name),
        }
        for name in _numbers()
    ]  # fmt: skip
    form = {
        "url": reverse("configure_policies"), "fieldsets": [{"title": "Periods and limits", "fields": asked}], "button": "Show the plan",
        "cancel_url": reverse("configure"), "errors": [{"field": one.path, "label": one.path, "text": one.message} for one in faults],
    }  # fmt: skip
    return render(
        request,
        "pages/form.html",
        {"page": _page("Periods and limits", under=True), "form": form},
        status=422 if faults else 200,
    )


def _plan_page(request: Request, drafted: Drafted, found: Plan, *, errors: Context | None = None,
               refused: Refused | None = None) -> HttpResponse:  # fmt: skip
    missing = [{"label": "Refused, nothing was changed", "text": one.text} for one in refused.missing] if refused else []
    missing += [{"label": "Refused, nothing was changed", "text": refused.text}] if refused and not missing else []
    context = {
        "page": _page("Plan", under=True), "notes": _notes(drafted), "plan": found, "nothing": "Nothing would change.",
        "diff": configuration.lines(list(found.changes), found.base.configuration, found.proposal.configuration),
        "refusals": [str(one) for one in found.refusals], "affected": [one.text for one in found.affected],
        "form": _raise_form(request, found, errors or {}, missing) if found.changes and not found.refusals else None,
    }  # fmt: skip
    status = answers.status_of(refused) if refused else 422 if errors else 200
    return render(request, "pages/plan.html", context, status=status)


def _raise_form(request: Request, found: Plan, errors: Context, missing: Iterable[Context]) -> Context:
    sent = request.POST
    people = [{"value": number, "label": name} for number, name in proposing.list_appliers()]
    fields = [
        {"kind": "text", "name": "title", "label": "Title", "required": True, "full": True, "max_length": LONGEST_TITLE,
         "value": sent.get("title", ""), "error": errors.get("title")},
        {"kind": "text", "name": "reason", "label": "Reason", "required": True, "full": True, "rows": 3,
         "value": sent.get("reason", ""), "error": errors.get("reason"), "help": "Why it is changed; what goes wrong as it is."},
        {"kind": "choice", "name": "applied_by", "label": "Who applies it", "required": True, "choices": people,
         "value": sent.get("applied_by", ""), "error": errors.get("applied_by"),
         "help": "An administrator, who then neither approves it nor asked for it."},
    ]  # fmt: skip
    told = [{"field": name, "label": name.replace("_", " ").capitalize(), "text": text} for name, text in errors.items()]
    return {
        "url": reverse("configuration_plan"), "button": "Raise the change", "cancel_url": reverse("configure"), "errors": [*told, *missing],
        "fieldsets": [{"title": "Raise the change", "note": f"plan {found.hash[:12]}", "fields": fields}],
        "hidden": [{"name": "key", "value": sent.get("key") or str(ids.new())}],
    }  # fmt: skip
