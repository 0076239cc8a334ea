"""OQ of what is in force: one revision at a time, and whoever asks for the document is given that one."""

from __future__ import annotations

import pytest


@pytest.mark.needs("document.in_approval.approve", "document.approved.take_effect", "document.effective.supersede")
@pytest.mark.script(
    "OQ-DOC-003",
    title="A new revision supersedes the one before, and the series gives the one in force",
    negative=True,
    requirements=("URS-DOC-003", "URS-DOC-002", "URS-DOC-005", "URS-CPY-009"),
)
def test_a_revision_supersedes(steps, site, database):
    """In the act in which a revision takes effect the one before leaves force; its copies say so from then on."""
    made, author = {}, site.person("author")

    def given(name):
        answer = site.person("reader").read(made["series"])
        return f"the {name} revision" if answer.number == made[name] else f"{answer.said} {answer.number}"

    def effective(number):
        for move in ("submit", "agree", "approve"):
            site.walk(number, move)
        return site.until(number, "effective")  # its day has come: the system moves it by itself

    @steps("Bring a first revision into force", expected="effective")
    def _():
        made["first"] = site.make("document", "author", "in_approval").number
        made["series"] = made["first"].rpartition(".")[0]
        return effective(made["first"])

    @steps("Begin the second revision, and a third beside it", expected="200; refused: one_open_revision")
    def _():
        begun = author.act(made["first"], "revise")
        made["second"] = begun.number
        again = author.act(made["first"], "revise")
        return f"{begun.said}; {'done' if again.ok else 'refused'}: {again.rule}"

    @steps("Send it for review without saying why it was revised", expected="refused: revision_is_explained; draft")
    def _():
        author.edit(made["second"], effective_on="2020-01-01")
        return f"{author.sign(made['second'], 'submit').signed}; {author.state(made['second'])}"

    @steps("Ask for the document by its number without revision, while the second is in work", expected="the first revision")
    def _():
        return given("first")

    @steps("Say why, and bring the second into force", expected="effective; the first one: superseded")
    def _():
        author.edit(made["second"], reason_for_revision="The limits of temperature were too wide", revision_class="full",
                    summary_of_changes="Limits of temperature in chapter 1")  # fmt: skip
        return f"{effective(made['second'])}; the first one: {author.state(made['first'])}"

    @steps("Ask for the document by its number without revision", expected="the second revision")
    def _():
        return given("second")

    @steps("Look for revisions in force", given="SQL", expected="1")
    def _():
        return str(
            len(database.rows("SELECT number FROM record WHERE series = ? AND standing = 'in_force'", made["series"]))
        )

    @steps("Print both", expected="SUPERSEDED on: first")
    def _():
        marked = [name for name in ("first", "second") if "SUPERSEDED" in author.pdf(made[name])]
        return f"SUPERSEDED on: {', '.join(marked)}"


@pytest.mark.needs("document.draft.submit", "document:text")
@pytest.mark.script(
    "OQ-DOC-010",
    title="A text with a mark to adapt goes to nobody, and is named with its place",
    negative=True,
    requirements=("URS-DOC-014",),
)
def test_marks_to_adapt(steps, site, database):
    """Refused for a mark in any of its forms; accepted with the words that hold here."""
    made, author = {}, site.person("author")
    marks = ("[[adapt: who does it]]", "[[ADAPT: who does it]]", "[[adapt: who does it")

    @steps(
        "Send a text with a mark",
        given=", ".join(marks),
        expected="refused: nothing_is_left_to_adapt, 3 of 3; signatures: 0",
    )
    def _():
        made["number"] = site.make("document", "author", "in_approval").number
        answers = []
        for mark in marks:
            author.edit(made["number"], text=f"## 1 Purpose\n\nIt is done by {mark}.")
            answers.append(author.sign(made["number"], "submit").signed)
        signed = database.value(
            "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?", made["number"]
        )
        same = answers.count("refused: nothing_is_left_to_adapt")
        return f"refused: nothing_is_left_to_adapt, {same} of {len(marks)}; signatures: {signed}"

    @steps("Read where the mark stands", expected="named: yes")
    def _():
        words = author.sign(made["number"], "submit").words
        return f"named: {'yes' if '1 Purpose' in words and 'who does it' in words else 'no'}"

    @steps("Write what holds here, and send it", expected="signed; in_review")
    def _():
        author.edit(made["number"], text="## 1 Purpose\n\nIt is done by the head of the laboratory.")
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"
