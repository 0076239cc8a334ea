"""The only place that says whether this installation is validated now, on which baseline, and if not, why (Annex 11-4, 11-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Subquery

from indelible.infra import build, clock
from indelible.kernel import gates, work
from indelible.kernel.configuration import Configuration
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Baseline, Link, Record
from indelible.modules.validation import coverage, holding
from indelible.practice import inventory

NOT, QUALIFYING, VALIDATED, PENDING, DRIFTED, DUE, SUSPENDED = (
    "not validated", "in qualification", "validated", "pending", "drifted", "review due", "suspended",
)  # fmt: skip
LONGEST_PENDING = 10  # business days between a change that was applied and the review of its tests
NAMES = ("validation_kind", "build", "baseline")


@dataclass(frozen=True, slots=True)
class Standing:
    """The validated state: its word, whether evidence holds for what runs now, the baseline that was validated, and the reasons."""

    state: str
    reasons: tuple[str, ...]
    baseline: int | None = None

    @property
    def validated(self) -> bool:
        """Say whether what runs now is what was validated; a review that is due does not take that away."""
        return self.state in (VALIDATED, DUE)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the one query found: the newest summary report, the plan, the entry of this system, serious test deviations."""

    summary: tuple[str, str, str] | None  # number, build, baseline
    plan: str
    due: datetime | None
    serious: tuple[str, ...]
    newest: int
    applied: datetime | None


def standing(home: str, mark: str, configuration: Configuration) -> Standing:
    """Give the validated state: `home` is the installation's own state, `mark` its drift, as every page knows them; one query."""
    if home == gates.SUSPENDED:
        return Standing(SUSPENDED, ("Quality has suspended this installation.",))
    known = _known(configuration)
    baseline = int(known.summary[2]) if known and known.summary and known.summary[2].isdecimal() else None
    if mark:
        return Standing(DRIFTED, ("What runs is not what was approved: see the page about drift.",), baseline)
    if known is None or known.summary is None or home != gates.RELEASED:
        return _before(home, known)
    state, reasons = _of_evidence(known, known.summary, configuration)
    return Standing(state, reasons, baseline)


def _of_evidence(known: _Known, summary: tuple[str, str, str], configuration: Configuration) -> tuple[str, tuple[str, ...]]:
    """Give the state of a released installation with a summary report, with its reasons."""
    if known.serious:
        return NOT, (f"Critical, or not classified, and open: {', '.join(known.serious)}.",)
    if told := _changed(known, summary, configuration):
        return told
    if known.due is not None and known.due < clock.now():
        return DUE, (f"The periodic review of {inventory.THIS} was due on {known.due:%Y-%m-%d}.",)
    return VALIDATED, (f"{summary[0]} is approved for this build and baseline.",)


def stale() -> dict[str, str]:
    """Give the requirements of this system whose evidence does not hold for what runs now, with what is missing."""
    return coverage.uncovered(inventory.THIS, coverage.ground(inventory.THIS))


def _before(home: str, known: _Known | None) -> Standing:
    reasons = [] if home == gates.RELEASED else [f"The installation is {gates.LABELS.get(home, home)}."]
    if known is not None and known.summary is not None:
        return Standing(QUALIFYING, tuple(reasons))
    reasons.append(f"No summary report of {inventory.THIS} is approved.")
    return Standing(QUALIFYING if known is not None and known.plan else NOT, tuple(reasons))


def _changed(
    known: _Known, summary: tuple[str, str, str], configuration: Configuration
) -> tuple[str, tuple[str, ...]] | None:
    """Say what runs that the summary report is not about; None where it is about what runs."""
    number, said_build, said_baseline = summary
    reasons = []
    if said_build != build.identity().name:
        reasons.append(f"{number} is about build {said_build}; build {build.identity().name} runs.")
    if said_baseline != str(known.newest):
        reasons.append(f"{number} is about baseline {said_baseline}; baseline {known.newest} is in force.")
    if not reasons:
        return None
    if said_baseline != str(known.newest) and known.applied and _days_over(known.applied, configuration):
        reasons.append(f"Its tests were not reviewed within {LONGEST_PENDING} business days.")
        return NOT, tuple(reasons)
    return PENDING, tuple(reasons)


def _days_over(applied: datetime, configuration: Configuration) -> bool:
    zone = ZoneInfo(configuration.company.zone)
    last: date = work.business_day(
        applied.astimezone(zone).date(), LONGEST_PENDING, frozenset(configuration.policies.holidays)
    )
    return clock.now().astimezone(zone).date() > last


def _known(configuration: Configuration) -> _Known | None:
    declared, deviation = configuration.types.get(holding.DOCUMENT), configuration.types.get(holding.DEVIATION)
    fields = {name: found.id for name in NAMES if declared and (found := declared.field(name)) is not None}
    graded = deviation.field("class") if deviation else None
    if len(fields) < len(NAMES) or graded is None:
        return None  # a configuration of its own, which validates elsewhere
    rows = _rows(fields, graded.id)
    documents = [row for row in rows if row["type"] == holding.DOCUMENT]
    summary = next((row for row in documents if row["said_validation_kind"] == holding.SUMMARY), None)
    return _Known(
        (summary["number"], str(summary["said_build"]), str(summary["said_baseline"])) if summary else None,
        next((row["number"] for row in documents if row["said_validation_kind"] == holding.PLAN), ""),
        next((row["due_at"] for row in rows if row["number"] == inventory.THIS and row["state"] == "in_use"), None),
        tuple(row["number"] for row in rows if row["type"] == holding.DEVIATION and row["graded"] in (None, "critical")),
        rows[0]["newest"] if rows else 0, rows[0]["applied"] if rows else None,
    )  # fmt: skip


def _rows(fields: dict[str, int], graded: int) -> list[dict[str, Any]]:
    newest = Baseline.objects.order_by("-number")
    ours = Q(pk__in=Link.objects.filter(target=inventory.THIS, relation="system").values("record_id"))
    documents = Q(
        type=holding.DOCUMENT, state__in=holding.APPROVED, said_validation_kind__in=(holding.SUMMARY, holding.PLAN)
    )
    deviations = Q(type=holding.DEVIATION, state__in=("open", "analysed", "correcting"))
    found = Record.objects.annotate(
        **{f"said_{name}": Stored(number) for name, number in fields.items()}, graded=Stored(graded),
        newest=Subquery(newest.values("number")[:1]), applied=Subquery(newest.values("at")[:1]),
    )  # fmt: skip
    found = found.filter((documents | deviations) & ours | Q(number=inventory.THIS)).order_by("-created_at")
    names = ("number", "type", "state", "due_at", "graded", "newest", "applied", *(f"said_{name}" for name in fields))
    return list(found.values(*names))
