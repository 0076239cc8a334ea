"""The only place that applies a configuration: under an approved change record, for exactly the plan that was approved.

The change's own act `apply` and the installation's `apply_baseline` are one transaction: the baseline's row, both events, or
nothing. What is applied is the archive that is attached to the change, frozen by its signatures; where none is attached, the
home's folder, as long as it still is that plan. Afterwards the folder is written from what was applied; nothing that runs
reads it (Annex 11-10, 21 CFR 11.10(f), (k)(2)).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from indelible.assurance.configuration import loader, planning, proposals
from indelible.assurance.configuration.planning import Plan
from indelible.assurance.configuration.proposals import Proposal, Unreadable
from indelible.infra import canonical
from indelible.kernel import config, records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.kernel.models import Event, Record
from indelible.kernel.rules import rule
from indelible.practice import lookup

CHANGE, KIND = "change", "configuration of this system"
PLAN_HASH, PROPOSAL = "plan_hash", "proposal"
APPLIED = "applied_plan"  # in the memo of the door's one transaction: the plan that the installation seals


@rule("plan_is_attached")
def plan_is_attached(case: Case) -> str | None:
    """A change of the configuration names the hash of exactly the plan that is attached, on the baseline in force, without anything that destroys."""
    if case.value("kind") != KIND:
        return None
    return _unfit(case)


@rule("emergency_touches_nothing_protected")
def emergency_touches_nothing_protected(case: Case) -> str | None:
    """A plan that touches signature, trail, authority or retention has no emergency route, whatever the change says of itself."""
    if case.value("kind") != KIND:
        return None
    try:
        found = planning.plan(_proposed(case.content))
    except (loader.Broken, Unreadable) as problem:
        return _broken(problem)
    return "The plan touches signature, trail, authority or retention: take the normal way." if found.protected else None


@rule("applier_is_not_author_nor_approver")
def applier_is_not_author_nor_approver(case: Case) -> str | None:
    """Who applies a configuration neither wrote the change nor gave a signature of it."""
    if case.person is None:
        return "A person applies a configuration: sign in, or give --as."
    me = str(case.person.id)
    signers = {one["person"] for one in (*case.done_signatures(), *case.open_signatures())}
    involved = {str(case.head.author_id), str(case.head.owner_id), *case.head.marks.get("editors", [])} | signers
    return "You wrote, own or signed this change; another administrator applies it." if me in involved else None


@rule("plan_is_the_approved_one", alone=True)
def plan_is_the_approved_one(case: Case) -> str | None:
    """What is applied is the plan that was approved, once, on the baseline that it was made for."""
    return _unfit(case) or _folder_holds_another(case)


@rule("configuration_is_applied")
def configuration_is_applied(case: Case) -> str | None:
    """A change of the configuration is ready for use once its plan was applied."""
    if case.value("kind") != KIND or any(one["change"] == case.head.number for one in applications()):
        return None
    return "The plan is not applied yet: an administrator applies it."


@rule("change_applies_it")
def change_applies_it(case: Case) -> str | None:
    """A baseline comes into force by the act that applies an approved change, and by nothing else."""
    return (
        None if APPLIED in case.memo else "A baseline is applied by an approved change: `indelible config apply --change`."
    )


@follows("change.apply")
def baseline_comes_into_force(case: Case, _decision: Decision) -> Iterator[Reply]:
    """In the same transaction the installation seals the baseline."""
    case.memo[APPLIED] = (case.head.number, planning.plan(_proposed(case.content)))
    home = Record.objects.get(type=INSTALLATION)
    yield Reply(f"{INSTALLATION}.apply_baseline", home.pk, reason=f"{case.head.number}: {case.head.title}"[:500])


@completes("installation.apply_baseline")
def seal_the_baseline(case: Case, decision: Decision) -> None:
    """The event names number, hash, plan and change, and carries the row with it."""
    change, found = case.memo.pop(APPLIED)
    base = planning.in_force()  # this record is locked: whoever came first is seen
    if (base.number, base.configuration.sha256) != (found.base.number, found.base.configuration.sha256):
        raise Refused(rule="plan_is_the_approved_one", text=_stale(found.base.number, base.number), do=AGAIN)
    target = found.proposal.configuration
    decision.effects.baseline = base.number + 1
    decision.also.append(config.row(target, base.number + 1, case.at))
    decision.note |= {
        "change": change, "plan": found.hash, "baseline": target.sha256, "number": base.number + 1,
        "before": base.configuration.sha256,
    }  # fmt: skip


@follows_later("change.apply")
def folder_says_what_is_in_force(event: dict[str, Any]) -> Iterator[Reply]:
    """The home's folder is written from what was applied; tried again until it is done."""
    record = records.find(event["number"])
    values = records.values(record)
    if values.get(PROPOSAL):
        proposal = proposals.of_archive(values[PROPOSAL][0]["sha256"])
        if proposal.configuration.sha256 == config.current().sha256:
            _write(settings.HOME.configuration, proposal)
    yield from ()


AGAIN = "Make the plan anew on the baseline in force and let it be decided again: cancel this change and raise another one."


def plan_of(record: Record) -> Plan:
    """Give the plan that a change record proposes, on the baseline in force; raises loader.Broken or Unreadable."""
    return planning.plan(_proposed(records.values(record)))


def may_be_applied(record: Record) -> None:
    """Raise Refused for a record of which nothing can be applied: no change of the configuration, or none that is approved."""
    values = records.values(record)
    if record.type != CHANGE or values.get("kind") != KIND:
        raise Refused(rule="change_of_the_configuration", text=f"{record.number} is no change of the configuration of this system.",
                      do="Name the change record that was approved for the plan.")  # fmt: skip
    if "apply" not in records.state_of(record).moves:
        label = records.state_of(record).label or record.state
        raise Refused(rule="change_is_approved", text=f"{record.number} is not approved: it is {label.lower()}.",
                      do="The system owner and Quality approve it first.")  # fmt: skip


def applier_of(record: Record) -> str:
    """Give the user id of whom a change names as applier; nothing where it names nobody."""
    named = records.values(record).get("applied_by")
    return str(records.values(records.find(UUID(named["person"]))).get("user_id") or "") if named else ""


def files_in_force() -> dict[str, bytes]:
    """Give the files of the baseline in force: with the remarks of the home's folder where that says just this, else as `files_of`."""
    base = planning.in_force()
    try:
        here = proposals.of_folder(settings.HOME.configuration)
    except loader.Broken:
        return files_of(base.number)
    return dict(here.files) if here.configuration.sha256 == base.configuration.sha256 else files_of(base.number)


def files_of(number: int) -> dict[str, bytes]:
    """Give the files of a baseline: those attached to the change that brought it, else written from what was sealed."""
    sha256 = next(sha256 for known, sha256, _ in lookup.list_baselines() if known == number)
    told = applied_by(number)
    attached = records.values(records.find(told["change"])).get(PROPOSAL) if told else None
    if attached:
        proposal = proposals.of_archive(attached[0]["sha256"])
        if proposal.configuration.sha256 == sha256:
            return dict(proposal.files)
    return proposals.written(config.at(sha256))


def _proposed(content: dict[str, Any]) -> Proposal:
    attached = content.get(PROPOSAL)
    return proposals.of_archive(attached[0]["sha256"]) if attached else proposals.of_folder(settings.HOME.configuration)


def _unfit(case: Case) -> str | None:
    try:
        found = planning.plan(_proposed(case.content))
    except (loader.Broken, Unreadable) as problem:
        return _broken(problem)
    named = str(case.value(PLAN_HASH) or "").strip().casefold()
    if not found.changes:
        return f"Nothing would change: baseline {found.base.number} says already what is proposed. {_by(found.base.number)}".strip()
    if named != found.hash:
        return _other_plan(named, found, attached=bool(case.content.get(PROPOSAL)))
    if found.refusals:
        first, more = found.refusals[0], len(found.refusals) - 1
        return f"The plan would destroy: {first}{f' And {more} more.' if more else ''}"
    return None


def _other_plan(named: str, found: Plan, *, attached: bool) -> str:
    before = _earlier_base(named, found)
    if before is not None:
        return f"{_stale(before, found.base.number)} {AGAIN}"
    where = "what is attached" if attached else "the folder"
    return f"The change names the plan {named[:12] or '(none)'}, and {where} is the plan {found.hash[:12]}: that one is not approved here."


def _earlier_base(named: str, found: Plan) -> int | None:
    """Give the number of the earlier baseline for which a hash was made, where the proposed configuration is the same."""
    target = found.proposal.configuration.sha256
    rows = ((number, sha256) for number, sha256, _ in lookup.list_baselines())
    return next((number for number, sha256 in rows if planning.hash_of(number, sha256, target) == named), None)


def _stale(made_for: int, now: int) -> str:
    return f"The plan is stale: it was made on baseline {made_for}, and baseline {now} is in force. {_by(now)}".strip()


def _by(number: int) -> str:
    found = applied_by(number)
    return f"It was applied by {found['change']}." if found else ""


def applied_by(number: int) -> dict[str, Any] | None:
    """Give what the event says that applied a baseline (change, plan, hashes, moment); None for the first one."""
    return next((one for one in applications() if one["number"] == number), None)


def applications() -> list[dict[str, Any]]:
    """Give what the events say that applied baselines, the newest first."""
    home = Record.objects.filter(type=INSTALLATION).values("pk")
    rows = Event.objects.filter(record_id__in=home, payload__contains=f'"act":"{INSTALLATION}.apply_baseline"')
    told = (canonical.decode(text) for text in rows.order_by("-position").values_list("payload", flat=True))
    return [one["note"] | {"at": one["at"]} for one in told]


def _folder_holds_another(case: Case) -> str | None:
    """Refuse to write over what somebody is preparing in the folder: it holds what runs, what was approved, or nothing is applied."""
    if not settings.HOME.configuration.is_dir():
        return None  # nothing is written over
    try:
        here = proposals.of_folder(settings.HOME.configuration).configuration.sha256
    except loader.Broken as broken:
        return (
            f"The home's folder cannot be read, and would be written over: {broken.errors[0]} Mend it or put it back first."
        )
    known = {config.current().sha256, _proposed(case.content).configuration.sha256}
    if here in known:
        return None
    other = planning.plan(proposals.of_folder(settings.HOME.configuration)).hash
    return (
        f"The home's folder holds another plan ({other[:12]}), for which this change is not approved, and it would be written over. "
        "Put the folder back, or have its plan approved."
    )


def _broken(problem: loader.Broken | Unreadable) -> str:
    if isinstance(problem, Unreadable):
        return str(problem)
    more = len(problem.errors) - 1
    return f"What is proposed is no configuration: {problem.errors[0]}{f' And {more} more.' if more else ''}"


def _write(place: Path, proposal: Proposal) -> None:
    """Write the files one by one, each as a whole, and take away what is no more; what is not ours stays where it is."""
    try:
        for name in sorted(set(proposals.files_of(place)) - set(proposal.files)):
            (place / name).unlink()
        for name, content in proposal.files.items():
            target = place / name
            if not target.is_file() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                _put(target, content)
    except OSError as problem:
        raise Refused(
            rule="folder_is_written", text=f"The folder {place} could not be written: {problem.strerror}."
        ) from None


def _put(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
