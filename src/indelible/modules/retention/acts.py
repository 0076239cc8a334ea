"""The only place that disposes of a record: the content of every version is withheld, and number, dates, hashes, signatures and trail stay.

No person can ask for it. It follows from a disposal that two people authorised, in the same transaction, for exactly the version that
they saw. What was disposed of is never acted on again, and what is under a legal hold is not withheld either (21 CFR 11.10(c)).
"""

from __future__ import annotations

from typing import Any

from indelible.kernel import authority, contents
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.gates import gate
from indelible.kernel.hooks import decides
from indelible.kernel.lifecycles import RESTRICT
from indelible.kernel.models import Restriction
from indelible.kernel.restriction import TITLE
from indelible.modules.retention import holding, keeping
from indelible.modules.retention.keeping import MARK

DISPOSE_OF = "dispose_of"
AUTHORISED = "disposal_authorised"  # in the memo of the act that authorises: what goes, by number
HELD, GONE = "no_legal_hold_covers_them", "nothing_follows_a_disposal"


@decides(DISPOSE_OF)
def dispose_of(case: Case, inputs: dict[str, Any]) -> Decision:
    """Withhold every version of a record that a disposal lists; raises Refused for whoever asks for it otherwise."""
    if inputs:
        raise Invalid(rule="input", text="It takes no values: what is disposed of stands in the disposal.")
    grant = authority.decide(case, ["system"])
    told = case.memo.get(AUTHORISED, {}).get(case.head.number)
    if told is None or told["sha256"] != bytes(case.head.version_sha256).hex() or not keeping.has_ended(case.head):
        raise Refused(
            rule="disposal_is_authorised", text=f"{case.head.number} is not what two people authorised to dispose of.",
            missing=(Missing("A disposal that lists it as it stands, authorised by Quality and management.", rule="disposal_is_authorised"),),
            do="Propose a disposal, and let both sign it.",
        )  # fmt: skip
    decision = Decision("disposed_of", case.head.state, grant)
    known = set(Restriction.objects.filter(record_id=case.head.pk).values_list("version", flat=True))
    effects = decision.effects
    effects.restrict = [number for number in range(1, case.head.version + 1) if number not in known]
    effects.head |= {"content": {}, "marks": {MARK: told["disposal"]}, "due_at": None}
    if told["titles"] != "kept":
        effects.head["title"] = TITLE
    effects.close_all_tasks = effects.clear_timers = True
    contents.forget(case, effects)
    decision.note = {name: value for name, value in told.items() if value}
    return decision


@gate
def nothing_follows_a_disposal(case: Case) -> None:
    """Nobody acts on a record that was disposed of: there is nothing left that an act could be about."""
    if case.record is not None and (number := case.record.marks.get(MARK)):
        raise Refused(rule=GONE, text=f"{case.record.number} was disposed of by {number}; only its tombstone is left.",
                      missing=(Missing("Its content, which nobody brings back.", rule=GONE),), do=f"Open {number}.")  # fmt: skip


@gate
def nothing_held_is_withheld(case: Case) -> None:
    """Under a legal hold no content is withheld, not even by two people."""
    if case.verb != RESTRICT or case.record is None:
        return
    record = case.record
    if found := [one.number for one in holding.in_force(case.configuration.company.zone, case.memo) if one.covers(record)]:
        raise Refused(rule=HELD, text=f"{record.number} is under legal hold {', '.join(found)}: its content is not withheld.",
                      missing=(Missing("The end of the hold, signed by the Quality Unit.", rule=HELD),),
                      do=f"Ask the owner of {found[0]}.")  # fmt: skip
