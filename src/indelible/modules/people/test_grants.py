"""OQ of grants of access: the last administrator stays, and an emergency opens little, for hours, with a word on who was not reached."""

from __future__ import annotations

from datetime import datetime

import pytest

ADMINISTRATORS = """SELECT DISTINCT r.number, a.user_id FROM access_grant g JOIN record r ON r.id = g.record_id
    JOIN account a ON a.person_id = g.person_id WHERE g.role = 'sysadmin' AND r.type = 'grant' AND r.state = 'active' ORDER BY r.number"""
SPANS = "SELECT g.from_at, g.until_at FROM access_grant g JOIN record r ON r.id = g.record_id WHERE r.number = ?"
TRIED = "Called the administrator and her deputy at 07:10 and at 07:40, no answer"
WHY = "The only administrator is in hospital since this morning"


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("grant.active.end", "role:sysadmin", "role:system_owner")
@pytest.mark.script(
    "OQ-PPL-001", title="The grant of the last administrator does not end", negative=True, requirements=("URS-PPL-003",)
)
def test_the_last_administrator(steps, site, database):
    """One of two ends; of the last one neither the system owner nor the administrator ends the grant."""
    made, owner = {}, site.person("system_owner")

    def administrators(*, but=""):
        return [row["number"] for row in database.rows(ADMINISTRATORS) if row["user_id"] != but]

    @steps("Make somebody new an administrator beside those who are", expected="one more: yes")
    def _():
        before = administrators()
        made["person"] = site.newcomer("sysadmin")
        made["second"] = [one for one in administrators() if one not in before]
        return f"one more: {yes(len(made['second']) == 1)}"

    @steps("End all grants but that of the administrator of the cast", expected="ended: all; left: 1")
    def _():
        others = administrators(but="q.sysadmin")
        why = "This administrator is needed no longer"
        states = [owner.act(number, "end", reason=why).state for number in others]
        ended = "all" if others and set(states) == {"ended"} else ", ".join(states)
        return f"ended: {ended}; left: {len(administrators())}"

    @steps(
        "End the grant of the last one, as the system owner and as that administrator",
        expected="last ones: 1; refused: last_administrator_is_kept, last_administrator_is_kept; active",
    )
    def _():
        left = administrators()
        if len(left) != 1:
            return f"last ones: {len(left)}"
        why = "Nobody administers this any more"
        rules = [one.act(left[0], "end", reason=why).rule for one in (owner, site.person("sysadmin"))]
        return f"last ones: 1; refused: {', '.join(rules)}; {owner.state(left[0])}"

    @steps("Open the list of accounts as the one who is left, and as the one who no longer is", expected="200; opened: no")
    def _():
        mine, theirs = (one.get("/accounts").status for one in (site.person("sysadmin"), made["person"]))
        return f"{mine}; opened: {yes(theirs == 200)}"


@pytest.mark.needs("grant.requested.open_in_emergency", "grant:tried", "grant:hours", "role:executive", "role:system_owner")
@pytest.mark.script(
    "OQ-PPL-005",
    title="A grant in an emergency is narrow, and ends after its hours",
    negative=True,
    requirements=("URS-PPL-011",),
)
def test_an_emergency(steps, site, database):
    """No role that signs for Quality, no day, no missing word on who was tried, not by whoever asked; what is opened ends by itself."""
    made, asker, opener = {}, site.person("system_owner"), site.person("executive")

    def asked(**given):
        fields = {
            "person": made["person"].user_id, "role": "sysadmin", "urgency": "emergency", "hours": "1", "why": WHY, "tried": TRIED,
        }  # fmt: skip
        return asker.create("grant", **(fields | given))

    def opened(number):
        answer = opener.sign(number, "open_in_emergency")
        return f"{answer.signed}; {asker.state(number)}; spans: {len(database.rows(SPANS, number))}"

    @steps("Somebody new has no role", expected="accounts open: no")
    def _():
        made["person"] = site.newcomer(name="Steps In")
        return f"accounts open: {yes(made['person'].get('/accounts').status == 200)}"

    for role in ("qa_approver", "qa_ops", "executive", "author"):

        @steps(
            "Ask for another role in an emergency, and let management open it",
            given=role,
            expected="refused: emergency_is_narrow; requested; spans: 0",
        )
        def _(role=role):
            return opened(asked(role=role).number)

    @steps("Ask without a word on who could not be reached", expected="refused: emergency_is_narrow; requested; spans: 0")
    def _():
        return opened(asked(tried="n/a").number)

    @steps("Ask for a day in place of hours", expected="refused: emergency_is_narrow; requested; spans: 0")
    def _():
        return opened(asked(until="2199-01-01").number)

    @steps("Ask for 25 hours", expected="422; hours named: yes")
    def _():
        answer = asked(hours="25")
        return f"{answer.status}; hours named: {yes('hours' in answer.missing)}"

    @steps("Ask as it is meant, and open it as whoever asked", expected="signed: no; requested")
    def _():
        made["number"] = asked().number
        answer = asker.sign(made["number"], "open_in_emergency")
        return f"signed: {yes(answer.signed == 'signed')}; {asker.state(made['number'])}"

    @steps("Let management open it", expected="signed; active; spans: 1")
    def _():
        return opened(made["number"])

    @steps("Read from when until when", given="SQL", expected="3600 seconds; accounts open: yes")
    def _():
        span = database.rows(SPANS, made["number"])[0]
        begin, end = (datetime.fromisoformat(str(span[one])) for one in ("from_at", "until_at"))
        opens = made["person"].get("/accounts").status == 200
        return f"{round((end - begin).total_seconds())} seconds; accounts open: {yes(opens)}"

    @steps("Let two hours pass", given="2h on the copy's clock", expected="ended; accounts open: no")
    def _():
        site.advance("2h")
        state = site.until(made["number"], "ended", "system_owner", 120)
        return f"{state}; accounts open: {yes(made['person'].get('/accounts').status == 200)}"
