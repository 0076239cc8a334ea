"""OQ of the letter under 11.100(c), in a home of the script's own: while none counts, no regulated record is signed."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

PATIENCE = 60  # seconds for what the system does by itself
COMPANY = "SELECT number FROM record WHERE type = 'company' ORDER BY number LIMIT 1"
LETTER = "SELECT number, state FROM record WHERE type = 'certification_letter' ORDER BY number"
TAKEN = "UPDATE record SET state = 'draft' WHERE type = 'certification_letter'"
GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'"
GIVEN = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"


@pytest.mark.needs("certification_letter.draft.file", "document.draft.submit", "deviation.draft.void")
@pytest.mark.script(
    "OQ-SIG-022",
    title="After the release no regulated record is signed before the letter to FDA of the company is sent and filed",
    negative=True,
    requirements=("URS-SIG-017",),
)
def test_without_the_letter(steps, own):
    """A home made of the copy, whose letter does not count any more: signing is refused until a letter that was sent is filed."""
    made = {}

    def person(who):
        return own.site.person(who)

    def told(answer):
        return answer.signed + (" for letter_is_filed" if not answer.ok and "letter_is_filed" in answer.words else "")

    def signed():
        answer = person("author").sign(made["number"], "submit")
        return f"{told(answer)}; {person('author').state(made['number'])}, {own.database.value(GIVEN, made['number'])} signatures"

    def day(days):
        return (own.site.now() - timedelta(days=days)).date().isoformat()

    @steps(
        "Make a home of the copy, in which the letter is still to be sent, and serve it",
        expected="restored; letters: draft; served",
    )
    def _():
        home = own.restored()
        guards = own.database.rows(GUARDS)  # no head changes without its event: they are taken away for this, and put back
        own.change(*(f"DROP TRIGGER {one['name']}" for one in guards), TAKEN, *(one["sql"] for one in guards))
        rows = own.database.rows(LETTER)
        return f"{home}; letters: {', '.join(sorted({one['state'] for one in rows}))}; {own.serve()}"

    @steps("Sign a document as its author", expected="refused: ready_to_sign for letter_is_filed; draft, 0 signatures")
    def _():
        made["number"] = own.site.make("document", "author", "in_approval", title="Signed after the letter").number
        return signed()

    @steps(
        "Sign as Quality, on a regulated record of another type",
        expected="refused: ready_to_sign for letter_is_filed; draft",
    )
    def _():
        number = own.site.make("deviation", "author", owner="q.author").number
        answer = person("qa_approver").sign(number, "void", "It was reported by mistake")
        return f"{told(answer)}; {person('qa_approver').state(number)}"

    @steps(
        "Write down a letter that was sent, and sign the document before it is filed",
        expected="201; refused: ready_to_sign for letter_is_filed; draft, 0 signatures",
    )
    def _():
        control, company = person("doc_control"), own.database.value(COMPANY)
        scan, proof = (control.upload(f"{one}.txt", one.encode()).json["sha256"] for one in ("The scan", "The proof"))
        answer = control.create(
            "certification_letter", title="Certification", company=[company], signatory="q.executive", way="electronically",
            signed_on=day(5), looked_up_on=day(5), sent_on=day(4), addressee="As looked up on the day", place_of_original="Safe 1",
            scan=[scan], proof=[proof],
        )  # fmt: skip
        made["letter"], until = answer.number, time.monotonic() + PATIENCE
        while not control.fields(made["letter"]).get("text") and time.monotonic() < until:
            time.sleep(0.5)  # the system writes it from the entry of the company
        return f"{answer.said}; {signed()}"

    @steps(
        "A quality approver files the letter", given="what is not regulated is signed without it", expected="signed; filed"
    )
    def _():
        answer = person("qa_approver").sign(made["letter"], "file")
        return f"{answer.signed}; {person('qa_approver').state(made['letter'])}"

    @steps("Sign the document now", expected="signed; in_review, 1 signatures")
    def _():
        return signed()
