"""OQ of what is shown of a signature: nothing of one that was refused, everything of one that was given, and nothing of it changed."""

from __future__ import annotations

import json
import re

import pytest

GIVEN = "SELECT s.* FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position"
OFFSET = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? [+\-\u2212]\d\d:\d\d")
SIGNED_AS = "Signature"


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("document.draft.submit")
@pytest.mark.script(
    "OQ-SIG-031",
    title="Name, time and meaning are shown of a signature that was given, and of none that was refused",
    negative=True,
    requirements=("URS-SIG-001", "URS-SIG-002", "URS-SIG-015", "URS-CPY-007"),
)
def test_what_is_shown(steps, site, database, reading):
    """After a wrong password neither page nor copy names a signer; after the right one every page of the copy does, and the row stays."""
    made, author = {}, site.person("author")
    meaning = reading.moves("document", "draft")["submit"]["signs"][0]["meaning"]
    label, sentence = reading.meanings[meaning]["label"], reading.meanings[meaning]["text"]

    def shown():
        """Say what the printed copy shows of a signature: the sentence of its meaning, and a time with its offset beside the name."""
        copy = " ".join(author.pdf(made["number"]).split())
        return (
            f"signatures: {len(database.rows(GIVEN, made['number']))}; the copy says what it means: {yes(sentence in copy)}"
        )

    @steps("Write a document that lacks nothing", expected="201; signatures: 0; the copy says what it means: no")
    def _():
        answer = site.make("document", "author", "in_approval")
        made["number"] = answer.number
        return f"{answer.said}; {shown()}"

    @steps(
        "Sign it with a wrong password, and as somebody else by the own dialog",
        expected="signed: no, no; signatures: 0; the copy says what it means: no",
    )
    def _():
        wrong = author.sign(made["number"], "submit", password="not the password of anybody")  # noqa: S106 - it is wrong on purpose
        other = author.sign(made["number"], "submit", user_id="q.qa_approver")
        signed = [yes(one.signed == "signed") for one in (wrong, other)]
        return f"signed: {', '.join(signed)}; {shown()}"

    @steps("Sign it", expected="signed; signatures: 1; the copy says what it means: yes")
    def _():
        author.enter()
        return f"{author.sign(made['number'], 'submit').signed}; {shown()}"

    @steps(
        "Look on every page of the copy for name, meaning, day and minute, and offset",
        expected=f"on every page: yes; {label} there: yes",
    )
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        said = json.loads(row["manifest"])
        minute = said["local_time"][:16]
        found = made["pages"] = pages(author, made["number"])
        whole = [row["printed_name"] in one and minute in one and OFFSET.search(one.replace("\u2212", "-")) for one in found]
        return f"on every page: {yes(found and all(whole))}; {label} there: {yes(label in ' '.join(found))}"

    @steps(
        "Write over name, time, offset and meaning in the database",
        given="four UPDATE statements, as whoever holds the tables",
        expected="0 done; the row is as it was: yes",
    )
    def _():
        row = database.rows(GIVEN, made["number"])[0]
        tried = ("printed_name = 'Somebody Else'", "at = '2020-01-01 00:00:00'", "manifest = '{}'", "meaning = 'approved'")
        done = [database.attempt(f"UPDATE signature SET {one} WHERE record_id = ?", row["record_id"]) for one in tried]  # noqa: S608 - texts of this script
        return f"{done.count('done')} done; the row is as it was: {yes(database.rows(GIVEN, made['number'])[0] == row)}"


def pages(person, number):
    """Give the text of each page of a record's copy."""
    import io

    from pypdf import PdfReader

    content = person.api("GET", f"/records/document/{number}/pdf").content
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]
