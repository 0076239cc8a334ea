"""The only place that keeps a session within a presentation: which pages it shows, what it refuses, how each page is noted, how it ends."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from indelible.faces.web import answers
from indelible.faces.web.requests import Request
from indelible.kernel.errors import NotFound, Refused, Unavailable
from indelible.kernel.models import Record
from indelible.practice import presenting, queries

# Every page that is shown, and how the log calls it; what does not stand here is not there for a session that presents.
SHOWN = {
    "record": "Page", "timeline": "Audit trail", "thread": "Thread", "as_signed": "As signed",
    "compare": "Comparison", "compare_pdf": "Comparison as PDF", "pdf": "PDF", "reading": "Reading copy",
    "file": "File", "list": "List", "export": "List as CSV", "panel": "Panel", "panel_of": "Panel",
    "panel_csv": "Panel as CSV", "panel_pdf": "Panel as PDF", "panel_of_pdf": "Panel as PDF",
    "inspector_asks": "Questions of inspectors", "trail": "Audit trail", "trail_csv": "Audit trail as CSV",
    "search": "Search", "about": "About", "refusals": "Refused attempts", "refusals_csv": "Refused attempts as CSV",
    "configuration": "Configuration", "configuration_type": "Declaration of a type", "baselines": "Baselines",
    "baselines_compare": "Comparison of baselines", "compared_state": "State compared with what was approved",
    "specification": "Specification", "validation": "Validation", "requirements": "Requirements",
    "requirement": "Requirement", "obligations": "Obligations", "system": "System", "requirements_of": "Requirements",
    "qualification": "Qualification", "qualification_script": "Script",
    "qualification_evidence": "Evidence of a script",
}  # fmt: skip
QUIET = frozenset({"palette", "find", "find_numbers"})  # suggestions while somebody types; what is opened then is noted
ALWAYS = frozenset({"logout", "stay", "end_presentation"})
# Pages that are no records: shown where the group of types to which they belong is.
GROUPS = {
    "System": frozenset({"configuration", "configuration_type", "baselines", "baselines_compare", "specification", "refusals",
                         "refusals_csv", "compared_state"}),
    "Validation": frozenset({"validation", "requirements", "requirement", "obligations", "system", "requirements_of", "qualification",
                             "qualification_script", "qualification_evidence"}),
}  # fmt: skip
SAFE = ("GET", "HEAD")
UNCHANGED = "Nothing can be changed in it, and nothing was."


def within(request: Request, name: str | None) -> HttpResponse | None:
    """Narrow what a session sees that presents; give the answer to what it does not show, raises Refused for what it may not do."""
    number = request.session.get(presenting.KEY)
    if not number:
        return None
    request.view = view = presenting.viewer(request.view, number)
    if name in ALWAYS:
        return None
    if request.method not in SAFE:
        raise presenting.refusal(number, UNCHANGED)
    if view.presents is None or not view.presents.kinds:
        raise presenting.refusal(number, "It is not running any more, so nothing is shown.")
    if name == "work":
        return redirect("inspector_asks")
    if not is_open(view, name):
        known = name in SHOWN
        why = "This page is outside the areas of the inspection." if known else "This page is not part of what is presented."
        raise presenting.refusal(number, why)
    return None


def is_open(view: queries.Viewer, name: str | None) -> bool:
    """Say whether a page is there: always where nothing is presented, else where it is one of those and its group is shown."""
    scope = view.presents
    if scope is None:
        return True
    return name in {*SHOWN, *QUIET} and all(scope.shows(group) for group, names in GROUPS.items() if name in names)


def noted(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Note a page that a session shows that presents; what cannot be noted is not shown."""
    view = getattr(request, "view", None)
    match = request.resolver_match
    name = match.url_name if match else None
    if view is None or view.presents is None or match is None or name not in SHOWN:
        return response
    if request.method != "GET" or response.status_code != 200:
        return response
    try:
        presenting.note(view, request.get_full_path(), SHOWN[name], _record(view, match.kwargs))
    except (Refused, NotFound, Unavailable) as problem:
        response.close()
        return answers.of(request, problem) or answers.nothing_here(request)
    return response


def begun(request: Request, record: Record, verb: str) -> bool:
    """Let this session present from now on if that is what was done; say whether it was."""
    if not presenting.begins(record, verb):
        return False
    request.session[presenting.KEY] = record.number
    return True


@require_POST
def end(request: Request) -> HttpResponse:
    """End the presentation of this session: everything is back, on the page of what was presented."""
    number = request.session.get(presenting.KEY)
    if not number:
        raise NotFound("presentation")
    presenting.end(request.view, number)
    del request.session[presenting.KEY]
    return redirect("record", number=number)


def banner(view: queries.Viewer) -> dict[str, Any] | None:
    """Give what stands on every page while this session presents."""
    return {"number": view.presents.number, "url": reverse("end_presentation")} if view.presents else None


def _record(view: queries.Viewer, kwargs: dict[str, Any]) -> Record | None:
    number = kwargs.get("number")
    return queries.peek(view, number) if number else None
