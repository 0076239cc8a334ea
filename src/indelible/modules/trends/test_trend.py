"""OQ of trends: begun by the system by declared count and days, and decided by Quality before any of its records is closed."""

from __future__ import annotations

import time
import uuid

import pytest

MEMBERS = """SELECT DISTINCT r.number, r.state, r.author_id FROM record r JOIN link l ON l.record_id = r.id
    WHERE r.type = 'trend' AND l.relation = 'members' AND l.target = ? ORDER BY r.number"""
PATIENCE = 60  # seconds for what the system does by itself
REASON = "Three rooms of three buildings; no cause in common"
NEEDS = ("deviation.draft.submit", "deviation.triage.investigate", "trend.to_decide.decide", "deviation:category")


def yes(it):
    return "yes" if it else "no"


def category(site, at):
    """Give a declared category; a script takes one of its own, so that no trend of others holds back what it closes."""
    choices = next(one["choices"] for one in site.reading.types["deviation"]["fields"] if one["name"] == "category")
    return choices[at % len(choices)]


def classified(site, **given):
    """Report a deviation and bring it to its investigation, where it counts; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader").number
    site.walk(number, "submit")
    fields = site.filling.values(
        "deviation", "investigating",
        **{"class": "minor", "owner": "q.author", "lot_hold": False, "quality_concerned": False, "department": site.department,
           "suspected_cause": "unknown", **given},
    )  # fmt: skip
    known = site.person("qa_ops").fields(number)
    site.person("qa_ops").edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    site.walk(number, "investigate")
    return number


def reviewed(site, **given):
    """Bring a deviation to Quality; gives its number."""
    number, owner = classified(site, **given), site.person("author")
    known = owner.fields(number)
    fields = site.filling.values(
        "deviation", "qa_review", capa_needed=False, capa_reason="One room of its kind, and it is closed", owner="q.author",
        look_back="No other case in 24 months", method="other", cause="A door was left open", cause_code="human slip",
        product_reason="Nothing was in the room", patient_reason="Nothing was in the room", data_reason="The log is complete",
    )  # fmt: skip
    owner.edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
    site.walk(number, "submit")
    return number


def trends(database, number, awaited=0):
    """Give the trends of which a record is part, as soon as there are as many as awaited."""
    until = time.monotonic() + (PATIENCE if awaited else 0)
    while len(found := database.rows(MEMBERS, number)) < awaited and time.monotonic() < until:
        time.sleep(1)
    return found


def says(person, number, **fields):
    """Change fields of a trend, of which one is called as the reason of a change is; gives the answer's outcome."""
    tag = str(person.read(number).headers.get("ETag", ""))
    body = {"fields": fields, "reason": ""}
    return person.api("PATCH", f"/records/trend/{number}", body, If_Match=tag, Idempotency_Key=f"q-{uuid.uuid4().hex}").said


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-DEV-006",
    title="The system begins a trend when the declared number of alike records is reached",
    negative=True,
    requirements=("URS-DEV-008",),
)
def test_it_is_begun_by_the_system(steps, site, database, reading):
    """One fewer is no trend, one of another kind neither; the last one makes it, with all of them as its members, once."""
    made, declared = {"alike": []}, reading.types["deviation"]["trend"]
    field, count = declared["of"], declared["count"]

    def object_of(name):
        return site.make("product", "", name=name).number

    def numbers():
        return [str(one["number"]) for one in site.person("qa_approver").fields(made["trend"]).get("members") or []]

    @steps(
        f"Classify {count - 1} deviations of one kind that name one object, and {count - 1} of the same kind that name another",
        expected="trends: 0",
    )
    def _():
        kind = made["kind"] = reading.fields("deviation")[field]["choices"][-2]
        made["object"], other = object_of("Room 7"), object_of("Room 8")
        made["alike"] = [classified(site, **{field: kind, "affected_records": [made["object"]]}) for _ in range(count - 1)]
        for _ in range(count - 1):
            classified(site, **{field: kind, "affected_records": [other]})
        time.sleep(5)
        return f"trends: {sum(len(trends(database, number)) for number in made['alike'])}"

    @steps("Classify one of another kind that names the first object", expected="trends of it: 0; of the others: 0")
    def _():
        number = classified(
            site, **{field: reading.fields("deviation")[field]["choices"][-3], "affected_records": [made["object"]]}
        )
        time.sleep(5)
        rest = sum(len(trends(database, one)) for one in made["alike"])
        return f"trends of it: {len(trends(database, number))}; of the others: {rest}"

    @steps(
        "Classify the next of the first kind and object",
        expected="trends: 1, to_decide; begun by a person: no; its members are these: yes",
    )
    def _():
        made["alike"].append(classified(site, **{field: made["kind"], "affected_records": [made["object"]]}))
        found = trends(database, made["alike"][-1], 1)
        made["trend"] = found[0]["number"] if found else ""
        states = ", ".join(one["state"] for one in found)
        return (
            f"trends: {len(found)}, {states}; begun by a person: {yes(found and found[0]['author_id'])}; "
            f"its members are these: {yes(numbers() == made['alike'])}"
        )

    @steps("Begin a second one as somebody without a role of Quality", expected="refused: authority; trends: 1")
    def _():
        answer = site.person("author").create("trend", title="Seen elsewhere", members=made["alike"])
        told = "done" if answer.ok else f"refused: {answer.rule}"
        return f"{told}; trends: {len(trends(database, made['alike'][0]))}"

    @steps("Classify one more", expected="trends: 1; it was taken in: yes")
    def _():
        made["alike"].append(classified(site, **{field: made["kind"], "affected_records": [made["object"]]}))
        found = trends(database, made["alike"][-1], 1)
        same = len(found) == 1 and found[0]["number"] == made["trend"]
        return (
            f"trends: {len(trends(database, made['alike'][0]))}; it was taken in: {yes(same and numbers() == made['alike'])}"
        )


@pytest.mark.needs(*NEEDS, "deviation.investigating.submit", "deviation.qa_review.close", "capa")
@pytest.mark.script(
    "OQ-DEV-007",
    title="The records of a trend stay open until Quality has signed a CAPA or the reason why none is needed",
    negative=True,
    requirements=("URS-DEV-009",),
)
def test_it_is_decided_first(steps, site):
    """Closing is refused while the trend waits; it is decided by a quality approver alone, with a CAPA that was begun or a reason."""
    made, ops, quality = {}, site.person("qa_ops"), site.person("qa_approver")

    def closed():
        return f"{quality.sign(made['number'], 'close').signed}; {quality.state(made['number'])}"

    def decided(who="qa_approver"):
        return f"{site.person(who).sign(made['trend'], 'decide').signed}; {quality.state(made['trend'])}"

    @steps("Bring a deviation to Quality, which sees a trend in it", expected="qa_review; 201; to_decide")
    def _():
        made["number"] = reviewed(
            site, category=category(site, 1), affected_records=[site.make("product", "", name="Room 9").number]
        )
        answer = ops.create("trend", title="Doors are left open", members=[made["number"]])
        made["trend"] = answer.number
        return f"{quality.state(made['number'])}; {answer.said}; {quality.state(made['trend'])}"

    @steps("Close the deviation", expected="refused: trends_are_decided; qa_review")
    def _():
        return closed()

    @steps("Decide the trend with no word of why", expected="refused: required_fields; to_decide")
    def _():
        return decided()

    @steps("Say that a CAPA answers it, and begin none", expected="200; refused: trend_is_answered; to_decide")
    def _():
        return f"{says(ops, made['trend'], capa_needed=True, reason='It can happen in other rooms')}; {decided()}"

    @steps("Say that none is needed, with a reason that says nothing", expected="200; refused: trend_is_answered; to_decide")
    def _():
        return f"{says(ops, made['trend'], capa_needed=False, reason='n/a')}; {decided()}"

    @steps(
        "Give the reason; quality operations decide",
        expected="200; refused: signer_authority; to_decide; the deviation: refused: trends_are_decided; qa_review",
    )
    def _():
        said = says(ops, made["trend"], reason=REASON)
        return f"{said}; {decided('qa_ops')}; the deviation: {closed()}"

    @steps("A quality approver decides", expected="signed; decided")
    def _():
        return decided()

    @steps("Close the deviation", expected="signed; closed")
    def _():
        return closed()

    @steps("Another trend is answered by a CAPA that is begun for it", expected="201; signed; decided")
    def _():
        other = reviewed(
            site, category=category(site, 1), affected_records=[site.make("product", "", name="Room 10").number]
        )
        made["trend"] = ops.create("trend", title="Doors are left open", members=[other]).number
        answer = site.make("capa", "author", owner="q.author", sources=[made["trend"]])
        says(ops, made["trend"], capa_needed=True, reason="Doors are left open in every building")
        return f"{answer.said}; {decided()}"
