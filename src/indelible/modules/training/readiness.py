"""Asks, before a signature, for training on the procedure on electronic signatures that is in force (11.10(i), 11.100; Annex 11-2).

The company's policies name the procedure; while no revision of it is in force there is nothing to be trained on. The signature
that completes the own training is given without it, or nobody could ever be trained.
"""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.errors import Missing
from indelible.kernel.models import Record
from indelible.modules.training import asking
from indelible.practice import enrolment

LACKS = "training on signing"  # in the memo of a case: what was found for the person, once for all acts of a page


@enrolment.asks
def signer_is_trained_on_signing(case: Case) -> Iterator[Missing]:
    """Who signs was trained on the revision in force of the procedure on electronic signatures."""
    procedure = enrolment.policies(case).signing_procedure
    if not procedure or case.person is None or _is_own_training(case):
        return
    if LACKS not in case.memo:
        case.memo[LACKS] = _lacks(case, procedure)
    if case.memo[LACKS]:
        yield Missing(case.memo[LACKS], rule="signer_is_trained_on_signing")


def _lacks(case: Case, procedure: str) -> str:
    in_force = Record.objects.filter(type=asking.DOCUMENT, series=procedure, standing="in_force").first()
    if in_force is None or case.person is None:
        return ""
    mine = asking.trainings([case.person.id], among=[procedure])
    # A revision that asks for no training is known by whoever knows an earlier one.
    any_revision = records.values(in_force).get("training") == "none"
    meant = [one for one in mine if any_revision or asking.key_of(one)[1] == in_force.number]
    if any(one.state in asking.KNOWN for one in meant):
        return ""
    waiting = next((one for one in meant if one.state in asking.OPEN), None)
    way = (
        f"Complete {waiting.number} yourself: My work."
        if waiting
        else "Nobody assigned it: a trainer or the head of your function does."
    )
    return f"Training on {in_force.number}, {in_force.title}. {way}"


def _is_own_training(case: Case) -> bool:
    return case.type == asking.TRAINING and case.person is not None and str(case.person.id) in case.named_people("trainee")
