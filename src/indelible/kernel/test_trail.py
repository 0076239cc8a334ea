"""OQ of the audit trail: who, which role, when, what, old, new and why, for every type; and no way around it."""

from __future__ import annotations

import json
import re

import pytest

PAYLOADS = "SELECT e.payload, e.at, e.person_id FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"
FIRST = "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? AND v.number = 1"
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def yes(it):
    return "yes" if it else "no"


def begun_by_people(reading, kind):
    return [one for one in reading.types[kind].get("create", []) if one != "system"]


def events(database, number):
    return [json.loads(row["payload"]) for row in database.rows(PAYLOADS, number)]


def text_field(reading, kind):
    """Give a text field that can be changed as soon as the record is there: not unique, of no phase of its own."""
    fits = [
        one
        for one in reading.types[kind]["fields"]
        if one["kind"] == "text"
        and not one.get("phase")
        and not one.get("unique")
        and not one.get("retired")
        and one["name"] not in ("table_sha256", "plan_hash")
    ]
    return fits[0]["name"] if fits else ""


@pytest.mark.script(
    "OQ-TRL-001",
    title="The creation of a record of every type is an event with person, role, time and values",
    requirements=("URS-TRL-001", "URS-TRL-002", "URS-REC-001", "URS-AUT-001"),
)
@pytest.mark.cases("begun")
def test_creation_of_every_type(steps, site, database, reading, case):
    """Whoever begins a record of this type leaves an event that names them, the role by which they might, and what they entered."""
    makers, made = begun_by_people(reading, case), {}

    @steps("Begin a record as one who may", given=f"{case}, by {makers[0]}", expected="201")
    def _():
        answer = site.make(case)
        made["number"] = answer.number
        return answer.said if not answer.ok else "201"

    @steps("Read the first event", given="SQL", expected=f"{case}.create by q.{makers[0]} through session at position 1")
    def _():
        made["event"] = one = events(database, made["number"])[0]
        return f"{one['act']} by {one['by']['user_id']} through {one['by']['via']} at position {one['position']}"

    @steps(
        "Read role, time and record",
        expected="the role is named: yes; UTC to the microsecond: yes; the record's number: yes",
    )
    def _():
        one = made["event"]
        held = [role.partition("@")[0] for role in one["by"]["roles"]]
        named = makers[0] in held or reading.roles.get(makers[0], {}).get("everybody")
        return (
            f"the role is named: {yes(named)}; UTC to the microsecond: {yes(UTC.fullmatch(one['at']))}; "
            f"the record's number: {yes(one['number'] == made['number'])}"
        )

    @steps(
        "Hold the first version against what the event says was entered",
        given="SQL",
        expected="fields it does not name: none",
    )
    def _():
        row = database.rows(FIRST, made["number"])[0]
        entered = {int(one) for one, value in json.loads(row["content"])["fields"].items() if value not in (None, "", [])}
        return f"fields it does not name: {sorted(entered - {*made['event'].get('changed', [])}) or 'none'}"

    @steps("Read the same by the interface", expected="the same act, person, time and leaf: yes")
    def _():
        shown = site.filling.maker(case).history(made["number"]).json["events"][0]
        one = made["event"]
        return f"the same act, person, time and leaf: {yes(shown['act'] == one['act'] and shown['at'] == one['at'] and shown['person'] == one['by']['person'])}"


@pytest.mark.script(
    "OQ-TRL-002",
    title="A changed value leaves the earlier one beside it, with who, when and why",
    requirements=("URS-TRL-003", "URS-TRL-001", "URS-CPY-008"),
)
@pytest.mark.needs("document")
def test_old_and_new(steps, site, database):
    """Every edit stays visible: on the page, by the interface, in the rows and on paper."""
    made, old, new = {}, "Handling of frozen samples", "Handling of samples below minus sixty"

    @steps(
        "Create a document and change its title",
        given=f"{old} becomes {new}; reason: Storage was moved",
        expected="201, 200",
    )
    def _():
        first = site.make("document", "author", "in_approval", title=old)
        made["number"] = first.number
        return f"{first.said}, {site.person('author').edit(made['number'], reason='Storage was moved', title=new).said}"

    @steps("Read the trail by the interface", expected=f"Title: {old} became {new}, by q.author, because Storage was moved")
    def _():
        event = site.person("author").history(made["number"]).json["events"][1]
        change = next(one for one in event["changes"] if one["field"] == "title")
        user = site.user_id_of(event["person"])
        return f"{change['label']}: {change['old']} became {change['new']}, by {user}, because {event['reason']}"

    @steps(
        "Read both versions", given="SQL", expected="2 versions, the first holds the old title and the second the new one"
    )
    def _():
        rows = database.rows(
            "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? ORDER BY v.number",
            made["number"],
        )
        holds = len(rows) == 2 and old in rows[0]["content"] and new in rows[1]["content"]
        return (
            f"{len(rows)} versions, {'the first holds the old title and the second the new one' if holds else 'otherwise'}"
        )

    @steps("Read the timeline on the page", expected="old and new and why: yes")
    def _():
        words = site.person("author").get(f"/r/{made['number']}/timeline").words
        return f"old and new and why: {yes(all(one in words for one in (old, new, 'Storage was moved')))}"

    @steps("Read the printed copy with its trail", expected="old and new and why: yes")
    def _():
        made["paper"] = words = " ".join(site.person("author").pdf(made["number"], trail=True).split())
        return f"old and new and why: {yes(all(one in words for one in (old, new, 'Storage was moved')))}"

    @steps("Count the events on the printed copy, each with its time, offset and person", expected="2 printed, 2 recorded")
    def _():
        rows = database.rows(
            "SELECT e.id FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ?", made["number"]
        )
        printed = re.findall("[0-9:]{8} [+\u2212-][0-9]{2}:[0-9]{2} \u00b7 ", made["paper"])
        return f"{len(printed)} printed, {len(rows)} recorded"


@pytest.mark.script(
    "OQ-TRL-003",
    title="An edit of every type is recorded with old value, new value and its author",
    requirements=("URS-TRL-001", "URS-TRL-003"),
)
@pytest.mark.cases("edited")
def test_edit_of_every_type(steps, site, database, reading, case):
    """No type is left out of the trail: where a record can be edited, the edit is an event and a version."""
    field, made = text_field(reading, case), {}
    editors = reading.states(case)[reading.types[case]["initial"]]["edit"]

    @steps("Begin a record", given=case, expected="201")
    def _():
        answer = site.make(case)
        made["number"], made["person"] = answer.number, site.filling.maker(case)
        if "edit" not in made["person"].allowed(made["number"]):
            for role in editors:
                if role in reading.roles and "edit" in site.person(role).allowed(made["number"]):
                    made["person"] = site.person(role)
        return answer.said

    @steps("Change a text", given=f"{field}, with a reason", expected="200, or refused with a rule that is named")
    def _():
        made["answer"] = made["person"].edit(
            made["number"], reason="The script changes a word", **{field: "Changed by the script"}
        )
        return (
            "200, or refused with a rule that is named"
            if made["answer"].status == 200 or made["answer"].rule
            else made["answer"].said
        )

    @steps(
        "Compare events and versions with what was answered",
        given="SQL",
        expected="an event and a version for an edit that was done, none for one that was refused",
    )
    def _():
        found = events(database, made["number"])
        edits = [one for one in found if one["act"] == f"{case}.edit"]
        versions = database.value(
            "SELECT max(v.number) AS n FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ?", made["number"]
        )
        done = made["answer"].status == 200
        right = (
            (
                len(edits) >= 1
                and versions >= 2
                and edits[-1]["by"]["user_id"] == made["person"].user_id
                and edits[-1].get("reason") == "The script changes a word"
            )
            if done
            else not edits
        )
        words = "an event and a version for an edit that was done, none for one that was refused"
        return words if right else f"{len(edits)} edits, {versions} versions, answered {made['answer'].said}"


@pytest.mark.script(
    "OQ-TRL-004",
    title="Time is the server's and is taken from nobody",
    negative=True,
    requirements=("URS-TRL-002", "URS-TIM-001"),
)
@pytest.mark.needs("deviation")
def test_server_time(steps, site, database):
    """A time that a caller sends along changes nothing: the event bears the server's, between the moments before and after."""
    made = {}

    @steps(
        "Send times of one's own with a new record",
        given="header Date of 2001, field at, key created_at",
        expected="422, 422, 201",
    )
    def _():
        reader = site.person("reader")
        values = site.filling.values("deviation", reporter="q.reader")
        first = reader.create("deviation", **values, at="2001-01-01T00:00:00Z")
        second = reader.api(
            "POST", "/records/deviation", {"fields": values, "created_at": "2001-01-01T00:00:00Z"}, Idempotency_Key="time-1"
        )
        made["before"] = site.now()
        third = reader.api(
            "POST",
            "/records/deviation",
            {"fields": values},
            Idempotency_Key=f"time-{made['before']}"[:60].replace(" ", ""),
            Date="Mon, 01 Jan 2001 00:00:00 GMT",
        )
        made["after"], made["number"] = site.now(), third.number
        return f"{first.status}, {second.status}, {third.status}"

    @steps("Read the event's time", given="SQL", expected="between before and after: yes")
    def _():
        from datetime import datetime

        at = datetime.fromisoformat(events(database, made["number"])[0]["at"])
        return f"between before and after: {yes(made['before'] <= at <= made['after'])}"


@pytest.mark.script(
    "OQ-TRL-005",
    title="An act that needs a reason is refused without one of the declared length",
    negative=True,
    requirements=("URS-TRL-004",),
)
@pytest.mark.needs("document.draft.submit", "document.in_review.return")
def test_reasons(steps, site, reading):
    """No reason, and one that is shorter than the policy says, are refused; a proper one is kept."""
    least, made = int(reading.policies.get("reason_length", 10)), {}

    @steps("Bring a document to review", expected=reading.moves("document", "draft")["submit"]["to"])
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        return site.walk(made["number"], "submit")

    @steps("Return it without a reason", expected="returned: no")
    def _():
        return f"returned: {yes(site.person('qa_ops').sign(made['number'], 'return').signed == 'signed')}"

    @steps("Return it with a reason that is one letter too short", given=f"{least - 1} letters", expected="returned: no")
    def _():
        words = "Freezer alarm rang for two hours in the cold store"[: least - 2] + "x"
        return f"returned: {yes(site.person('qa_ops').sign(made['number'], 'return', words).signed == 'signed')}"

    @steps("Return it with a reason", expected="signed; kept in the trail: yes")
    def _():
        words = "Section 2 lacks the acceptance criterion"
        signed = site.person("qa_ops").sign(made["number"], "return", words).signed
        last = site.person("author").history(made["number"]).json["events"][-1]
        return f"{signed}; kept in the trail: {yes(last['reason'] == words)}"
