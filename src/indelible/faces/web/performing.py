"""The only place where a person carries a script out in the browser, one step after the other.

A step is shown with what is expected, as it was approved; what was seen is typed beside it. Nothing else can be sent:
what is expected comes from the script, the person and the time from the server.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indelible.faces.web import answers, drafts, uploading, validation, wording
from indelible.faces.web import fields as drawn
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import records
from indelible.kernel.errors import Conflict, Invalid, Missing, NotFound, Refused
from indelible.kernel.types import FieldDeclaration
from indelible.modules.validation import order, performing
from indelible.modules.validation.performing import Performance
from indelible.practice import queries
from indelible.practice.queries import Possible

Context = dict[str, Any]
EVIDENCE = FieldDeclaration(id=1, name="evidence", kind="files")
OURS = frozenset({"csrfmiddlewaretoken", "key", "seen", "do", "step", "actual", "passed", "evidence", "evidence_new"})
WITHOUT_REASON = (*performing.START, performing.RESUME, performing.FINISH[1])
LONGEST = 5000


@require_http_methods(["GET", "HEAD", "POST"])
def perform(request: Request, number: str) -> HttpResponse:
    """Show a run step by step; POST records its next step, or begins, pauses or goes on with it. Raises NotFound."""
    found = performing.performance(request.view, number)
    if not performing.is_run(found.run):
        raise NotFound(number)
    if request.method != "POST":
        return _page(request, found)
    try:
        done = _done(request, found)
    except Conflict as conflict:
        messages.warning(request, f"{conflict.text} Nothing was recorded; what you typed is kept as a draft.")
        return redirect("perform", number)
    except Refused as refused:
        return _page(request, performing.performance(request.view, number), refused)
    drafts.drop(request.ctx, request.path)
    messages.success(request, done)
    return redirect("perform", number)


def _done(request: Request, found: Performance) -> str:
    """Do what was sent, and say it; raises Refused, Invalid, Conflict."""
    sent, verb = request.POST, request.POST.get("do", "")
    seen, key = wording.whole(sent.get("seen", "")), sent.get("key") or None
    if verb == performing.RECORD:
        told = _told(request)
        performing.record(request.ctx, found.run, seen=seen, key=key, **told)
        return f"Step {told['step']} is recorded{'' if told['passed'] else ' as failed, and its test deviation is open'}."
    if verb not in (*WITHOUT_REASON, performing.PAUSE):
        raise NotFound(f"{found.run.number} {verb[:40]}")
    outcome = performing.do(
        request.ctx, found.run, verb, seen=seen, key=key, reason=sent.get("reason", "").strip()[:LONGEST]
    )
    return f"{outcome.number}: {verb.replace('_', ' ')}, done."


def _told(request: Request) -> Context:
    """Give what a form says of a step, with everything that it has no business to say: the act refuses that by name."""
    sent = request.POST
    brought = [*sent.getlist("evidence"), *uploading.brought(request, EVIDENCE)]
    kept = sent.copy()
    kept.setlist("evidence", brought)
    request.POST = kept  # type: ignore[assignment]  # what came with the form is named by its hash when it is shown again
    if len(brought) > 1:
        raise Invalid(
            rule="input",
            text="A step has one file of evidence.",
            missing=(
                Missing("One file: put several pictures into one PDF, or choose the one that shows it.", field="evidence"),
            ),
        )
    verdict = {"yes": True, "no": False}.get(sent.get("passed", ""))
    told: Context = {"step": sent.get("step", "")[:6], "actual": sent.get("actual", "")[:LONGEST], "passed": verdict}
    told |= {"evidence": brought[0]} if brought else {}
    return told | {name: sent[name] for name in sent if name not in OURS}


def _page(request: Request, found: Performance, refused: Refused | None = None) -> HttpResponse:
    run, values = found.run, found.values
    possible = {one.verb: one for one in queries.list_acts(request.view, run)}
    context = {
        "page": {
            "title": found.script.title,
            "number": run.number,
            "subtitle": found.aim["aim"],
            "acts": _acts(request, found, possible),
            "crumbs": [validation.crumb(), {"label": order.system_of(run), "url": _board(order.system_of(run))}],
        },
        "state": wording.state(records.state_of(run), run.state),
        "facts": _facts(found),
        "notes": _notes(found),
        "steps": [_step(run.number, one) for one in found.steps],
        "step": _asked(request, found, possible, refused),
        "deviations": [
            {"number": one.number, "url": validation.page_of(one.number), "text": one.title, "note": order.label(one)}
            for one in found.deviations
        ],
        "pause": _pause(request, found, possible),
        "refused": wording.refusal(refused, number=run.number)
        if refused and not any(m.field in OURS for m in refused.missing)
        else None,
        "refusal": _refusal(found, possible),
        "before": _before(found),
        "told": values["note"],
    }
    return render(request, "pages/perform.html", context, status=answers.status_of(refused) if refused else 200)


def _acts(request: Request, found: Performance, possible: dict[str, Possible]) -> list[Context]:
    """Give what can be done with the run besides recording a step: begin, go on, finish, abort; and the next attempt."""
    number, shown = found.run.number, list[Context]()
    shown += [{"label": "The record", "url": validation.page_of(number), "icon": "page"}]
    abort = possible.get(performing.ABORT)
    if abort and abort.allowed:
        shown.append(
            {
                "label": abort.label,
                "url": reverse("act", args=[number, performing.ABORT]),
                "icon": "stop",
                "tone": "danger",
                "dialog": True,
            }
        )
    for verb in (*performing.START, performing.RESUME, performing.FINISH[1]):
        if (one := possible.get(verb)) and one.allowed:
            shown.append(_post(found, verb, one.label))
    finish = possible.get(performing.FINISH[0])
    if finish and finish.allowed:
        url = reverse("sign", args=[number, performing.FINISH[0]])
        shown.append({"label": f"{finish.label} and sign", "url": url, "icon": "pen", "tone": "primary", "dialog": True})
    if found.run.state not in ("planned", "running", "paused") and performing.may_plan(request.view):
        shown.append(
            {"label": "Plan the next attempt", "url": reverse("plan_attempt", args=[found.script.number]), "icon": "cycle"}
        )
    return shown


def _post(found: Performance, verb: str, label: str) -> Context:
    hidden = {"do": verb, "key": str(ids.new()), "seen": str(found.run.position)}
    return {
        "label": label,
        "url": reverse("perform", args=[found.run.number]),
        "post": True,
        "tone": "primary",
        "hidden": [{"name": name, "value": value} for name, value in hidden.items()],
    }


def _facts(found: Performance) -> list[Context]:
    values, aim = found.values, found.aim
    told = (
        ("Script", found.script.number),
        ("Attempt", values["attempt"]),
        ("Purpose", values["purpose"]),
        ("Executor", values["executor"]["name"] if values["executor"] else ""),
        ("Build", values["build"]),
        ("Baseline", values["baseline"]),
        ("Environment", values["environment"]),
        ("Passes when", aim.get("criterion")),
    )
    return [{"label": label, "kind": "text", "value": str(value)} for label, value in told if value]


def _before(found: Performance) -> list[Context]:
    told = (
        ("Before", found.aim.get("prerequisites")),
        ("Data", found.aim.get("data")),
        ("Accounts", found.aim.get("accounts")),
    )
    return [{"label": label, "kind": "text", "value": value} for label, value in told if value]


def _notes(found: Performance) -> list[Context]:
    trial = (
        [{"lead": "This is a trial.", "text": "It never counts.", "tone": "warn"}]
        if found.values["purpose"] == "trial"
        else []
    )
    failed = any(one["verdict"] == "failed" for one in found.steps)
    words = (
        "A failed step stays failed. Finish and sign this run; once its test deviation is decided, "
        "the next attempt is planned from here."
    )
    return [*trial, *([{"lead": "A step failed.", "text": words, "tone": "bad"}] if failed else [])]


def _step(number: str, one: Context) -> Context:
    url = reverse("file", args=[number, one["evidence"]]) if one["evidence"] else ""
    tone = {"passed": "done", "failed": "late"}.get(one["verdict"] or "", "draft")
    return one | {
        "number": one["step"],
        "url": url,
        "state": {"label": one["verdict"] or "to do", "tone": tone},
        "broken": one["verdict"] == "failed",
    }


def _asked(request: Request, found: Performance, possible: dict[str, Possible], refused: Refused | None) -> Context | None:
    """Give the form of the next step for whoever may record it now."""
    asked, one = found.asked(), possible.get(performing.RECORD)
    if asked is None or one is None or not one.allowed:
        return None
    draft = drafts.kept(request.ctx, request.path) if request.method != "POST" else None
    typed = request.POST if request.method == "POST" else drafts.as_query(draft.data) if draft else drafts.as_query({})
    errors = {item.field: item.text for item in refused.missing if item.field} if refused else {}
    policies = request.view.configuration.policies
    fields: list[Context] = [
        {
            "kind": "text",
            "name": "actual",
            "label": "What was seen",
            "rows": 3,
            "max_length": LONGEST,
            "required": True,
            "full": True,
            "value": typed.get("actual", ""),
            "error": errors.get("actual"),
            "help": "The value or the words themselves, not “as expected”.",
        },
        {
            "kind": "yes_no",
            "name": "passed",
            "label": "Is it what is expected?",
            "yes": "Pass",
            "no": "Fail",
            "required": True,
            "full": True,
            "value": {"yes": True, "no": False}.get(typed.get("passed", "")),
            "error": errors.get("passed"),
        },
        {
            "kind": "files",
            "name": "evidence",
            "label": "Picture or file",
            "value": _brought(request, typed),
            "upload_url": reverse("upload"),
            "full": True,
            "required": bool(asked["asked"]),
            "error": errors.get("evidence"),
            "help": f"Asked for: {asked['asked']}" if asked["asked"] else "If something shows it.",
            "accept": ",".join(f".{one}" for one in policies.upload_types),
            "limit": f"One file, up to {policies.upload_megabytes} MB",
        },
    ]
    hidden = {"do": performing.RECORD, "step": str(asked["step"]), "key": str(ids.new()), "seen": str(found.run.position)}
    form = {
        "url": request.path,
        "fieldsets": [{"fields": fields}],
        "button": "Record this step",
        "draft_url": f"{reverse('drafts')}?form={request.path}",
        "hidden": [{"name": name, "value": value} for name, value in hidden.items()],
        "errors": [
            {
                "field": item.field if item.field in ("actual", "passed", "evidence") else None,
                "label": (item.field or "").capitalize(),
                "text": item.text,
            }
            for item in (refused.missing if refused else ())
        ],
    }
    return asked | {"of": len(found.steps), "form": form}


def _brought(request: Request, typed: Any) -> list[Context]:
    """Give the files that were brought for this step already, by their hashes."""
    return drawn.files(typed.getlist("evidence"), Place(request.view, request.view.configuration.company.zone))


def _pause(request: Request, found: Performance, possible: dict[str, Possible]) -> Context | None:
    one = possible.get(performing.PAUSE)
    if one is None or not one.allowed:
        return None
    hidden = {"do": performing.PAUSE, "key": str(ids.new()), "seen": str(found.run.position)}
    return {
        "url": request.path,
        "label": one.label,
        "hidden": [{"name": name, "value": value} for name, value in hidden.items()],
    }


def _refusal(found: Performance, possible: dict[str, Possible]) -> Context | None:
    """Give why this person cannot go on with the run; None where that can be done, or nothing is left to do."""
    for verb in (performing.RECORD, performing.RESUME, *performing.START):
        one = possible.get(verb)
        if one is not None and one.refusal is not None:
            return wording.refusal(one.refusal, number=found.run.number)
    return None


def _board(number: str) -> str:
    return reverse("validation") if number == validation.THIS else reverse("system", args=[number])
