"""One thread without retyping: a deviation, its CAPA, the change, the document; closed in order, and in no other."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from indelible.kernel import acts, records, signatures
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.practice import lookup, queries, raising
from tests.homes import TestHome
from tests.modules.events import AREAS, CAUSE, WHY, action, day, head, impact, investigated, refused, verified
from tests.torture.crew import together, unexpected


def begun(home: TestHome, who: str, kind: str, source: str, /, **fields: Any) -> str:
    """Begin a record from another one, with what that one knows, and fill in only what is new."""
    taken = raising.taken_over(home.view(who), kind, source)
    return acts.run(home.people[who], f"{kind}.create", fields=taken | fields).number


class Thread:
    """A major deviation with a CAPA, a change and a revision of a procedure, each begun from the one before."""

    def __init__(self, home: TestHome) -> None:
        self.home = home
        self.procedure = home.until(home.draft(), "effective")
        self.deviation = investigated(home, **{"class": "major"})
        home.act("ann", "deviation.edit", self.deviation, fields=impact(needed=True) | CAUSE)
        home.sign("ann", "deviation.submit", self.deviation)
        home.sign("hed", "deviation.submit", self.deviation)
        self.capa = begun(home, "ann", "capa", self.deviation, kind="corrective", risk_before="high", implement_by=day(60),
                          criterion="No alarm unseen", check_method="The log", checker="sys", check_after_days="30",
                          documents=[self.procedure[:-3]])  # fmt: skip
        self.task = begun(
            home, "ann", "action", self.capa, what="Train the shift", assignee="bea", due_on=day(30), blocks_closing=True
        )
        given: dict[str, Any] = {f"{area}_impact": area == "documents" for area in AREAS}
        given |= {f"{area}_reason": "Looked at by Ann" for area in AREAS}
        self.change = begun(home, "ann", "change", self.capa, kind="document", before="One call", after="Two calls", urgency="normal",
                            **{"class": "minor"}, assessors=["hed"], criterion="Two calls arrive", way_back="One call",
                            planned_on=day(50), **given)  # fmt: skip

    def plan(self) -> None:
        self.home.sign("ann", "capa.submit", self.capa)
        for who in ("hed", "qua"):
            self.home.sign(who, "capa.approve", self.capa)

    def approve_change(self) -> None:
        self.home.sign("ann", "change.submit", self.change)
        self.home.sign("hed", "change.assess", self.change)
        for who in ("hed", "qua"):
            self.home.sign(who, "change.approve", self.change)

    def revise(self) -> str:
        taken = raising.taken_over(self.home.view("ann"), "document", self.change)
        return self.home.revise("ann", self.procedure, **{"effective_on": "2020-01-02"} | taken)


@pytest.fixture
def thread(home: TestHome) -> Thread:
    return Thread(home)


def values(number: str) -> dict[str, Any]:
    return records.values(head(number))


def test_what_is_known_already_is_taken_over_and_the_link_leads_back(thread: Thread) -> None:
    deviation, capa, change, task = (values(n) for n in (thread.deviation, thread.capa, thread.change, thread.task))

    assert capa["sources"] == [{"number": thread.deviation}]
    assert (capa["title"], capa["problem"], capa["cause"]) == (
        deviation["title"],
        deviation["what_happened"],
        deviation["cause"],
    )
    assert (capa["owner"], capa["department"]) == (deviation["owner"], deviation["department"])
    assert change["sources"] == [{"number": thread.capa}]
    assert (change["reason"], change["documents"]) == (capa["problem"], capa["documents"])
    assert (task["belongs_to"], task["owner"]) == ([{"number": thread.capa}], capa["owner"])
    thread.approve_change()
    document = values(thread.revise())
    assert document["change_record"] == [{"number": thread.change}]
    assert (document["reason_for_revision"], document["summary_of_changes"]) == (change["reason"], change["after"])


def test_each_page_leads_to_the_next_and_to_the_one_before(thread: Thread) -> None:
    view = thread.home.view("qua")
    linked = {
        n: {other.number for _, other, _ in lookup.list_links(view, head(n))}
        for n in (thread.deviation, thread.capa, thread.change)
    }

    assert thread.capa in linked[thread.deviation]
    assert {thread.deviation, thread.change, thread.task} <= linked[thread.capa]
    assert thread.capa in linked[thread.change]


def test_the_owner_of_now_is_taken_over_and_not_the_one_whom_the_content_names(thread: Thread) -> None:
    thread.home.act("rob", "deviation.reassign", thread.deviation, to="bea", reason=WHY)

    assert raising.taken_over(thread.home.view("ann"), "capa", thread.deviation)["owner"]["person"] == str(
        thread.home.person("bea")
    )


def test_nothing_is_taken_over_from_what_somebody_may_not_see(thread: Thread) -> None:
    with pytest.raises(NotFound):
        raising.taken_over(thread.home.view("gue"), "capa", thread.deviation)


def test_only_what_somebody_may_create_is_offered_to_be_begun(thread: Thread) -> None:
    offered = {who: [d.type for d in raising.list_beginnings(thread.home.view(who), head(thread.deviation))]
               for who in ("ann", "rea", "gue")}  # fmt: skip

    assert offered == {"ann": ["action", "capa", "change", "commitment", "contribution", "risk"], "rea": [], "gue": []}
    assert [d.type for d in raising.list_beginnings(thread.home.view("ann"), head(thread.capa))] == [
        "action",
        "change",
        "contribution",
        "risk",
    ]
    thread.approve_change()
    view, change = thread.home.view("ann"), head(thread.change)
    assert [d.type for d in raising.list_beginnings(view, change)] == ["action", "contribution", "document", "risk"]
    assert [one.number for one in raising.list_revisable(view, change)] == [thread.procedure]
    assert raising.list_revisable(thread.home.view("rea"), change) == []


def test_the_thread_is_closed_in_its_order_and_refused_in_every_other(thread: Thread) -> None:
    """Twelve closings out of order, each refused with the rule that says why; then each in its turn."""
    home, turned_away = thread.home, 0

    def no(who: str, act: str, number: str, rule: str) -> None:
        nonlocal turned_away
        found = refused(home, who, act, number)
        assert rule in found, f"{act} of {number}: {found}, expected {rule}"
        turned_away += 1

    no("qua", "deviation.close", thread.deviation, "needed_capa_plan_approved")
    no("ann", "capa.complete", thread.capa, "declared_move")
    no("qua", "change.close", thread.change, "declared_move")
    thread.plan()
    assert home.sign("qua", "deviation.close", thread.deviation).state == "closed"

    home.act("ann", "capa.edit", thread.capa, fields={"done": "Trained, changed, revised"})
    no("ann", "capa.complete", thread.capa, "blocking_actions_verified")
    no("bea", "action.done", thread.task, "evidence_is_given")
    verified(home, thread.task)
    no("ann", "capa.complete", thread.capa, "linked_changes_closed")
    no("ann", "capa.complete", thread.capa, "linked_documents_effective")

    thread.approve_change()
    home.act("ann", "change.edit", thread.change, fields={"test_result": "none needed", "test_evidence": "Words only"})
    no("ann", "change.ready", thread.change, "documents_effective")
    second = thread.revise()
    no("ann", "change.ready", thread.change, "documents_effective")
    no("ann", "capa.complete", thread.capa, "linked_documents_effective")
    home.until(second, "effective")
    home.sign("ann", "change.ready", thread.change)
    no("qua", "change.close", thread.change, "required_fields")
    home.act("ann", "change.edit", thread.change, fields={"result": "Two calls", "criterion_met": True})
    no("ann", "capa.complete", thread.capa, "linked_changes_closed")
    assert home.sign("qua", "change.close", thread.change).state == "closed"

    assert home.sign("ann", "capa.complete", thread.capa).state == "verifying"
    no("sys", "capa.effective", thread.capa, "declared_move")
    assert home.sign("rob", "capa.verify", thread.capa).state == "monitoring"
    no("sys", "capa.effective", thread.capa, "effect_could_be_seen")
    assert turned_away == 14
    assert Record.objects.filter(type="capa").count() == 1


@pytest.mark.both
def test_work_that_is_added_while_its_record_is_closing_is_seen_or_refused(thread: Thread) -> None:
    """Ten processes add work while another one closes: none of it is left open below a closed record (D7)."""
    thread.plan()
    home, number = thread.home, thread.deviation
    view = home.view("qua")
    shown = queries.to_sign(view, head(number), "close")
    proof = signatures.simulate(home.person("qua"), view.ctx.session, shown.sha256)
    fields = {"what": "Look at the other tanks", "belongs_to": [number], "owner": "ann", "assignee": "bea", "due_on": day(5),
              "blocks_closing": True}  # fmt: skip
    adding = [partial(acts.run, home.people["ann"], "action.create", fields=fields) for _ in range(10)]
    told = together(
        [
            *adding,
            partial(acts.run, view.ctx, "deviation.close", head(number).id, seen=head(number).position, presence=proof),
        ]
    )

    closed, added = head(number).state == "closed", sum(one.done for one in told[:-1])
    assert not unexpected(told, "Outcome", "Refused")
    assert {one.data["rule"] for one in told if one.kind == "Refused"} <= {"its_parent_is_open", "own_actions_verified"}
    assert closed == (added == 0)


def test_an_action_that_was_added_is_seen_by_whoever_closes(thread: Thread) -> None:
    thread.plan()
    late = action(thread.home, thread.deviation)
    assert "own_actions_verified" in refused(thread.home, "qua", "deviation.close", thread.deviation)
    thread.home.sign("ann", "action.cancel_blocking", late, reason=WHY)
    thread.home.sign("rob", "action.cancel_blocking", late, reason=WHY)
    assert thread.home.sign("qua", "deviation.close", thread.deviation).state == "closed"
