"""OQ of the letter under 11.100(c): owed by each company, filed as it went, and no regulated signature before one counts."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

PATIENCE = 60  # seconds for what the system does by itself
BEGAN = """SELECT e.at, e.payload FROM event e JOIN record r ON r.id = e.record_id
    WHERE r.type = 'certification_letter' ORDER BY e.at"""
COUNTING = ("certification_letter.filed", "certification_letter.declared_not_applicable")
SIGNED = """SELECT DISTINCT r.number, r.type FROM signature s JOIN record r ON r.id = s.record_id
    JOIN event e ON e.record_id = s.record_id AND e.position = s.position WHERE e.at < ?"""
OWED = """SELECT r.number, r.state, r.author_id FROM record r JOIN link l ON l.record_id = r.id
    WHERE r.type = 'certification_letter' AND l.relation = 'company' AND l.target = ? ORDER BY r.number"""


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("certification_letter.draft.file", "certification_letter:scan", "company")
@pytest.mark.script(
    "OQ-SIG-021",
    title="The letter to FDA of a company is begun by itself and filed as it went, by somebody who did not bring it",
    negative=True,
    requirements=("URS-SIG-017",),
)
def test_the_letter(steps, site, database, reading):
    """Without scan and proof, sent before it was signed, or by who brought it, it is not filed."""
    made, brings = {}, site.person("doc_control")

    def filed(who="qa_approver"):
        return f"{site.person(who).sign(made['number'], 'file').signed}; {brings.state(made['number'])}"

    def day(days):
        return (site.now() - timedelta(days=days)).date().isoformat()

    @steps(
        "Look for regulated records that were signed before a letter of the company counted",
        given="SQL",
        expected="a letter counts: yes; signed before: none",
    )
    def _():
        rows = [one for one in database.rows(BEGAN) if json.loads(one["payload"])["event"] in COUNTING]
        until = rows[0]["at"] if rows else "9999-12-31 23:59:59"
        early = [one["number"] for one in database.rows(SIGNED, until) if reading.types[one["type"]].get("gxp")]
        return f"a letter counts: {yes(rows)}; signed before: {', '.join(early) or 'none'}"

    @steps(
        "Enter a further legal entity",
        expected="201; letters that it owes: 1, draft; begun by a person: no; it names the entity: yes",
    )
    def _():
        answer = site.make("company", "qa_ops", name="Second Example Company, Inc.", address="1 Main Street, Springfield")
        made["company"], until = answer.number, time.monotonic() + PATIENCE
        while not (found := database.rows(OWED, made["company"])) and time.monotonic() < until:
            time.sleep(1)
        first = found[0] if found else {"number": "", "author_id": ""}
        named = found and "Second Example Company, Inc." in str(brings.fields(first["number"]).get("text"))
        return (
            f"{answer.said}; letters that it owes: {len(found)}, {', '.join(one['state'] for one in found)}; "
            f"begun by a person: {yes(first['author_id'])}; it names the entity: {yes(named)}"
        )

    @steps("Begin a letter for no entity", expected="refused: required_fields")
    def _():
        answer = brings.create("certification_letter", title="For nobody")
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps("Bring one with neither scan nor proof, and file it", expected="201; refused: required_fields; draft")
    def _():
        answer = brings.create(
            "certification_letter", title="Certification", company=[made["company"]], signatory="q.executive", way="electronically",
            signed_on=day(5), looked_up_on=day(5), sent_on=day(9), addressee="As looked up on the day", place_of_original="Safe 1",
        )  # fmt: skip
        made["number"], until = answer.number, time.monotonic() + PATIENCE
        while not brings.fields(made["number"]).get("text") and time.monotonic() < until:
            time.sleep(0.5)  # the system writes it from the entry of the company
        return f"{answer.said}; {filed()}"

    @steps("Add both, with a day of sending before that of signing", expected="200; refused: letter_went_in_order; draft")
    def _():
        scan, proof = (brings.upload(f"{one}.txt", one.encode()).json["sha256"] for one in ("The scan", "The proof"))
        return f"{brings.edit(made['number'], scan=[scan], proof=[proof]).said}; {filed()}"

    @steps("Correct the day; who brought it files it", expected="200; refused: approver_is_not_author; draft")
    def _():
        return f"{brings.edit(made['number'], sent_on=day(4)).said}; {filed('doc_control')}"

    @steps(
        "Somebody who neither controls documents nor approves for Quality files it",
        expected="refused: signer_authority; draft",
    )
    def _():
        return filed("author")

    @steps("A quality approver compares and files it", expected="signed; filed; certified_copy")
    def _():
        found = filed()
        given = brings.signatures(made["number"]).json["signatures"]
        return f"{found}; {', '.join(one['statement']['meaning'] for one in given)}"
