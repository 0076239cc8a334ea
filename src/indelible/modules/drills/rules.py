"""What a drill and an exercise must show before they are signed, and who of those concerned may sign."""

from __future__ import annotations

from decimal import Decimal

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.drills import counting
from indelible.practice import callings, filling

FIGURES = (
    "outcome", "performed_at", "account", "backup", "backup_made", "build", "position", "ahead", "compared_records", "compared_versions",
    "compared_events", "compared_signatures", "compared_files", "withheld", "differences", "difference_list", "seconds",
)  # fmt: skip
COUNTED = ("late_entries", "late_list", "counted_at")


@rule("figures_come_from_the_drill")
def figures_come_from_the_drill(case: Case) -> str | None:
    """The figures of a restore drill are written by the command that made it, and by no person."""
    return "The figures are filed by `indelible drill` itself; nobody types them." if _typed(case, FIGURES) else None


@rule("counts_are_the_systems")
def counts_are_the_systems(case: Case) -> str | None:
    """What was entered after an exercise is counted by the system, and by no person."""
    return "The system counts what was entered afterwards; nobody types it." if _typed(case, COUNTED) else None


@filling.leaves_out("restore_drill")
def figures_are_not_asked(_record: Record | None) -> tuple[str, ...]:
    """Nobody is asked for what the command files."""
    return FIGURES


@filling.leaves_out("continuity_exercise")
def counts_are_not_asked(_record: Record | None) -> tuple[str, ...]:
    """Nobody is asked for what the system counts."""
    return COUNTED


@rule("drill_has_figures")
def drill_has_figures(case: Case) -> str | None:
    """A restore drill is performed by the command that restores and compares (Annex 11-7.2)."""
    if all(case.value(name) is not None for name in ("outcome", "backup", "position", "seconds")):
        return None
    return "Nothing was restored and compared yet: run `indelible drill` on the server, which files its figures here."


callings.is_work("drill_has_figures")  # which is what administrator and system owner are asked for


@rule("drill_found_no_difference")
def drill_found_no_difference(case: Case) -> str | None:
    """A drill that found differences did not pass, whatever explains them."""
    if case.value("outcome") == "identical" and Decimal(case.value("differences") or 0) == 0:
        return None
    return f"{case.value('differences') or 'Some'} differences were found: it failed. Name the incident and let it fail."


@rule("performer_does_not_sign")
def performer_does_not_sign(case: Case) -> str | None:
    """Who performed a drill neither verifies nor approves it."""
    mine = case.person is not None and str(case.person.id) in case.named_people("performed_by")
    return "You performed this drill; somebody else verifies and approves it." if mine else None


@rule("exercise_has_ended")
def exercise_has_ended(case: Case) -> str | None:
    """An exercise has a beginning and, after it, an end."""
    began, ended = case.value("began_at"), case.value("ended_at")
    if not began or not ended or clock.parse(ended) > clock.parse(began):
        return None
    return "The end lies before the beginning."


@rule("late_entries_are_counted", alone=True)
def late_entries_are_counted(case: Case) -> str | None:
    """An exercise is closed with the count of what was entered afterwards, as it is now (Annex 11-16)."""
    if case.value("late_entries") is None:
        return "What was entered afterwards was not counted: count it first."
    found = len(counting.entered_afterwards(case.value("began_at"), case.value("ended_at")))
    if found == Decimal(case.value("late_entries")):
        return None
    return (
        f"{found} entries of these hours were made afterwards, and {case.value('late_entries')} were counted: count again."
    )


@rule("paper_agrees_or_says_why")
def paper_agrees_or_says_why(case: Case) -> str | None:
    """As many entries are in the system as were written on paper, or it is written down why not."""
    paper, late = case.value("on_paper"), case.value("late_entries")
    if paper is None or late is None or Decimal(paper) == Decimal(late) or _says(case, "difference_reason"):
        return None
    return f"{paper} entries were written on paper and {late} entered: say why, or enter what is missing and count again."


@rule("gaps_are_followed_up")
def gaps_are_followed_up(case: Case) -> str | None:
    """An exercise that showed gaps names the incident or CAPA that answers them."""
    if case.value("conclusion") in (None, "work can go on") or case.value("follow_up"):
        return None
    return "Work could not go on in everything: name the incident or CAPA that answers it."


@rule("leader_does_not_sign")
def leader_does_not_sign(case: Case) -> str | None:
    """Who led an exercise neither verifies nor approves it."""
    mine = case.person is not None and str(case.person.id) in case.named_people("owner")
    return "You led this exercise; somebody else verifies and approves it." if mine else None


def _says(case: Case, name: str) -> bool:
    text = str(case.value(name) or "").strip()
    return len(text) >= case.configuration.policies.reason_length and not is_filler(text)


def _typed(case: Case, names: tuple[str, ...]) -> bool:
    before = records.values(case.record) if case.record else {}
    return case.person is not None and any(before.get(name) != case.value(name) for name in names)
