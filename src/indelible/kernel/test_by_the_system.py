"""OQ of what the system does: at its time, once, under its own name; no person does it before or instead."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

PAYLOADS = (
    "SELECT e.payload, e.person_id FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"
)
NEEDS = ("training.done.expire", "training.assigned.cancel", "training:valid_until", "training.assigned.sign_off")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-TRL-031",
    title="A move of the system is made by no person, at its time, exactly once, also after a restart",
    negative=True,
    requirements=("URS-TRL-008", "URS-TIM-003"),
)
def test_moves_of_the_system(steps, site, database, reading):
    """Refused to every role before its day; after its day, and a stop of the server, one event that names nobody; refused afterwards too."""
    made = {}
    roles = sorted(name for name in reading.roles if not name.startswith("guest"))

    def expired():
        rows = database.rows(PAYLOADS, made["number"])
        found = [row for row in rows if json.loads(row["payload"])["act"] == "training.expire"]
        return len(found), sum(bool(row["person_id"]) for row in found)

    def tried():
        """Let somebody of every role make the move of the system; gives how many did, and what it left."""
        done = [name for name in roles if site.person(name).act(made["number"], "expire").ok]
        events, people = expired()
        return f"done by: {', '.join(done) or 'nobody'}; events: {events}, of people: {people}"

    @steps("A practice is confirmed that is valid for two more days", expected="done")
    def _():
        until = (site.now() + timedelta(days=2)).date().isoformat()
        made["number"] = site.make("training", "trainer", taught="How samples are drawn", valid_until=until).number
        site.person("reader").sign(made["number"], "sign_off")
        site.person("trainer").sign(made["number"], "sign_off")
        return site.person("trainer").state(made["number"])

    @steps(
        "Let it expire by hand before its day", given=", ".join(roles), expected="done by: nobody; events: 0, of people: 0"
    )
    def _():
        return tried()

    @steps(
        "Let its day pass, and stop and start the server",
        given="4 days on the copy's clock",
        expected="restarted; expired; events: 1, of people: 0",
    )
    def _():
        site.advance("4d")
        again = site.restart()
        state = site.until(made["number"], "expired", "trainer", 120)
        events, people = expired()
        return f"{again}; {state}; events: {events}, of people: {people}"

    @steps("Read as whom it was recorded", given="SQL", expected="via the system or a timer: yes; a person named: no")
    def _():
        row = next(
            one for one in database.rows(PAYLOADS, made["number"]) if json.loads(one["payload"])["act"] == "training.expire"
        )
        by = json.loads(row["payload"])["by"]
        return f"via the system or a timer: {yes(by.get('via') in ('system', 'timer'))}; a person named: {yes(by.get('person') or by.get('user_id'))}"

    @steps("Let it expire once more by hand", given=", ".join(roles), expected="done by: nobody; events: 1, of people: 0")
    def _():
        return tried()
