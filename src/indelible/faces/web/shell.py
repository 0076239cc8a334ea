"""The only place that fills what every page shows: which system, what state, what time, where to go."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property

from indelible.faces.web import answers, presenting
from indelible.infra import build, clock
from indelible.kernel import authority, gates
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Unavailable
from indelible.kernel.models import Record, Task
from indelible.kernel.types import TypeDeclaration
from indelible.modules.validation import state
from indelible.practice import accounts, glance, panels, queries
from indelible.practice.panels import Panel
from indelible.practice.queries import Viewer

Context = dict[str, Any]
PRODUCT = "Indelible"
LOCK_EARLY = 1  # minutes: the page locks before the server does, so that "Stay" always comes in time
STATES = {
    gates.RELEASED: "validated", gates.STAGE_A: "pending", gates.FOUNDING: "pending", gates.SUSPENDED: "suspended",
}  # fmt: skip
NOTES = {"demo": "Invented company, nothing here is a record", "validation": "For testing, nothing here is a record"}


def context(request: HttpRequest) -> Context:
    """Give `shell` to every template, worked out where a template asks for it; pages that say no also come without it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request)), "request_id": answers.request_id(request)}


def _shell(request: HttpRequest) -> Context:
    view = getattr(request, "view", None)
    try:
        shown = _everybody(view or queries.viewer(SYSTEM))
    except (Unavailable, OperationalError, InterfaceError):
        return {}  # the page says by itself what is wrong, without the frame
    return shown | (_person(request, view) if view is not None else {})


class Work:
    """The open work of one person, looked up once for a request: the page, the counts and the bar read the same list."""

    def __init__(self, view: Viewer) -> None:
        self.view = view

    @cached_property
    def items(self) -> list[tuple[Task, Record]]:
        """Give what needs this person, soonest first."""
        return queries.list_work(self.view)

    def counts(self) -> Counter[str]:
        """Count the open work by type."""
        return Counter(record.type for _, record in self.items)

    def late(self) -> set[str]:
        """Give the types in which something is late."""
        now = clock.now()
        return {record.type for task, record in self.items if task.due_at and task.due_at < now}


def work_of(request: HttpRequest, view: Viewer) -> Work:
    """Give the open work of whoever asks, read once for each request."""
    found: Work | None = getattr(request, "work", None)
    if found is None:
        found = Work(view)
        request.work = found  # type: ignore[attr-defined]
    return found


def environment() -> Context:
    """Give the badge of this environment."""
    name = settings.ENVIRONMENT
    return {"key": name, "label": name.upper(), "note": NOTES.get(name)}


def validated(view: Viewer) -> Context:
    """Give the validated state of this installation in words."""
    label = gates.LABELS.get(view.home_state, view.home_state)
    if view.mark:
        told = {
            "key": "drifted",
            "label": "Drifted",
            "detail": "and signing stopped" if view.mark.endswith("stopped") else "",
        }
        return (
            told
            if authority.outside(view.held) is not None or view.person is None
            else told | {"url": reverse("compared_state")}
        )
    shown = {"key": STATES.get(view.home_state, "pending"), "label": label[:1].upper() + label[1:]}
    if view.home_state != gates.RELEASED:
        return shown
    standing = state.standing(view.home_state, view.mark, view.configuration)
    if standing.validated:
        return {"key": "validated", "label": "Validated", "detail": _of_baseline(standing)}
    return shown | {"key": "pending", "detail": f"{standing.state}{_of_baseline(standing)}"}


def _of_baseline(standing: state.Standing) -> str:
    due = ", review due" if standing.state == state.DUE else ""
    return f", baseline {standing.baseline}{due}" if standing.baseline is not None else ""


def _everybody(view: Viewer) -> Context:
    zone = view.configuration.company.zone
    return {
        "environment": environment(), "validated": validated(view), "company": view.configuration.company.name,
        "product": PRODUCT, "now": clock.now().astimezone(ZoneInfo(zone)), "zone": zone.rpartition("/")[2].replace("_", " "),
        "release": build.identity().version, "baseline": view.configuration.sha256[:8],
    }  # fmt: skip


def _person(request: HttpRequest, view: Viewer) -> Context:
    person, here = view.person, request.path
    shown: Context = {
        "home_url": reverse("work"),
        "find_url": reverse("find"),
        "palette_url": reverse("palette"),
        "about_url": reverse("about"),
        "sign_out_url": reverse("logout"),
        "stay_url": reverse("stay"),
        "locked_url": f"{reverse('login')}?{urlencode({'locked': '1', 'next': request.get_full_path()})}",
        "idle_minutes": view.configuration.policies.idle_minutes - LOCK_EARLY,
        "groups": groups(request, view),
        "bottom": _bottom(request, view),
    }
    if authority.outside(view.held) is not None:  # no more than they may open
        del shown["find_url"], shown["palette_url"], shown["about_url"]
        shown["narrow"] = True  # the way back to a list is none
        shown["groups"] = [{"items": shown["groups"][0]["items"][:1]}]
        shown["bottom"] = [shown["bottom"][0], shown["bottom"][-1]]
    if view.presents is not None:  # no work and no account of whoever presents
        shown |= {
            "presents": presenting.banner(view),
            "home_url": reverse("inspector_asks"),
            "bottom": shown["bottom"][1:-1],
        }
    elif person is not None:
        shown["person"] = {
            "name": person.name,
            "title": person.title,
            "url": reverse("me"),
            "current": here == reverse("me"),
        }
    return shown


def groups(request: HttpRequest, view: Viewer) -> list[Context]:
    """Give the navigation with the open work of each type."""
    open_work = work_of(request, view)
    counts, late = open_work.counts(), open_work.late()
    found = places(request, view)
    for item in (item for group in found for item in group["items"]):
        kind = item.get("kind")
        item["count"] = counts[kind] if kind else len(open_work.items) if item["url"] == reverse("work") else 0
        item["tone"] = "late" if kind in late or (late and item["url"] == reverse("work")) else None
    return found


def places(request: HttpRequest, view: Viewer) -> list[Context]:
    """Give where one can go: what everybody has, then the types of this configuration in their groups."""
    keys, scope = {"w", "t"}, view.presents
    first = [
        _item(request, "My work", "work", "work", key="w"),
        _item(request, "Calendar", "calendar", "calendar"),
        _item(request, "Audit trail", "trail", "history", key="t"),
    ]
    first = first[2:] if scope else first
    named: dict[str, list[Context]] = {}
    for _, declared in sorted(view.configuration.types.items(), key=_place):
        if scope is None or declared.type in scope.kinds:
            named.setdefault(declared.group, []).append(_type(request, declared, _letter(declared.plural, keys)))
    first += [_panel(request, one) for one in panels.list_panels(view) if not one.glance]
    first += [_item(request, "Review pack", "review", "clipboard")] if glance.oversees(view) and not scope else []
    for label, url, icon in _administration(view):
        named.setdefault(glance.SYSTEM_GROUP, []).append(_item(request, label, url, icon))
    return [{"items": first}, *({"label": label, "items": items} for label, items in named.items())]


def _administration(view: Viewer) -> list[tuple[str, str, str]]:
    creatable = {declaration.type for declaration in queries.list_creatable(view)}
    found = [("Configuration", "configuration", "sliders"), ("Validation", "validation", "shield")]
    found = [one for one in found if presenting.is_open(view, one[1])]
    return [*found, ("Accounts", "accounts", "people")] if accounts.PERSON in creatable else found


def _place(declared: tuple[str, TypeDeclaration]) -> tuple[bool, str, str]:
    return declared[1].group == glance.SYSTEM_GROUP, declared[1].group, declared[1].plural


def _item(
    request: HttpRequest, label: str, url_name: str, icon: str, *, key: str = "", count: int = 0, late: bool = False
) -> Context:
    url = reverse(url_name)
    return {"label": label, "url": url, "icon": icon, "current": request.path == url, "key": key, "count": count,
            "tone": "late" if late else None}  # fmt: skip


def _type(request: HttpRequest, declaration: TypeDeclaration, key: str) -> Context:
    url = reverse("list", args=[declaration.type])
    return {
        "label": declaration.plural,
        "url": url,
        "icon": declaration.icon,
        "kind": declaration.type,
        "current": request.path.startswith(url),
        "key": key,
    }


def _panel(request: HttpRequest, panel: Panel) -> Context:
    url = reverse("panel", args=[panel.name])
    return {
        "label": panel.label,
        "url": url,
        "icon": "bars",
        "current": request.path in (url, f"/{panel.name}"),
        "key": "",
        "count": 0,
        "tone": None,
    }


def _letter(plural: str, taken: set[str]) -> str:
    letter = next((one for one in plural.casefold() if "a" <= one <= "z" and one not in taken), "")
    taken.add(letter)
    return letter


def _bottom(request: HttpRequest, view: Viewer) -> list[Context]:
    open_work = work_of(request, view)
    return [
        _item(request, "My work", "work", "work", count=len(open_work.items), late=bool(open_work.late())),
        _item(request, "Find", "find", "find") | {"palette": True},
        _item(request, "Trail", "trail", "history"),
        _item(request, "Me", "me", "person"),
    ]
