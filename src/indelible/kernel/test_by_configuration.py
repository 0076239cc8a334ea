"""OQ of every type as it is configured: nothing is written on a state that nobody looked at, nothing moves that is not declared."""

from __future__ import annotations

import pytest

WHY = "The script tries what must not be possible"
AWAY = {"absence": "trainer"}  # one person is away once at a time, and other scripts let others be away
NOWHERE = "a_move_that_no_type_declares"


def text_field(reading, kind):
    """Give a text that can be changed as soon as the record is there; nothing where a type has none."""
    fits = [
        one["name"]
        for one in reading.types[kind]["fields"]
        if one["kind"] == "text" and not one.get("phase") and not one.get("unique") and not one.get("retired")
    ]
    return fits[0] if fits else ""


def editor(site, reading, kind, number):
    """Give somebody of the cast who may edit a new record now: who made it, or a holder of a declared role."""
    declared = [one for one in reading.states(kind)[reading.types[kind]["initial"]]["edit"] if one in reading.roles]
    people = [site.filling.maker(kind), *(site.person(role) for role in declared)]
    return next((one for one in people if "edit" in one.allowed(number)), people[0])


def elsewhere(reading, kind):
    """Give the moves that a type declares, and not from its first state."""
    declared = {move for state in reading.states(kind) for move in reading.moves(kind, state)}
    return sorted(declared - {*reading.moves(kind, reading.types[kind]["initial"])})


@pytest.mark.script(
    "OQ-API-101",
    title="Nothing is written on a state that was not looked at, whatever the type",
    negative=True,
    requirements=("URS-API-002", "URS-LED-006"),
)
@pytest.mark.cases("edited")
def test_preconditions(steps, site, database, reading, case):
    """An edit without If-Match, or with that of an older state, is refused, and leaves neither version nor event."""
    field, made = text_field(reading, case), {}

    @steps("Begin a record", given=case, expected="201")
    def _():
        answer = site.make(case)
        made["number"] = answer.number
        made["person"] = editor(site, reading, case, answer.number) if answer.ok else None
        return answer.said

    @steps(
        "Edit without saying which state was looked at",
        given=f"PATCH without If-Match: {field or 'nothing'}",
        expected="428",
    )
    def _():
        body = {"fields": {field: WHY} if field else {}, "reason": WHY}
        return str(made["person"].api("PATCH", f"/records/{case}/{made['number']}", body).status)

    @steps("Edit with a state that is not the present one", given='PATCH with If-Match: "0"', expected="412")
    def _():
        body = {"fields": {field: WHY} if field else {}, "reason": WHY}
        return str(made["person"].api("PATCH", f"/records/{case}/{made['number']}", body, If_Match='"0"').status)

    @steps("Look for what was sent", given="SQL: versions and events of the record", expected="in 0 versions, in 0 events")
    def _():
        versions = database.rows(
            "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ?", made["number"]
        )
        events = database.rows(
            "SELECT e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ?", made["number"]
        )
        return f"in {sum(WHY in one['content'] for one in versions)} versions, in {sum(WHY in one['payload'] for one in events)} events"


@pytest.mark.script(
    "OQ-REC-101",
    title="A move that the first state does not declare is done by nobody, whatever the type",
    negative=True,
    requirements=("URS-REC-002", "URS-AUT-001"),
)
@pytest.mark.cases("begun")
def test_moves_out_of_sequence(steps, site, database, reading, case):
    """Every move of later states, and one that nobody declares, is refused to whoever made the record and to Quality."""
    first, made = reading.types[case]["initial"], {}
    tried = [*elsewhere(reading, case), NOWHERE]

    @steps("Begin a record", given=case, expected=f"201, {first}")
    def _():
        answer = site.make(case, AWAY.get(case, ""))
        made["number"] = answer.number
        row = database.rows("SELECT state FROM record WHERE number = ?", answer.number)
        return f"{answer.said}, {row[0]['state'] if row else 'no record'}"

    @steps("Try each", given=", ".join(tried), expected=f"{len(tried)} moves, none done")
    def _():
        people = [site.filling.maker(case, AWAY.get(case, "")), site.person("qa_approver")]
        done = [move for move in tried if any(one.act(made["number"], move, reason=WHY).ok for one in people)]
        return f"{len(tried)} moves, {', '.join(done) + ' done' if done else 'none done'}"

    @steps("Read the state", given="SQL", expected=first)
    def _():
        return str(database.rows("SELECT state FROM record WHERE number = ?", made["number"])[0]["state"])
