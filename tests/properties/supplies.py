"""Suppliers to try things on, and what speaks for them, complete enough for their whole life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.models import Record
from indelible.modules.suppliers import tiers
from indelible.practice import scoring, uploads
from tests.properties import ways
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
Variants = dict[str, tuple[Maker, tuple[str, ...] | None]]
SERIAL = count(1)
KINDS = ("supplier_evidence", "questionnaire", "supplier_request", "supplier_notice")
ANSWERS = {
    "fault_reaches": "patients or product",
    "gxp_data": "none",
    "track_record": "new or unproven",
    "noticed": "not before use",
}


def _day(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


def supplier(user: str, *, asked: bool = True, **more: Any) -> Maker:
    """Make a supplier that could go through every state; with `asked` a questionnaire of it was accepted."""

    def make(cast: Cast) -> UUID:
        fields = {
            "name": f"Supplier {next(SERIAL)}", "addresses": "Leeds", "supplied": "Cells", "category": "contract maker", "gxp_use": True,
            "owner": "own", "department": cast.home.departments["Quality Control"], "agreement_needed": False,
            "audit_decision": "desk", "audit_reason": "Known for long from audits", "subcontractors": "None",
            "scope_approved": "Cells", "conditional_because": "A letter is missing", "conditional_until": _day(179),
            "conditions": [{"condition": "The letter", "owner": "own", "until": _day(179), "met": True}], "open_orders": "None",
            "authorised_uses": [cast.home.departments["Operations"]], **ANSWERS, **more,
        }  # fmt: skip
        found = tiers.graded(fields)
        assert found is not None
        fields |= {"tier": more.get("tier", found.tier), "tier_basis": found.basis}
        made = acts.run(cast.players[user].ctx, "supplier.create", fields=fields)
        if asked:
            assert ways.reach(cast, _questionnaire(made.number)(cast), "accepted")
            cast.world.questioned.add(str(made.record))
        return made.record

    return make


def basis(cast: Cast) -> dict[str, Any]:
    """Give a supplier about which something can be made."""
    if not cast.world.suppliers:
        made = supplier("sup", asked=False)(cast)
        cast.world.suppliers.add(Record.objects.get(pk=made).number)
    return {"supplier": [*cast.world.suppliers]}


def _questionnaire(number: str | None = None, **more: Any) -> Maker:
    """Make a questionnaire with its answers, to a supplier or to the one that is there for all."""

    def make(cast: Cast) -> UUID:
        rows = [{"question": "Audited?", "answer": "partly"}]
        score = scoring.of_answers(rows)
        assert score is not None
        if not cast.world.effective:
            fields = {"title": "Questions", "class": "procedure", "owner": "own", "audience": "All", "text": "## 1 Questions",
                      "department": cast.home.departments["Quality Control"], "reviewers": ["rob", "sys"],
                      "effective_on": "2020-01-01", "training": "none"}  # fmt: skip
            document = acts.run(cast.players["ann"].ctx, "document.create", fields=fields).record
            assert ways.reach(cast, document, "effective")
            cast.world.effective.add(Record.objects.get(pk=document).number)
        given = {
            "title": f"Questions {next(SERIAL)}", "template": [next(iter(cast.world.effective))], "contact": "P. Post",
            "owner": "own", "respondent": "bea", "sent_on": "2020-01-01", "answers": rows, "answered_by": "P. Post",
            "answered_on": "2020-01-02", "score": score.percent, "score_basis": score.basis, "gaps": "No audit",
            "valid_until": _day(500), "supplier": [number] if number else basis(cast)["supplier"],
        }  # fmt: skip
        return acts.run(cast.players["sup"].ctx, "questionnaire.create", fields=given | more).record

    return make


def _evidence(user: str, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        kept = uploads.receive(cast.players[user].ctx, "letter.csv", [f"letter {next(SERIAL)}".encode()]).sha256
        given = {"title": f"Letter {next(SERIAL)}", "item": "other certificate", "nature": "signed document", "owner": "bea",
                 "reviewer": "rob", "files": [kept], "valid_until": _day(500), "reviewed_against": "URS-SIG-001"}  # fmt: skip
        return acts.run(cast.players[user].ctx, "supplier_evidence.create", fields=basis(cast) | given | more).record

    return make


def _request(cast: Cast) -> UUID:
    kept = uploads.receive(cast.players["sup"].ctx, "answer.csv", [f"answer {next(SERIAL)}".encode()]).sha256
    given = {"title": f"Request {next(SERIAL)}", "class": "minor", "what": "A label was wrong", "owner": "own", "contact": "P. Post",
             "answer_by": _day(25), "answered_by": "P. Post", "answered_on": "2020-01-01", "cause": "An old template",
             "correction": "Replaced", "corrective_action": "Old ones taken away", "original": [kept], "judgement": "It fits"}  # fmt: skip
    return acts.run(cast.players["sup"].ctx, "supplier_request.create", fields=basis(cast) | given).record


def _notice(follows: str) -> Maker:
    def make(cast: Cast) -> UUID:
        given = {"title": f"Notice {next(SERIAL)}", "kind": "change", "what": "A new label", "received_on": "2020-01-01",
                 "in_time": True, "owner": "bea", "department": cast.home.departments["Quality Control"], "follows": follows,
                 "follows_because": "Nothing of ours has that label"}  # fmt: skip
        return acts.run(cast.players["sup"].ctx, "supplier_notice.create", fields=basis(cast) | given).record

    return make


VARIANTS: dict[str, Variants] = {
    "supplier": {
        "plain": (supplier("sup"), None),
        "lowered": (supplier("sux", asked=False, lowered_to="minor", lowered_because="They sweep"), ("proposed",)),
        "vendor": (supplier("sup", asked=False, category="host", agreement_needed=True), ("qualifying",)),
        "own work": (supplier("mul", asked=False, owner="hed", tier="major"), ("proposed",)),
    },
    "supplier_evidence": {
        "plain": (_evidence("sup"), ("collecting", "to_verify", "accepted", "expired", "refused", "withdrawn")),
        "claimed": (_evidence("rob", nature="statement only"), ("to_verify",)),
    },
    "questionnaire": {"plain": (_questionnaire(), None), "unscored": (_questionnaire(score="51"), ("answered",))},
    "supplier_request": {"plain": (_request, None)},
    "supplier_notice": {"plain": (_notice("nothing"), None), "change": (_notice("change"), ("judging",))},
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "supplier": {"name": "One"}, "supplier_evidence": {"title": "One", "item": "GMP certificate", "owner": "bea"},
    **{kind: {"title": "One"} for kind in KINDS[1:]},
}  # fmt: skip
NEVER_BEGUN = {
    ("supplier", "plain"): {"qualify"}, ("supplier", "vendor"): {"approve"}, ("supplier", "own work"): {"qualify"},
    ("questionnaire", "unscored"): {"accept"}, ("supplier_notice", "change"): {"close"},
}  # fmt: skip
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "supplier": {"name": lambda n: f"Supplier {n}", "supplied": lambda n: f"Cells {n}", "open_orders": lambda n: [None, f"Lot {n}"][n % 2]},
    "supplier_evidence": {"title": lambda n: f"Letter {n}", "scope": lambda n: f"Site {n}",
                          "nature": lambda n: ["signed document", "statement only"][n % 2]},
    "questionnaire": {"title": lambda n: f"Questions {n}", "contact": lambda n: f"Post {n}", "gaps": lambda n: [f"Gap {n}", None][n % 2]},
    "supplier_request": {"title": lambda n: f"Request {n}", "contact": lambda n: f"Post {n}"},
    "supplier_notice": {"title": lambda n: f"Notice {n}", "follows": lambda n: ["nothing", "change"][n % 2]},
}  # fmt: skip
