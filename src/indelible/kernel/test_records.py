"""OQ of records: required fields, limits, declared moves, numbers, voiding instead of deleting, late entries, links, comments."""

from __future__ import annotations

import re

import pytest

NUMBERED = re.compile(r"\d+")


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else "refused"


def limited(reading, kind):
    """Give a text field with a limit that is entered at once."""
    return next(
        (
            (one["name"], one["max_length"])
            for one in reading.types[kind]["fields"]
            if one["kind"] == "text" and one.get("max_length") and not one.get("phase") and not one.get("retired")
        ),
        ("", 0),
    )


@pytest.mark.script(
    "OQ-REC-001",
    title="A record of every type lacks nothing that is asked at its creation",
    negative=True,
    requirements=("URS-REC-003", "URS-REC-004"),
)
@pytest.mark.cases("begun")
def test_required_at_creation(steps, site, reading, case):
    """Without its values a record is not begun, and the answer names every field that is empty."""
    asked = sorted(
        one["name"]
        for one in reading.types[case]["fields"]
        if one.get("required") == "at_creation" and not one.get("begins_with")
    )

    @steps("Begin a record with nothing in it", given=case, expected="422 required_fields; named: " + ", ".join(asked))
    def _():
        answer = site.filling.maker(case).create(case)
        named = [one for one in answer.missing if one in asked]
        return f"{answer.status} {answer.rule}; named: {', '.join(named)}"


@pytest.mark.script(
    "OQ-REC-002",
    title="What a field cannot hold is refused by its name",
    negative=True,
    requirements=("URS-REC-004", "URS-API-004"),
)
@pytest.mark.needs("document", "document:title", "document:class", "document:effective_on", "document:owner")
def test_values_that_do_not_fit(steps, site, database):
    """Too long, no such choice, no date, nobody, an unknown field, a number for a text: each is refused with its field, nothing is kept."""
    made = {}
    wrong = {
        "too long": ("title", "x" * 5000), "no such choice": ("class", "poem"), "no date": ("effective_on", "31.12.2026"),
        "nobody": ("owner", "q.nobody.at.all"), "a number for a text": ("title", 7), "a list for a text": ("title", ["a", "b"]),
    }  # fmt: skip

    @steps("Create a draft", expected="201")
    def _():
        answer = site.make("document", "author")
        made["number"] = answer.number
        return answer.said

    for words, (field, value) in wrong.items():

        @steps(f"Enter what is wrong: {words}", given=field, expected=f"422, {field} named: yes")
        def _(field=field, value=value):
            answer = site.person("author").edit(made["number"], **{field: value})
            return f"{answer.status}, {field} named: {yes(field in answer.missing or field in answer.text)}"

    @steps("Enter a field that the type does not have", given="colour", expected="422, colour named: yes")
    def _():
        answer = site.person("author").edit(made["number"], colour="red")
        return f"{answer.status}, colour named: {yes('colour' in answer.text)}"

    @steps("Count the versions", given="SQL", expected="1")
    def _():
        return str(
            database.value(
                "SELECT count(*) AS n FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ?", made["number"]
            )
        )


@pytest.mark.script(
    "OQ-REC-003", title="A limit of length is kept by every type", negative=True, requirements=("URS-REC-004",)
)
@pytest.mark.cases("begun")
def test_limits_of_every_type(steps, site, reading, case):
    """One letter more than declared is refused, with the name of the field."""
    field, most = limited(reading, case)
    if not field:
        field, most = reading.types[case]["fields"][0]["name"], 20000

    @steps(
        "Begin a record with one letter too many",
        given=f"{field}, {most + 1} letters",
        expected=f"refused, {field} named: yes",
    )
    def _():
        answer = site.make(case, **{field: "x" * (most + 1)})
        return f"{refused(answer)}, {field} named: {yes(field in answer.missing or field in answer.text)}"


@pytest.mark.script(
    "OQ-REC-004",
    title="A move that is not declared from the state is refused",
    negative=True,
    requirements=("URS-REC-002", "URS-DOC-001"),
)
@pytest.mark.needs("document.in_approval.approve", "document.approved.take_effect")
def test_undeclared_moves(steps, site, reading):
    """From the first state of a document nothing leads past review and approval, whoever asks."""
    first = reading.types["document"]["initial"]
    elsewhere = sorted(
        {name for state in reading.states("document") for name in reading.moves("document", state)}
        - {*reading.moves("document", first)}
    )
    made = {}

    @steps("Create a complete draft", expected=first)
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        return site.person("author").state(made["number"])

    @steps(
        "Try every move that is declared from other states only",
        given=", ".join(elsewhere),
        expected=f"{len(elsewhere)} refused, 0 done",
    )
    def _():
        done = 0
        for move in elsewhere:
            for who in ("author", "doc_control", "qa_approver"):
                done += site.person(who).act(made["number"], move, reason="The script tries what is not declared").ok
                done += (
                    site.person(who).sign(made["number"], move, "The script tries what is not declared").signed == "signed"
                )
        return f"{len(elsewhere) if not done else len(elsewhere) - done} refused, {done} done"

    @steps("Read the state", expected=first)
    def _():
        return site.person("author").state(made["number"])


@pytest.mark.script(
    "OQ-REC-005", title="A move waits for the fields that its target requires", negative=True, requirements=("URS-REC-003",)
)
@pytest.mark.needs("document.draft.submit")
def test_fields_before_a_move(steps, site, reading):
    """A draft that lacks what review requires stays a draft, and every empty field is named."""
    to = reading.moves("document", "draft")["submit"]["to"]
    asked = sorted(
        one["name"]
        for one in reading.types["document"]["fields"]
        if (one.get("required") == "always" or to in (one.get("required_in") or [])) and not one.get("required_when")
    )
    made = {}

    @steps("Create a draft with title and class alone", expected="201")
    def _():
        answer = site.person("author").create("document", title="Nearly empty", **{"class": "procedure"})
        made["number"] = answer.number
        return answer.said

    @steps("Submit it", expected="signed: no; the rule: required_fields; not named: nothing")
    def _():
        answer = site.person("author").sign(made["number"], "submit")
        labels = {one["name"]: one.get("label", one["name"]) for one in reading.types["document"]["fields"]}
        words = answer.words
        lacking = [name for name in asked if f"{labels[name]} is empty" not in words]
        return f"signed: {yes(answer.signed == 'signed')}; the rule: {answer.rule}; not named: {', '.join(lacking) or 'nothing'}"

    @steps("Read the state", expected="draft")
    def _():
        return site.person("author").state(made["number"])


@pytest.mark.script(
    "OQ-REC-006",
    title="Numbers are given once, counted on, and never given again",
    negative=True,
    requirements=("URS-REC-001",),
)
@pytest.mark.needs("deviation")
def test_numbers(steps, site, database):
    """Every number of a series between the first and the last one exists as a record; a voided one keeps its number."""
    made = {}

    @steps("Create three deviations, one of them refused in between", expected="three numbers in a row: yes")
    def _():
        numbers = []
        for at in range(3):
            numbers.append(site.make("deviation", "reader", title=f"Numbered {at}").number)
            site.person("reader").create("deviation", title="x" * 5000, reporter="q.reader")
        counts = [int(NUMBERED.findall(one)[-1]) for one in numbers]
        made["number"] = numbers[1]
        return f"three numbers in a row: {yes(counts == list(range(counts[0], counts[0] + 3)))}"

    @steps("Void the second one", expected="void")
    def _():
        return site.walk(made["number"], "void", first=("qa_approver",))

    @steps("Create one more", expected="another number: yes")
    def _():
        made["next"] = site.make("deviation", "reader", title="Numbered later").number
        return f"another number: {yes(made['next'] != made['number'])}"

    @steps("Account for every number of the series", given="SQL", expected="0 missing, 0 twice")
    def _():
        found = [
            int(NUMBERED.findall(row["number"])[-1])
            for row in database.rows("SELECT number FROM record WHERE type = 'deviation'")
        ]
        return f"{len({*range(1, max(found) + 1)} - {*found})} missing, {len(found) - len({*found})} twice"

    @steps("Give a new record the number of the voided one", given="SQL", expected="refused")
    def _():
        answer = database.attempt("UPDATE record SET number = ? WHERE number = ?", made["number"], made["next"])
        return "done" if answer == "done" else "refused"


@pytest.mark.script(
    "OQ-REC-007",
    title="Nobody deletes a record, whatever its type",
    negative=True,
    requirements=("URS-REC-007", "URS-RET-008"),
)
@pytest.mark.cases("begun")
def test_nobody_deletes(steps, site, database, case):
    """No call and no page removes a record; the database refuses it as well; it is found afterwards."""
    made = {}

    @steps("Take a record of the type", given=case, expected="there")
    def _():
        number = database.value("SELECT number FROM record WHERE type = ? LIMIT 1", case) or site.make(case).number
        made["number"] = number
        return "there" if number else "none"

    @steps(
        "Remove it as administrator, as Quality and as its maker",
        given="DELETE by the interface",
        expected="refused, refused, refused",
    )
    def _():
        people = [site.person("sysadmin"), site.person("qa_approver"), site.filling.maker(case)]
        return ", ".join(refused(one.api("DELETE", f"/records/{case}/{made['number']}")) for one in people)

    @steps("Remove it in the database", expected="refused")
    def _():
        return "done" if database.attempt("DELETE FROM record WHERE number = ?", made["number"]) == "done" else "refused"

    @steps("Look for it", given="SQL", expected="there")
    def _():
        return "there" if database.rows("SELECT id FROM record WHERE number = ?", made["number"]) else "gone"
