"""OQ of what comes before a signature: training on the company's procedure on electronic signatures."""

from __future__ import annotations

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("document.draft.submit", "training.assigned.acknowledge", "role:trainer")
@pytest.mark.script(
    "OQ-IDN-028",
    title="Nobody signs before training on the procedure on electronic signatures",
    negative=True,
    requirements=("URS-IDN-028",),
)
def test_trained_on_signing(steps, own, reading):
    """On a home of the script's own whose policy names its first procedure: asked for as soon as that is in force, and no longer once trained."""
    made, numbered = {}, reading.types["document"]["number"]
    prefix = numbered.get("prefix") or numbered["prefixes"].get("procedure", next(iter(numbered["prefixes"].values())))
    procedure = f"{prefix}-{1:0{numbered['digits']}d}"

    def signatures(number):
        named = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"
        return own.database.value(named, number)

    @steps("Make a home whose policy names the procedure", given=f"signing_procedure: {procedure}", expected="made; served")
    def _():
        return f"{own.made(signing_procedure=procedure)}; {own.serve()}"

    @steps("Bring the procedure into force: while it is not, it asks for nothing", expected=f"{procedure}: effective")
    def _():
        made["procedure"] = own.site.effective(title="Electronic signatures")
        return f"{made['procedure'].rpartition('.')[0]}: {own.site.person('author').state(made['procedure'])}"

    @steps(
        "Sign a document as an author who was not trained on it",
        expected="refused; the training named: yes; signatures: 0; state: draft",
    )
    def _():
        author = own.site.person("author")
        made["draft"] = own.site.make("document", "author", "in_approval", title="Waits for a signature").number
        answer = author.sign(made["draft"], "submit", "Not trained")
        told = "signed" if answer.signed == "signed" else "refused"
        named = "Training on" in answer.words and procedure in answer.words
        return f"{told}; the training named: {yes(named)}; signatures: {signatures(made['draft'])}; state: {author.state(made['draft'])}"

    @steps("Let a trainer assign the training", expected="201")
    def _():
        day = own.site.filling.moment({"kind": "date"})
        given = {
            "what": "Signing electronically",
            "trainee": "q.author",
            "kind": "read",
            "document": [made["procedure"]],
            "because": "other",
            "due_on": day,
        }
        answer = own.site.make("training", "trainer", "", **given)
        made["training"] = answer.number
        return answer.said

    @steps("Try to sign once more before it is done", expected="refused; signatures: 0")
    def _():
        answer = own.site.person("author").sign(made["draft"], "submit", "Still not trained")
        return f"{'signed' if answer.signed == 'signed' else 'refused'}; signatures: {signatures(made['draft'])}"

    @steps("Open the procedure and sign the own training, which needs none", expected="signed")
    def _():
        author = own.site.person("author")
        author.get(f"/r/{made['procedure']}")
        return author.sign(made["training"], "acknowledge", "Read and understood").signed

    @steps("Sign the document now", expected="signed; signatures: 1")
    def _():
        told = own.site.person("author").sign(made["draft"], "submit", "Trained now").signed
        return f"{told}; signatures: {signatures(made['draft'])}"

    @steps("Sign as another author, who was not trained", expected="refused; signatures: 0")
    def _():
        number = own.site.make("document", "author.2", "in_approval", title="Of another author", owner="q.author.2").number
        answer = own.site.person("author.2").sign(number, "submit", "Not trained")
        return f"{'signed' if answer.signed == 'signed' else 'refused'}; signatures: {signatures(number)}"
