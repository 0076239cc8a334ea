"""OQ of the training matrix: for any day it says what stood then, and not what stands now."""

from __future__ import annotations

from datetime import timedelta

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("training.assigned.acknowledge", "training:document", "document.approved.take_effect")
@pytest.mark.script(
    "OQ-TRN-008",
    title="Matrix and transcript say for any day who was trained in what",
    negative=True,
    requirements=("URS-TRN-009",),
)
def test_the_matrix(steps, site):
    """Assigned on one day, trained two days later: each day reads as it was; a reader who may not see others does not see them here."""
    made = {}

    def card(name, as_of="", of="", who="trainer"):
        return site.person(who).api("GET", f"/panels/{name}?of={of}&as_of={as_of}")

    def state(name, as_of="", of=""):
        """Give how the training of the newcomer on the document reads on a day."""
        rows = [row for table in card(name, as_of, of).json.get("tables", []) for row in table["rows"]]
        mine = [row for row in rows if any(cell["number"] == made["training"] for cell in row)]
        return ", ".join(row[-1]["text"] for row in mine) or "nothing"

    @steps("Assign somebody new the reading of a document in force", expected="matrix: Assigned; transcript: Assigned")
    def _():
        made["person"], made["document"] = site.newcomer(name="Reads Two Days Later"), site.effective()
        made["number"] = site.hiring.number_of(made["person"].user_id)
        made["training"] = site.make(
            "training", "trainer", what="To be read", trainee=made["person"].user_id, kind="read", document=[made["document"]],
            because="other", due_on=(site.now() + timedelta(days=20)).date().isoformat(),
        ).number  # fmt: skip
        made["day"] = site.now()
        return f"matrix: {state('training-matrix')}; transcript: {state('transcript', of=made['number'])}"

    @steps("Sign it unread", expected="signed: no; matrix: Assigned")
    def _():
        answer = made["person"].sign(made["training"], "acknowledge")
        return f"signed: {yes(answer.signed == 'signed')}; matrix: {state('training-matrix')}"

    @steps(
        "Read and sign it three days later",
        given="3 days on the copy's clock",
        expected="signed; matrix: Done; transcript: Done",
    )
    def _():
        site.advance("3d")
        made["person"].get(f"/r/{made['document']}")
        answer = made["person"].sign(made["training"], "acknowledge")
        return f"{answer.signed}; matrix: {state('training-matrix')}; transcript: {state('transcript', of=made['number'])}"

    @steps("Read both as of the day after the assignment", expected="matrix: Assigned; transcript: Assigned")
    def _():
        day = (made["day"] + timedelta(days=1)).date().isoformat()
        return f"matrix: {state('training-matrix', day)}; transcript: {state('transcript', day, made['number'])}"

    @steps("Read both as of a week before", expected="matrix: nothing; transcript: nothing")
    def _():
        day = (made["day"] - timedelta(days=7)).date().isoformat()
        return f"matrix: {state('training-matrix', day)}; transcript: {state('transcript', day, made['number'])}"

    @steps(
        "Read the matrix as somebody who may not see the training of others",
        given="a reader",
        expected="names the newcomer: no",
    )
    def _():
        return f"names the newcomer: {yes('Reads Two Days Later' in card('training-matrix', who='reader').text)}"

    @steps("Read it as of a day that is none", given="2026-02-31", expected="answered: no")
    def _():
        return f"answered: {yes(card('training-matrix', '2026-02-31').status == 200)}"
