"""OQ of critical values: under a configuration that declares one, it is confirmed by a second person before the record goes on."""

from __future__ import annotations

import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

KIND = "weighing_of_a_script"
DECLARED = """type: weighing_of_a_script
label: Weighing of a script
plural: Weighings of a script
group: Quality events
icon: gauge
help: Declared by a script of the qualification, in the copy that it runs against.
number: {prefix: WGHS, digits: 3}
title: what
opens: always
gxp: {predicate: "21 CFR 211.188", rationale: A weighed amount is written down and confirmed by a second person.}
retention: quality_event
create: [author]
confirm: {by: [author, qa_ops]}
columns: [what, amount]
layout: [{title: Weighing, fields: [what, amount, note]}]
fields:
  - {id: 1, name: what, kind: text, label: What, required: at_creation, max_length: 200}
  - {id: 2, name: amount, kind: number, label: Amount, critical: true, range: {min: "0", max: "100"}}
  - {id: 3, name: note, kind: text, label: Note, max_length: 200}
initial: draft
lifecycle:
  draft:
    label: Draft
    look: draft
    seen_by: [reader]
    edit: [its_author]
    moves:
      finish: {to: closed, by: [qa_approver], past: finished, label: Finish, requires: [approver_is_not_author], signs: [{meaning: quality_approved, by: [qa_approver]}]}
  closed: {label: Closed, look: done, seen_by: [reader]}
"""
AREAS = (
    "quality",
    "stability",
    "regulatory",
    "validation",
    "documents",
    "training",
    "supplier",
    "equipment",
    "data",
    "safety",
)
NEEDS = (
    "change.draft.submit",
    "change.assessment.assess",
    "change.approval.approve",
    "change.implementing.apply",
    "change:proposal",
)


def refused(answer):
    return "done" if answer.ok else f"refused: {answer.rule}"


def tagged(person, number, method, part, body):
    """Send what is decided on a record of the type that only this script knows."""
    where = f"/records/{KIND}/{number}"
    tag = str(person.api("GET", where).headers.get("ETag", ""))
    return person.api(method, where + part, body, If_Match=tag, Idempotency_Key=f"q-{uuid.uuid4().hex}")


def proposed(site, place):
    """Let the command line plan the configuration in force with one more type; gives the plan and the archive of its files."""
    site.command("config", "write", str(place / "files"), "--json")
    (place / "files" / "types" / f"{KIND}.yaml").write_text(DECLARED, "utf-8")
    plan = site.command("config", "plan", str(place / "files"), "--archive", str(place / "proposal.zip"), "--json").json
    return plan, (place / "proposal.zip").read_bytes()


def applied(site, plan, archive):
    """Let a change bring a planned configuration into force, by all whom it asks; gives its state before and how it was applied."""
    author = site.person("author")
    file = author.upload("proposal.zip", archive).json["sha256"]
    fields = {
        "title": "A type with a critical value", "kind": "configuration of this system", "before": "No critical value",
        "after": "One critical value", "reason": "It is tried by a script", "urgency": "normal", "class": "major", "owner": "q.author",
        "assessors": ["q.dept_approver"], "criterion": "It is confirmed", "way_back": "The type is not used", "proposal": [file],
        "department": site.department, "planned_on": (site.now() + timedelta(days=20)).date().isoformat(),
        "applied_by": "q.sysadmin", "protected_settings": bool(plan.get("protected")), "plan_hash": plan.get("hash", ""),
        "changed_keys": f"types.{KIND}", "requirements_and_tests": "URS-REC-006",
    }  # fmt: skip
    fields |= {f"{one}_impact": False for one in AREAS} | {f"{one}_reason": "Looked at by the author" for one in AREAS}
    number = author.create("change", **site.filling.values("change", "assessment", **fields)).number
    for move in ("submit", "assess", "approve"):
        state = site.walk(number, move)
    return f"{state}; {refused(site.person('sysadmin').act(number, 'apply'))}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-REC-028",
    title="A value that is declared critical is confirmed by a second person before the record goes on",
    negative=True,
    last=True,
    requirements=("URS-REC-006",),
)
def test_a_critical_value(steps, site):
    """Who entered it confirms nothing, and another value has to be confirmed anew; unconfirmed, Quality does not sign the record on."""
    made, author, quality = {}, site.person("author"), site.person("qa_approver")

    def known():
        return author.api("GET", f"/records/{KIND}/{made['number']}").json

    def state():
        return str(known().get("state"))

    def finished():
        return f"{quality.sign(made['number'], 'finish').signed}; {state()}"

    def confirmed(who):
        return refused(tagged(site.person(who), made["number"], "POST", "/acts/confirm", {"field": "amount"}))

    def entered(**fields):
        return refused(tagged(author, made["number"], "PATCH", "", {"fields": fields, "reason": ""}))

    @steps(
        "Plan a configuration with a type of which one value is critical",
        given="the command line",
        expected="refusals: 0; changes: yes",
    )
    def _():
        with tempfile.TemporaryDirectory(prefix="script-") as scratch:
            plan, made["archive"] = proposed(site, Path(scratch))
        made["plan"] = plan
        return f"refusals: {len(plan.get('refusals', ['none told']))}; changes: {'yes' if plan.get('changes') else 'no'}"

    @steps("Let a change be approved for it, and apply it", expected="implementing; done")
    def _():
        return applied(site, made["plan"], made["archive"])

    @steps("Begin a record with its critical value, and finish it", expected="201; refused: critical_confirmed; draft")
    def _():
        answer = author.api(
            "POST",
            f"/records/{KIND}",
            {"fields": {"what": "Buffer", "amount": "12.5"}},
            Idempotency_Key=f"q-{uuid.uuid4().hex}",
        )
        made["number"] = answer.number
        return f"{answer.said}; {finished()}"

    @steps("Confirm it as the one who entered it", expected="refused: second_person; refused: critical_confirmed; draft")
    def _():
        return f"{confirmed('author')}; {finished()}"

    @steps(
        "Confirm it as somebody whom the type does not name",
        expected="refused: authority; refused: critical_confirmed; draft",
    )
    def _():
        return f"{confirmed('trainer')}; {finished()}"

    @steps(
        "Confirm it as a second person; enter another value, and finish it",
        expected="done; done; refused: critical_confirmed; draft",
    )
    def _():
        return f"{confirmed('author.2')}; {entered(amount='13.5')}; {finished()}"

    @steps("Confirm that one as a second person, and change a note beside it", expected="done; done; 13.5")
    def _():
        found = f"{confirmed('author.2')}; {entered(note='Weighed on balance 2')}"
        return f"{found}; {known()['fields']['amount']}"

    @steps("Finish it", expected="signed; closed")
    def _():
        return finished()
