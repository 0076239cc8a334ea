"""Raises the change record of a plan in one act: the proposed files attached, the plan's hash and what it touches in the fields.

Whoever may create a change may propose; whether it is good is decided by those who assess and approve it (Annex 11-10).
"""

from __future__ import annotations

from typing import Any

from indelible.assurance.catalogue import touching
from indelible.assurance.configuration import keys, planning, proposals
from indelible.assurance.configuration.applying import CHANGE, KIND, PLAN_HASH, PROPOSAL
from indelible.assurance.configuration.planning import Plan
from indelible.assurance.configuration.proposals import Proposal
from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.acts import Outcome
from indelible.kernel.context import Context
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import AccessGrant, Record
from indelible.practice import queries, uploads
from indelible.practice.queries import Viewer

LONGEST = 5000
APPLIERS = "sysadmin"
LEFT_OUT = "... and {count} more: see the plan."


def may_propose(view: Viewer) -> bool:
    """Say whether a person may raise a change, and so propose another configuration."""
    return any(declared.type == CHANGE for declared in queries.list_creatable(view))


def list_appliers() -> list[tuple[str, str]]:
    """List who could apply a configuration now, by name: (number, printed name)."""
    now = clock.now()
    held = AccessGrant.objects.filter(role=APPLIERS, from_at__lte=now).exclude(until_at__lte=now).values("person_id")
    return list(Record.objects.filter(pk__in=held, standing="in_force").order_by("title").values_list("number", "title"))


def fields_of(plan: Plan) -> dict[str, Any]:
    """Give what a change record says of a plan."""
    requirements, again = touching.of_changes(plan.changes)
    gxp = [one.key for one in plan.changes if keys.is_gxp(one.key)]
    before, after = plan.base, plan.proposal.configuration.sha256
    return {
        "kind": KIND, PLAN_HASH: plan.hash, "protected_settings": plan.protected, "class": "major" if gxp else "minor",
        "urgency": "normal",
        "changed_keys": _cut([f"{one.how} {one.key}" for one in plan.changes]),
        "requirements_and_tests": _cut([", ".join(requirements), *again]) if plan.changes else "none",
        "before": _cut([f"Baseline {before.number} ({before.configuration.sha256})",
                        *(f"{one.key}: {planning.told(one.before)}" for one in plan.changes)]),
        "after": _cut([f"Configuration {after}", *(f"{one.key}: {planning.told(one.after)}" for one in plan.changes)]),
    }  # fmt: skip


def propose(ctx: Context, proposal: Proposal, *, key: str | None = None, **fields: Any) -> Outcome:
    """Attach the proposed files and create the change; raises Refused for a plan that changes nothing or destroys, or by the door.

    `fields` are what only a person can say (title, reason, department, who applies it).
    """
    plan = planning.plan(proposal)
    if not plan.changes:
        raise Refused(
            rule="something_changes", text="Nothing would change: this is what is in force.", do="Change a value first."
        )
    if plan.refusals:
        missing = tuple(Missing(f"{one.file}:{one.line}: {one.message} {one.do}", rule=one.rule) for one in plan.refusals)
        raise Refused(rule=plan.refusals[0].rule, text="The plan would destroy what records rest on.", missing=missing,
                      do="Change the proposal; each line says how.")  # fmt: skip
    name = f"configuration-{plan.proposal.configuration.sha256[:12]}.{proposals.ENDING}"
    file = uploads.receive(ctx, name, [proposals.packed(proposal.files)])
    return acts.run(
        ctx, f"{CHANGE}.create", key=key, fields={**fields_of(plan), **fields, PROPOSAL: [{"sha256": file.sha256}]}
    )


def _cut(lines: list[str]) -> str:
    text = "\n".join(line for line in lines if line)
    if len(text) <= LONGEST:
        return text
    kept: list[str] = []
    while lines and sum(map(len, kept)) + len(kept) + len(lines[0]) < LONGEST - len(LEFT_OUT) - 10:
        kept.append(lines.pop(0))
    return "\n".join([*kept, LEFT_OUT.format(count=len(lines))])
