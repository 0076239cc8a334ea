"""OQ of audit-trail reviews: who is called to decide on what Quality does not decide on."""

from __future__ import annotations

import json
import time
from zoneinfo import ZoneInfo

import pytest

NEWEST = "SELECT payload FROM event ORDER BY id DESC LIMIT 1"
CALLED = """SELECT t.capacity, t.due_at, r.due_at AS review_due FROM task t JOIN record r ON r.id = t.record_id
    WHERE r.number = ? AND t.move = 'edit' ORDER BY t.capacity"""
PATIENCE = 60  # seconds for what the system does by itself
WHY = "Looked at, and it is as the procedure says"
BOTH = "internal_auditor, system_owner"


@pytest.mark.needs("trail_review.reviewing.submit", "trail_review:decisions", "deviation.draft.submit")
@pytest.mark.script(
    "OQ-TRV-006",
    title="Lines about acts of Quality call internal auditor and system owner until they are decided, and no other line does",
    negative=True,
    requirements=("URS-TRV-008",),
)
def test_who_is_called(steps, site, database):
    """One act of a reader and one of quality operations are reviewed; the first decision calls nobody off, the second does."""
    made, ops = {}, site.person("qa_ops")

    def called(awaited=None):
        """Give the roles that are called, once they are those that are awaited or the time for it is over."""
        until = time.monotonic() + PATIENCE
        while True:
            found = database.rows(CALLED, made["review"])
            roles = ", ".join(one["capacity"] for one in found) or "nobody"
            if awaited in (None, roles) or time.monotonic() > until:
                return roles
            time.sleep(1)

    def reviewed():
        """Let the day be over, begin a review of it, and wait for what the system writes; gives its number."""
        local = site.now().astimezone(ZoneInfo(json.loads(database.value(NEWEST))["zone"]))
        site.advance(f"{25 - local.hour}h")
        number = ops.create(
            "trail_review", title="Day of a script", period_from=str(local.date()), period_until=str(local.date())
        ).number
        until = time.monotonic() + PATIENCE
        while not ops.fields(number).get("seed") and time.monotonic() < until:
            time.sleep(1)
        return number

    def decide(who, mine):
        """Decide on some lines as fine, but leave what was decided before."""
        person = site.person(who)
        fields = person.fields(made["review"])
        theirs = {one["line"] for one in fields["lines"] if mine(one)}
        rows = [
            one | {"decision": "fine", "comment": WHY} if one["line"] in theirs and not one["decision"] else one
            for one in fields["decisions"]
        ]
        return person.edit(made["review"], reason=WHY, decisions=rows)

    def about(number):
        return lambda line: number in line["event"]

    def weak(who):
        person = site.person(who)
        number = site.make("deviation", who, reporter=person.user_id).number
        person.edit(number, title="Reported by a script", reason="Better wording")
        return number

    def due_alike():
        rows = database.rows(CALLED, made["review"])
        return bool(rows) and all(one["due_at"] == one["review_due"] for one in rows)

    @steps(
        "Let a reader and quality operations act for a reason of two words, and review that day",
        expected=f"called: {BOTH}; due as the review is: yes",
    )
    def _():
        made["reader"], made["qa_ops"] = weak("reader"), weak("qa_ops")
        made["review"] = reviewed()
        return f"called: {called(BOTH)}; due as the review is: {'yes' if due_alike() else 'no'}"

    @steps("Decide on the act of the reader, as qa_ops", expected=f"done: yes; called: {BOTH}")
    def _():
        answer = decide("qa_ops", about(made["reader"]))
        time.sleep(3)
        return f"done: {'yes' if answer.ok else 'no'}; called: {called()}"

    @steps("Decide on the act of quality operations, as qa_ops", expected=f"done: no; called: {BOTH}")
    def _():
        answer = decide("qa_ops", about(made["qa_ops"]))
        return f"done: {'yes' if answer.ok else 'no'}; called: {called()}"

    @steps(
        "Decide on all acts of Quality",
        given="the internal auditor, and the system owner on what concerns the auditor",
        expected="called: nobody",
    )
    def _():
        auditor = site.person("internal_auditor").user_id

        def own(line):
            return line["quality"] and auditor in (line["user_id"], line["concerns"])

        decide("internal_auditor", lambda line: line["quality"] and not own(line))
        if any(own(line) for line in ops.fields(made["review"])["lines"]):
            decide("system_owner", own)
        return f"called: {called('nobody')}"
