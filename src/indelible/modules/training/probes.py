"""What the board of readiness asks of training: signers on electronic signatures, and whether training is in time."""

from __future__ import annotations

from indelible.kernel import records
from indelible.kernel.models import AccessGrant, Record
from indelible.modules.training import asking
from indelible.practice import probing
from indelible.practice.probing import Finding, lacking, no_type, probe, shown
from indelible.practice.queries import Viewer


@probe("signers_trained", "Whether everybody who may sign was trained on the procedure on electronic signatures in force.")
def signers_trained(view: Viewer, _about: str) -> Finding:
    """Say whether each active person of the company was trained on signing (11.10(i), 11.100)."""
    procedure = view.configuration.policies.signing_procedure
    if asking.TRAINING not in view.configuration.types:
        return no_type(asking.TRAINING)
    if not procedure:
        return lacking(
            "The configuration names no procedure on electronic signatures: signing_procedure is empty.",
            page="/configuration",
        )
    in_force = Record.objects.filter(type=asking.DOCUMENT, series=procedure, standing="in_force").first()
    if in_force is None:
        return lacking(
            f"{procedure}, the procedure on electronic signatures, is not in force.", page=probing.list_of(asking.DOCUMENT)
        )
    guests = set(AccessGrant.objects.filter(role__in=asking.GUESTS).values_list("person_id", flat=True))
    signers = [one for one in asking.active() if one.pk not in guests]
    any_revision = records.values(in_force).get("training") == "none"
    known = set[object]()
    for one in asking.trainings([person.pk for person in signers], among=[procedure]):
        person, document = asking.key_of(one)
        if one.state in asking.KNOWN and (any_revision or document == in_force.number):
            known.add(person)
    without = sum(one.pk not in known for one in signers)
    page = f"/r/{in_force.number}/panels/training-record"
    if without or not signers:
        return lacking(
            f"People not trained on {in_force.number}: {without} of {len(signers)}; their signatures are refused.",
            page=page,
        )
    return shown(f"Everybody is trained on {in_force.number}: {len(signers)} people.", page=page)


@probe("training_on_time", "Whether training is on record and none of it is late.")
def training_on_time(view: Viewer, _about: str) -> Finding:
    """Say whether training happens, and in time (11.10(i), Annex 11-2)."""
    if asking.TRAINING not in view.configuration.types:
        return no_type(asking.TRAINING)
    late, done = probing.late(asking.TRAINING), Record.objects.filter(type=asking.TRAINING, state__in=asking.KNOWN).count()
    if late:
        return lacking(f"Trainings past their day: {late}.", page=probing.list_of(asking.TRAINING, late="1"))
    if not done:
        return lacking("No training is on record.", page=probing.list_of(asking.TRAINING))
    return shown(f"Trainings on record: {done}; none is past its day.", page="/panels/training-matrix")
