"""The only place that says whether a run counts, and that keeps in the ledger what was planned and what a run gave.

A run is official where the plan and the protocols of its levels are approved and every script is, byte for byte, the one that the
protocol holds (Annex 11-4.4). Any other is a trial: kept as well, and never counted. What is made here are drafts and results; people approve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from indelible.assurance.catalogue import loading
from indelible.assurance.qualification import installation
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import LEVELS, Run
from indelible.infra import build
from indelible.kernel import acts, config, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import Record
from indelible.modules.validation import holding, taking
from indelible.modules.validation.rules import some
from indelible.practice import inventory

NAME = "Indelible (this system)"
LOOK = "Look at each item that the report of IQ lists for this check"
AS_SPECIFIED = "Every item is found as this build specifies it; the report states both"


def plain(scripts: Iterable[Script], checks: Iterable[str]) -> list[dict[str, Any]]:
    """Give planned scripts and checks of the installation as records are made of them."""
    wanted = {*checks}
    looked = [one for one in installation.checks() if one.id in wanted]
    return [asdict(one) for one in scripts] + [
        {"script": one.id, "case": "", "title": one.title, "aim": one.aim, "requirements": one.requirements,
         "fingerprint": one.fingerprint, "steps": [{"action": LOOK, "given": "", "expected": AS_SPECIFIED}]} for one in looked
    ]  # fmt: skip


def why_trial(planned: list[dict[str, Any]]) -> tuple[str, ...]:
    """Say why a run of these scripts would not count; nothing where it would.

    Raises Refused where the protocols are approved and some script is not, byte for byte, the approved one.
    """
    if holding.SYSTEM not in config.current().types:
        return ("this configuration keeps no records of validation",)
    levels = [level for level in LEVELS if any(one["script"].startswith(level) for one in planned)]
    wanted = [holding.PLAN, *(f"{level} protocol" for level in levels)]
    lacking = [f"no approved {kind} of {inventory.THIS}" for kind in wanted if not holding.documents(inventory.THIS, kind)]
    unlike = _unlike(planned)
    if lacking or not unlike:
        return (*lacking, *unlike)
    raise Refused(
        rule="protocol_is_what_runs", text="The scripts that would run are not those of the approved protocols: nothing was run.",
        missing=tuple(Missing(f"{one}.") for one in unlike),
        do="Revise the protocols and have them approved, or run a trial: indelible qualify --trial.",
    )  # fmt: skip


def _unlike(planned: list[dict[str, Any]]) -> list[str]:
    cases: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in planned:
        cases[one["script"]].append(one)
    known = {one.number: one for one in Record.objects.filter(type=holding.SCRIPT, number__in=cases, state="approved")}
    bare = sorted(cases.keys() - known.keys())
    other = sorted(
        number for number, head in known.items() if records.values(head)["fingerprint"] != taking.combined(cases[number])
    )
    return [
        *([f"not approved with a protocol: {some(bare)}"] if bare else []),
        *([f"not as approved, though it may be by one byte: {some(other)}"] if other else []),
    ]


def prepare(planned: list[dict[str, Any]]) -> dict[str, Any]:
    """Make drafts of this system's entry, of every shipped requirement and of every planned script that is not there yet.

    Gives the numbers made, those that were there, and those that are there in another text, which is left alone. Raises Refused
    where the configuration has no types for them.
    """
    if holding.SYSTEM not in config.current().types:
        raise Refused(rule="validation_is_configured", text="This configuration keeps no records of validation.",
                      do="Add the types gxp_system, validation_requirement, test_script, test_run and test_deviation to it.")  # fmt: skip
    if not Record.objects.filter(type=holding.SYSTEM, number=inventory.THIS).exists():
        acts.run(SYSTEM, f"{holding.SYSTEM}.create", fields={"name": NAME, "version": build.identity().version})
    catalogue = loading.load()
    needs = [asdict(one) | {"fingerprint": one.fingerprint} for one in catalogue.requirements.values()]
    made = {"requirements": taking.requirements(SYSTEM, needs), "scripts": taking.scripts(SYSTEM, planned)}
    return {"system": inventory.THIS} | {name: asdict(one) for name, one in made.items()}


def keep(run: Run) -> dict[str, Any]:
    """Keep a run in the ledger, one record for each script; what a rule refuses is told, and stays in the folder alone."""
    if holding.SYSTEM not in config.current().types:
        return {"kept": [], "not_kept": "this configuration keeps no records of validation"}
    scripts = {one.script for one in run.results}
    known = Record.objects.filter(type=holding.SCRIPT, number__in=scripts).values_list("number", flat=True)
    if lacking := sorted(scripts - {*known}):
        return {"kept": [], "not_kept": f"no records of {some(lacking)}: `indelible qualify --prepare` makes their drafts"}
    try:
        taken = taking.run(SYSTEM, asdict(run))
    except Refused as refusal:
        return {"kept": [], "not_kept": f"{refusal.rule}: {refusal.text}"}
    return {"kept": taken.made, "not_kept": ""}
