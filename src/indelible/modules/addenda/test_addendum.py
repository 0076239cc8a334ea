"""OQ of addenda: what comes to light after a record has ended stands beside it, and the record stays as it was signed."""

from __future__ import annotations

import pytest

HEAD = "SELECT state, position, version, version_sha256 FROM record WHERE number = ?"
GIVEN = "SELECT s.manifest FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position"
ADDED = "The report of the laboratory of 3 March confirms that the level never fell below 40 cm"


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else f"refused: {answer.rule}"


def category(site, at):
    """Give a declared category; a script takes one of its own, so that no trend of others holds back what it closes."""
    choices = next(one["choices"] for one in site.reading.types["deviation"]["fields"] if one["name"] == "category")
    return choices[at % len(choices)]


def reviewed(site):
    """Bring a minor deviation, which the author owns, to Quality; gives its number."""
    number = site.make("deviation", "reader", "triage", reporter="q.reader").number
    site.walk(number, "submit")
    for who, state, move in (("qa_ops", "investigating", "investigate"), ("author", "qa_review", "submit")):
        person = site.person(who)
        given = {
            "class": "minor", "lot_hold": False, "owner": "q.author", "quality_concerned": False, "capa_needed": False,
            "department": site.department, "category": category(site, 2),
            "suspected_cause": "unknown",
        }  # fmt: skip
        if state == "qa_review":
            given |= {
                "method": "other",
                "cause": "A door was left open",
                "cause_code": "human slip",
                "look_back": "None before",
            }
        known = person.fields(number)
        fields = site.filling.values("deviation", state, **given)
        person.edit(number, **{name: value for name, value in fields.items() if known.get(name) is None})
        site.walk(number, move)
    return number


@pytest.mark.needs("addendum.draft.submit", "addendum.awaits_quality.accept", "deviation.qa_review.close")
@pytest.mark.script(
    "OQ-REC-021",
    title="What comes to light after a record has ended is added under its number",
    negative=True,
    requirements=("URS-REC-017",),
)
def test_an_addendum(steps, site, database):
    """Nothing is added to what is open, and no other conclusion to what has ended; record and signatures stay exactly as they were."""
    made, author = {}, site.person("author")

    def begun(who="author", **given):
        fields = {"title": "Report of the laboratory", "belongs_to": [made["number"]], "owner": "q.author", "added": ADDED,
                  "because": "It came after the closing", "changes_conclusion": False}  # fmt: skip
        return site.person(who).create("addendum", **{**fields, **given})

    def as_it_was():
        return (database.rows(HEAD, made["number"]), database.rows(GIVEN, made["number"])) == made["before"]

    @steps("Add to a deviation that is still open", expected="qa_review; refused: its_record_has_ended")
    def _():
        made["number"] = reviewed(site)
        return f"{author.state(made['number'])}; {refused(begun())}"

    @steps("It is closed; edit and amend it afterwards", expected="closed; done: no, no")
    def _():
        state = site.walk(made["number"], "close")
        made["before"] = database.rows(HEAD, made["number"]), database.rows(GIVEN, made["number"])
        tried = (
            author.edit(made["number"], cause="Another cause"),
            author.amend(made["number"], "It came later", cause="Another"),
        )
        return f"{state}; done: {', '.join(yes(one.ok) for one in tried)}"

    @steps("Add what changes its conclusion", expected="201; refused: conclusions_stand; draft")
    def _():
        answer = begun(changes_conclusion=True)
        return f"{answer.said}; {author.sign(answer.number, 'submit').signed}; {author.state(answer.number)}"

    @steps(
        "Add to it as somebody who neither owns it nor is of Quality",
        expected="201; refused: added_by_owner_or_quality; draft",
    )
    def _():
        answer = begun("system_owner")
        person = site.person("system_owner")
        return f"{answer.said}; {person.sign(answer.number, 'submit').signed}; {person.state(answer.number)}"

    @steps("Its owner adds what changes no conclusion", expected="201; under its number: yes; signed; awaits_quality")
    def _():
        answer = begun()
        made["addendum"] = answer.number
        under = answer.number.startswith(f"{made['number']}-A")
        signed = author.sign(answer.number, "submit").signed
        return f"{answer.said}; under its number: {yes(under)}; {signed}; {author.state(answer.number)}"

    @steps("Its owner adds it without Quality", expected="signed: no; awaits_quality")
    def _():
        signed = author.sign(made["addendum"], "accept").signed
        return f"signed: {yes(signed == 'signed')}; {author.state(made['addendum'])}"

    @steps("Quality signs", expected="signed; added; authored, quality_approved")
    def _():
        signed = site.person("qa_approver").sign(made["addendum"], "accept").signed
        given = author.signatures(made["addendum"]).json["signatures"]
        return f"{signed}; {author.state(made['addendum'])}; {', '.join(one['statement']['meaning'] for one in given)}"

    @steps("Compare the record", given="SQL: state, position, version, hash, signatures", expected="as it was: yes")
    def _():
        return f"as it was: {yes(as_it_was())}"

    @steps("Print the record", expected="the addendum and its text are on paper: yes")
    def _():
        text = author.pdf(made["number"])
        return (
            f"the addendum and its text are on paper: {yes(made['addendum'] in text and 'never fell below 40 cm' in text)}"
        )
