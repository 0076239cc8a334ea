"""The only place that offers the redlines of a record: against the one in force, and since somebody looked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from indelible.kernel.models import Record
from indelible.practice import versions
from indelible.practice.queries import Viewer

Context = dict[str, Any]


def redlines(view: Viewer, record: Record) -> list[Context]:
    """Give the redlines that help before signing: against what is in force, and against what this person saw before."""
    force, looked = versions.in_force(view, record), versions.looked(view, record)
    found = [_way(f"Redline against {force}", record, force)] if force else []
    if looked and looked != force:
        found.append(_way("Redline since you looked", record, versions.LOOKED))
    return found or ([_way("Redline", record, "")] if record.version > 1 else [])


def offered(view: Viewer, record: Record, acts: list[Context]) -> list[Context]:
    """Put the way to the redlines among the acts of a record's page: the usual one as a button, the others in the menu."""
    found = redlines(view, record)
    if not found:
        return acts
    button = {"label": "Changes", "url": reverse("compare", args=[record.number]), "icon": "swap", "hotkey": "d"}
    menus = [act | {"menu": [*act["menu"], found]} if "menu" in act else act for act in acts]
    return [*menus[:1], button, *menus[1:]]


def _way(label: str, record: Record, key: str) -> Context:
    query = f"?{urlencode({'from': key})}" if key else ""
    return {"label": label, "url": f"{reverse('compare', args=[record.number])}{query}", "icon": "swap"}
