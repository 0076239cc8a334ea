"""OQ of content that must never have been there: withheld by two people together, with its hash, its signatures and its trail kept."""

from __future__ import annotations

import pytest

NAME = "Jane Example of 1 Mill Road"
WHY = "Personal data of a patient had been entered"
VERSIONS = """SELECT v.number, v.content, v.sha256 FROM version v JOIN record r ON r.id = v.record_id
    WHERE r.number = ? ORDER BY v.number"""
EVENTS = "SELECT e.leaf FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"
GIVEN = "SELECT s.manifest FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position"


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("document.draft.submit", "document.in_review.return", "document:text")
@pytest.mark.script(
    "OQ-REC-027",
    title="Content that must not be there is withheld by two people together, and its traces stay",
    negative=True,
    requirements=("URS-REC-008",),
)
def test_content_is_withheld(steps, site, database, reading):
    """Neither the author nor one person of Quality withholds anything; afterwards the text is gone, and hashes, signatures and trail are not."""
    made, author = {}, site.person("author")
    by = [one for one in reading.types["document"]["restrict"]["by"] if one in reading.roles]

    def holding():
        return sum(NAME in (one["content"] or "") for one in database.rows(VERSIONS, made["number"]))

    def restricted(who, number=""):
        signed = site.person(who).sign(number or made["number"], "restrict", WHY).signed
        return f"{signed}; versions with the name: {holding()}"

    @steps("Sign a document in which a patient is named", expected="in_review; versions with the name: 1")
    def _():
        made["number"] = site.make("document", "author", "in_approval", text=f"## 1 Purpose\n\nThe sample of {NAME}.").number
        return f"{site.walk(made['number'], 'submit')}; versions with the name: {holding()}"

    @steps(
        "Withhold it while it is what the record says", expected="refused: something_to_withhold; versions with the name: 1"
    )
    def _():
        return restricted(by[0])

    @steps("Its author takes the name out", expected="200; versions with the name: 1; the record says it: no")
    def _():
        said = author.amend(
            made["number"], "A name had been entered", text="## 1 Purpose\n\nThe sample of subject 014."
        ).said
        made["versions"] = database.rows(VERSIONS, made["number"])
        made["events"], made["given"] = database.rows(EVENTS, made["number"]), database.rows(GIVEN, made["number"])
        return f"{said}; versions with the name: {holding()}; the record says it: {yes(NAME in author.read(made['number']).text)}"

    @steps("Its author withholds what was there", expected="signed: no; versions with the name: 1")
    def _():
        signed = author.sign(made["number"], "restrict", WHY).signed
        return f"signed: {yes(signed == 'signed')}; versions with the name: {holding()}"

    @steps("One who may signs without a reason", expected="signed: no; versions with the name: 1")
    def _():
        signed = site.person(by[0]).sign(made["number"], "restrict").signed
        return f"signed: {yes(signed == 'signed')}; versions with the name: {holding()}"

    @steps("That one signs with a reason", expected="signed; versions with the name: 1")
    def _():
        return restricted(by[0])

    @steps("The same one signs again", expected="refused: signers_of_a_step_are_distinct; versions with the name: 1")
    def _():
        return restricted(by[0])

    @steps("A second one signs", expected="signed; versions with the name: 0")
    def _():
        return restricted(f"{by[0]}.2")

    @steps(
        "Compare with what was there before",
        given="SQL",
        expected="hashes as before: yes; signatures as before: yes; trail as before: yes; signed by 2 since: yes",
    )
    def _():
        now = {one["number"]: one["sha256"] for one in database.rows(VERSIONS, made["number"])}
        hashes = all(now.get(one["number"]) == one["sha256"] for one in made["versions"])
        given, events = database.rows(GIVEN, made["number"]), database.rows(EVENTS, made["number"])
        return (
            f"hashes as before: {yes(hashes)}; signatures as before: {yes(given[: len(made['given'])] == made['given'])}; "
            f"trail as before: {yes(events[: len(made['events'])] == made['events'])}; "
            f"signed by 2 since: {yes(len(given) == len(made['given']) + 2)}"
        )

    @steps(
        "Look for the name on its pages and in its trail",
        expected="found on: nothing; the page says that something is withheld: yes",
    )
    def _():
        person = site.person("qa_ops")
        first = made["versions"][0]["number"]
        pages = {where: person.get(f"/r/{made['number']}{where}") for where in ("", f"/as-signed/{first}", "/timeline")}
        found = [where or "the record" for where, page in pages.items() if NAME in page.text]
        found += ["its trail"] if NAME in person.history(made["number"]).text else []
        said = "withheld" in pages[""].words.lower()
        return f"found on: {', '.join(found) or 'nothing'}; the page says that something is withheld: {yes(said)}"
