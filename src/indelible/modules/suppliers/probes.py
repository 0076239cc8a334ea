"""What the board of readiness asks of suppliers: the host of this system, what speaks for it, and the reviewed evidence of the release.

Which supplier that is says the entry of this system in the inventory. A certificate counts while it is accepted, in date, and about the
place that is used: the words after the last comma of the entry's host and place stand in its site, its scope or its places.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from indelible.infra import build
from indelible.kernel import records
from indelible.kernel.models import Link, Record
from indelible.modules.suppliers.programme import AGREEMENT, ISO27001
from indelible.practice import probing
from indelible.practice.inventory import THIS
from indelible.practice.probing import Finding, lacking, no_type, probe, shown, untold
from indelible.practice.queries import Viewer

SUPPLIER, EVIDENCE = "supplier", "supplier_evidence"
USABLE = ("approved", "conditional")
CERTIFICATES = ("SOC 2 Type II report", ISO27001)
RELEASE = "validation package"
ASSESSED = ("desk", "remote", "on site", "none")


@probe("host_certificate", "Whether an accepted certificate of the host, in date, covers the place that is used.")
def host_certificate(view: Viewer, _about: str) -> Finding:
    """Say whether the host's certificate covers the place where the data are; one about another place is none."""
    return _of_host(view, CERTIFICATES, placed=True)


@probe("host_evidence", "Whether accepted evidence of this kind about the host is in date.")
def host_evidence(view: Viewer, item: str) -> Finding:
    """Say whether an item of evidence about the host is accepted and in date."""
    return _of_host(view, (item,))


@probe("host_assessed", "Whether the host was audited, or it was reasoned why not, and it is approved.")
def host_assessed(view: Viewer, _about: str) -> Finding:
    """Say whether the qualification of the host stands (Annex 11-3.2)."""
    found = _host(view)
    if isinstance(found, Finding):
        return found
    values = records.values(found)
    if found.state not in USABLE:
        return lacking(f"{found.number} is not approved.", number=found.number)
    if values.get("audit_decision") not in ASSESSED or not values.get("audit_reason"):
        return lacking(f"No audit of {found.number} was decided on with a reason.", number=found.number)
    return shown(f"{found.number} is approved; audit: {values['audit_decision']}, with the reason.", number=found.number)


@probe("host_overseen", "Whether the host is approved and its next look is not past its day.")
def host_overseen(view: Viewer, _about: str) -> Finding:
    """Say whether the oversight of the host is in time."""
    found = _host(view)
    if isinstance(found, Finding):
        return found
    due = probing.day_of(view, found.due_at) if found.due_at else None
    if found.state not in USABLE:
        return lacking(f"{found.number} is not approved.", number=found.number)
    if due and due < probing.today(view):
        return lacking(f"The next look at {found.number} was due on {due}.", number=found.number, until=due)
    return shown(f"{found.number} is approved, and looked at again in time.", number=found.number, until=due)


@probe("host_targets", "Whether the agreement with the host sets targets, and something was measured against them.")
def host_targets(view: Viewer, _about: str) -> Finding:
    """Say whether service levels are watched."""
    found = _host(view)
    if isinstance(found, Finding):
        return found
    agreed = [
        one for one, _ in _accepted(found.number, (AGREEMENT,), probing.today(view)) if records.values(one).get("targets")
    ]
    page = f"/r/{found.number}/panels/scorecard"
    if not agreed:
        return lacking(f"No agreement with {found.number} in force sets a target.", page=page)
    if not records.values(found).get("measured"):
        return lacking(f"Nothing was measured against the targets of {agreed[0].number}.", page=page)
    return shown("Targets are agreed, and measured.", page=page)


@probe("release_reviewed", "Whether the evidence of the release that runs was reviewed by the company and accepted.")
def release_reviewed(view: Viewer, _about: str) -> Finding:
    """Say whether the company signed for the evidence of exactly this release (Annex 11-3.3)."""
    if EVIDENCE not in view.configuration.types:
        return no_type(EVIDENCE)
    runs = build.identity()
    found = Record.objects.filter(type=EVIDENCE, state="accepted").order_by("-number")
    reviewed = [(one, values) for one in found if (values := records.values(one)).get("item") == RELEASE]
    for one, values in reviewed:
        if str(values.get("release")) in (runs.version, runs.name):
            return shown(f"The evidence of release {runs.version} was reviewed and accepted.", number=one.number,
                         until=_day(values.get("valid_until")))  # fmt: skip
    of = probing.some(str(values.get("release") or "no release") for _, values in reviewed)
    told = f"What was reviewed is of {of}. " if reviewed else ""
    return lacking(
        f"{told}No accepted supplier evidence “{RELEASE}” names release {runs.version}.", page=probing.list_of(EVIDENCE)
    )


@probe("suppliers_overseen", "Whether suppliers are on record and none is past the day of its next look.")
def suppliers_overseen(view: Viewer, _about: str) -> Finding:
    """Say whether suppliers are qualified, and overseen in time (Annex 11-3.2)."""
    if SUPPLIER not in view.configuration.types:
        return no_type(SUPPLIER)
    late, usable = probing.late(SUPPLIER), Record.objects.filter(type=SUPPLIER, state__in=USABLE).count()
    if late:
        return lacking(f"Suppliers past their day: {late}.", page=probing.list_of(SUPPLIER, late="1"))
    if not usable:
        return lacking("No supplier is approved.", page=probing.list_of(SUPPLIER))
    return shown(f"Suppliers approved: {usable}; none is past its day.", page=probing.list_of(SUPPLIER))


def _host(view: Viewer) -> Record | Finding:
    """Give the supplier that hosts this system by its entry, or what lacks so that it can be told."""
    entry = _entry(view)
    if isinstance(entry, Finding):
        return entry
    target = Link.objects.filter(record_id=entry.pk, relation="supplier").values_list("target", flat=True).first()
    found = Record.objects.filter(number=target, type=SUPPLIER).first() if target else None
    if found is None:
        return untold(
            f"{THIS} names no supplier: it is hosted by the company itself, which then shows this of its own machines."
        )
    return found


def _entry(view: Viewer) -> Record | Finding:
    if probing.SYSTEM not in view.configuration.types or SUPPLIER not in view.configuration.types:
        return no_type(probing.SYSTEM)
    entry = Record.objects.filter(number=THIS, type=probing.SYSTEM).first()
    return entry or lacking(f"{THIS}, this system, is not in the inventory: its entry says who hosts it, and where.",
                            page=probing.list_of(probing.SYSTEM))  # fmt: skip


def _of_host(view: Viewer, items: tuple[str, ...], *, placed: bool = False) -> Finding:
    entry, host = _entry(view), _host(view)
    if isinstance(entry, Finding):
        return entry
    if isinstance(host, Finding):
        return host
    place, other = location(str(records.values(entry).get("place") or "")), ""
    for one, values in _accepted(host.number, items, probing.today(view)):
        until = _day(values.get("valid_until"))
        if not placed or covers(values, place):
            return shown(f"Accepted of {host.number}: {values['item']}.", number=one.number,
                         day=_day(values.get("valid_from")), until=until)  # fmt: skip
        other = other or one.number
    if other:
        return lacking(
            f"{other} does not say that it covers {place or 'the place used'}: see its site, scope and places.", number=other
        )
    return lacking(f"Not accepted of {host.number}, or out of date: {' or '.join(items)}.", number=host.number)


def _accepted(supplier: str, items: tuple[str, ...], today: date) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Give accepted evidence of a supplier of these kinds that is in date, newest first."""
    rows = Link.objects.filter(target=supplier, relation="supplier").values("record_id")
    for one in Record.objects.filter(type=EVIDENCE, state="accepted", pk__in=rows).order_by("-number"):
        values, until = records.values(one), _day(records.values(one).get("valid_until"))
        # "Absent" with a reason is accepted as such and certifies nothing.
        if values.get("item") in items and values.get("nature") != "absent" and (until is None or until >= today):
            yield one, values


def location(place: str) -> str:
    """Give the place in a host and place: the words after the last comma."""
    return place.rpartition(",")[2].strip().rstrip(".")


def covers(values: dict[str, Any], place: str) -> bool:
    """Say whether evidence is about a place: its words stand in site, scope or places, and it is not said that it does not cover it."""
    told = " ".join(str(values.get(name) or "") for name in ("site", "scope", "places")).casefold()
    return bool(place) and values.get("covers_service") is not False and place.casefold() in told


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None
