"""The only place that shows obligations: each by its source, how it is answered, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.catalogue.trace import STATES, Answer
from indelible.assurance.qualification import traced
from indelible.assurance.qualification.traced import Traced
from indelible.faces.web import requiring, validation
from indelible.faces.web.requests import Request

Context = dict[str, Any]
LONGEST = 80
WHOSE = {"platform": "the product", "customer": "the company", "both": "both"}


@require_safe
def obligations(request: Request) -> HttpResponse:
    """Show every obligation by its source, with its state and where the product does it or keeps its evidence; raises NotFound.

    Without a filter it counts them by source: nobody reads hundreds of rows at once.
    """
    validation.may_read(request)
    found, chosen = traced.trace(settings.HOME), _chosen(request)
    answers = [one for one in found.matrix.answers if _fits(one, chosen)]
    context = {
        "page": {
            "title": "Obligations",
            "crumbs": [validation.crumb()],
            "subtitle": "What rules and guides ask for, in our own words; check the official text before quoting a clause.",
        },
        "tabs": validation.tabs(validation.THIS, "obligations"),
        "notes": [_kinds(found)],
        "cards": [{"table": _by_source(found.matrix.answers), "filters": _filters(chosen, found, len(answers))}],
        "groups": _groups(answers) if any(chosen.values()) else [],
    }
    return render(request, "pages/asked.html", context)


def _chosen(request: HttpRequest) -> Context:
    given = request.GET
    return {
        "q": given.get("q", "").strip()[:LONGEST],
        "state": [one for one in given.getlist("state") if one in STATES],
        "source": given.getlist("source")[:LONGEST],
    }


def _fits(one: Answer, chosen: Context) -> bool:
    asked = one.obligation
    words = f"{asked.id} {asked.clause} {asked.title} {asked.text}".casefold()
    told = {"state": one.state, "source": asked.source}
    return all(not chosen[name] or value in chosen[name] for name, value in told.items()) and chosen["q"].casefold() in words


def _filters(chosen: Context, found: Traced, count: int) -> Context:
    here, answers = reverse("obligations"), found.matrix.answers
    options = {"state": [one.state for one in answers], "source": [one.obligation.source for one in answers]}
    active = [
        {"label": f"{name.capitalize()}: {value}", "remove_url": f"{here}?{_query(chosen, name, value)}"}
        for name in options
        for value in chosen[name]
    ]
    more = [
        {
            "label": name.capitalize(),
            "name": name,
            "kind": "choices",
            "value": chosen[name],
            "options": requiring.counted(values),
        }
        for name, values in options.items()
    ]
    return {
        "url": here,
        "find": {"name": "q", "value": chosen["q"], "label": "Clause, title, text"},
        "active": active,
        "more": more,
        "note": f"{count} of {len(answers)}",
        "clear_url": here,
    }


def _query(chosen: Context, name: str, value: str) -> str:
    left = [(key, one) for key in ("state", "source") for one in chosen[key] if (key, one) != (name, value)]
    return urlencode([*left, *([("q", chosen["q"])] if chosen["q"] else [])])


def _kinds(found: Traced) -> Context:
    counts = Counter(one.state for one in found.matrix.answers)
    told = ", ".join(f"{counts[state]} {state}" for state in reversed(STATES) if counts[state])
    return {
        "lead": f"{len(found.matrix.answers)} obligations, none left out.",
        "text": f"{told}. A duty of the company counts as met when its record shows it.",
    }


def _by_source(answers: Iterable[Answer]) -> Context:
    """Count the obligations of each source by their states, each figure the way to its rows."""
    known, here = list(answers), reverse("obligations")
    states = [state for state in reversed(STATES) if any(one.state == state for one in known)]
    lines = []
    for source in dict.fromkeys(one.obligation.source for one in known):
        counts = Counter(one.state for one in known if one.obligation.source == source)
        figures = [
            {
                "kind": "number",
                "value": counts[state] or "",
                "url": f"{here}?{urlencode({'source': source, 'state': state})}",
            }
            for state in states
        ]
        name = {"kind": "record", "value": source, "url": f"{here}?{urlencode({'source': source})}"}
        lines.append({"cells": [name, {"kind": "number", "value": counts.total()}, *figures]})
    columns = [
        {"label": "Source", "main": True},
        *({"label": one, "numeric": True} for one in ("All", *map(str.capitalize, states))),
    ]
    return {"caption": "Obligations by source", "columns": columns, "rows": lines}


def _groups(answers: list[Answer]) -> list[Context]:
    sources = dict.fromkeys(one.obligation.source for one in answers)
    return [
        {"title": source, "binding": inside[0].obligation.binding, "rows": [_duty(one) for one in inside]}
        for source in sources
        if (inside := [one for one in answers if one.obligation.source == source])
    ]


def _duty(one: Answer) -> Context:
    asked = one.obligation
    return {
        "clause": asked.clause,
        "title": asked.title,
        "text": asked.text,
        "state": requiring.chip(one.state),
        "shown_by": asked.shown_by,
        "whose": WHOSE.get(asked.who, asked.who),
        "duty": one.duty,
        "why": "" if one.why.partition(":")[0] == one.state else one.why,
        "names": [{"number": name, "url": reverse("requirement", args=[name])} for name in one.requirements],
        "evidence": asked.evidence.says if asked.evidence else "",
    }
