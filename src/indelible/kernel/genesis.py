"""The first event of an installation: baseline 1 and the record that says what this installation is."""

from __future__ import annotations

from django.db import transaction

from indelible.infra import build, clock
from indelible.kernel import acts, config, ledger
from indelible.kernel.acts import Call, Outcome
from indelible.kernel.case import Case
from indelible.kernel.config import Configuration
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Baseline

ACT = "installation.create"


def begin(configuration: Configuration, *, name: str, engine: str, simulated: bool) -> Outcome:
    """Seal baseline 1 and create the installation's own record, in one transaction; raises Refused if it was done."""
    fields = {"name": name, "engine": engine, "simulated": simulated, "build": build.identity().name}
    with transaction.atomic(durable=True):
        if Baseline.objects.exists():
            raise Refused(rule="one_genesis", text="This home has begun already; a genesis happens once.")
        case = Case(
            ctx=SYSTEM, verb="create", declaration=configuration.type("installation"), configuration=configuration,
            at=clock.now(), record=None, person=None, simulated=simulated,
        )  # fmt: skip
        entries = acts.perform(Call(SYSTEM, ACT, None, inputs={"fields": fields}), case)
        entries[0].also.insert(0, config.row(configuration, 1, case.at))
        ledger.write(entries)
    return acts.outcome(entries[0])
