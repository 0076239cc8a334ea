"""OQ of training: it follows from curricula by itself, is signed by who did it, and keeps who did not from the work."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest

MINE = """SELECT r.number, r.state FROM record r JOIN link l ON l.record_id = r.id JOIN party p ON p.record_id = r.id
    JOIN record t ON t.id = p.person_id WHERE r.type = 'training' AND l.relation = 'document' AND l.target = ?
    AND p.capacity = 'trainee' AND t.title = ? ORDER BY r.number"""
PATIENCE = 60  # seconds for what the system does by itself after an event


def approved(site, **given):
    """Let a document be written, reviewed and approved; gives number and state."""
    number = site.make("document", "author", "in_approval", **given).number
    for move in ("submit", "agree", "approve"):
        state = site.walk(number, move)
    return number, state


def settled(site, number, state):
    """Give the state of a record as soon as the system has moved it there by itself, as its day says."""
    until, author = time.monotonic() + PATIENCE, site.person("author")
    while (now := author.state(number)) != state and time.monotonic() < until:
        time.sleep(1)
    return now


def curriculum(site, number, who, **given):
    """Let a curriculum name a document for one person and be approved; gives its state."""
    fields = site.filling.values(
        "curriculum", "in_approval", title="What the script asks to be known", owner="q.author", department=site.department,
        documents=[number], people=[who], **given,
    )  # fmt: skip
    made = site.person("author").create("curriculum", **fields).number
    site.walk(made, "submit")
    return site.walk(made, "approve")


def name_of(database, user_id):
    return database.value("SELECT r.title FROM record r JOIN account a ON a.person_id = r.id WHERE a.user_id = ?", user_id)


def awaited(database, number, user_id):
    """Give the training of a person on a document, as soon as there is one."""
    until, name = time.monotonic() + PATIENCE, name_of(database, user_id)
    while not (found := database.rows(MINE, number, name)) and time.monotonic() < until:
        time.sleep(1)
    return found


@pytest.mark.needs("document.in_approval.approve", "curriculum.in_approval.approve", "training.assigned.acknowledge")
@pytest.mark.script(
    "OQ-TRN-001",
    title="Training is assigned by itself when a document is approved, and is signed after it was opened",
    negative=True,
    requirements=("URS-TRN-001", "URS-TRN-002", "URS-DOC-004"),
)
def test_training_follows_the_document(steps, site, database):
    """Whom a curriculum names gets the training of the approved revision, cannot sign it unread, and the revision waits for it."""
    made, reader = {}, site.person("reader")

    @steps("Let a curriculum name a draft for one reader, and approve the curriculum", expected="effective; trainings: 0")
    def _():
        later = (site.now().date().replace(day=1)).replace(year=site.now().year + 1).isoformat()
        made["number"] = site.make("document", "author", "in_approval", training="read", effective_on=later).number
        state = curriculum(site, made["number"], "q.reader")
        return f"{state}; trainings: {len(database.rows(MINE, made['number'], name_of(database, 'q.reader')))}"

    @steps("Approve the document", expected="approved; trainings of the reader: 1, assigned")
    def _():
        for move in ("submit", "agree", "approve"):
            state = site.walk(made["number"], move)
        found = awaited(database, made["number"], "q.reader")
        made["training"] = found[0]["number"] if found else ""
        return f"{state}; trainings of the reader: {len(found)}, {', '.join(row['state'] for row in found)}"

    @steps("Make the document effective before the reader is trained", expected="refused: training_condition_met; approved")
    def _():
        answer = site.person("doc_control").act(made["number"], "take_effect")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {site.person('author').state(made['number'])}"

    @steps("Sign the training without having opened the document", expected="refused: document_was_opened; assigned")
    def _():
        return f"{reader.sign(made['training'], 'acknowledge').signed}; {reader.state(made['training'])}"

    @steps("Open the document and sign", expected="200; signed; done")
    def _():
        opened = reader.get(f"/r/{made['number']}").status
        return f"{opened}; {reader.sign(made['training'], 'acknowledge').signed}; {reader.state(made['training'])}"

    @steps("Make the document effective", expected="effective")
    def _():
        return site.person("doc_control").act(made["number"], "take_effect").state


@pytest.mark.needs("document.approved.take_effect", "curriculum.in_approval.approve", "training.assigned.acknowledge")
@pytest.mark.script(
    "OQ-TRN-002",
    title="Who is not trained is refused the acts that need it, and nothing else",
    negative=True,
    requirements=("URS-TRN-005", "URS-TRN-006"),
)
def test_untrained_people_are_kept_from_the_work(steps, site, database, reading):
    """An act that a curriculum ties to its training is refused until that is done; reporting is open all the time."""
    made = {}

    @steps(
        "Bring a document into force, hire somebody, and name them in a curriculum that is tied to writing documents",
        given="acts: document.create, not before it is done",
        expected="effective; effective; trainings: 1",
    )
    def _():
        today = site.now().astimezone(ZoneInfo(reading.company["zone"])).date().isoformat()
        made["number"], _ = approved(site, training="read", revision_class="administrative", effective_on=today)
        state = settled(site, made["number"], "effective")
        made["person"] = site.newcomer("author")
        named = curriculum(site, made["number"], made["person"].user_id, acts="document.create", before_work=True)
        found = awaited(database, made["number"], made["person"].user_id)
        made["training"] = found[0]["number"] if found else ""
        return f"{state}; {named}; trainings: {len(found)}"

    @steps("Write a document untrained", expected="refused: training_is_done")
    def _():
        answer = made["person"].create("document", **site.filling.values("document"))
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Report a deviation untrained", expected="201")
    def _():
        return made["person"].create("deviation", **site.filling.values("deviation")).said

    @steps("Open the document and sign the training", expected="signed; done")
    def _():
        made["person"].get(f"/r/{made['number']}")
        return f"{made['person'].sign(made['training'], 'acknowledge').signed}; {made['person'].state(made['training'])}"

    @steps("Write a document", expected="201")
    def _():
        return made["person"].create("document", **site.filling.values("document")).said


@pytest.mark.needs("training.assigned.sign_off")
@pytest.mark.script(
    "OQ-TRN-003",
    title="A practice is confirmed by the learner first and by a trainer after that",
    negative=True,
    requirements=("URS-SIG-008", "URS-TRN-004"),
)
def test_the_order_of_signatures(steps, site):
    """Signatures of a declared order are refused out of that order, and the learner does not confirm for the trainer."""
    made, trainer = {}, site.person("trainer")

    @steps("Assign a practice to a reader and say what was taught", expected="201; assigned")
    def _():
        made["number"] = (answer := site.make("training", "trainer", taught="How samples are drawn")).number
        return f"{answer.said}; {trainer.state(made['number'])}"

    @steps("Sign as the trainer first", expected="refused: signer_authority; assigned")
    def _():
        return f"{trainer.sign(made['number'], 'sign_off').signed}; {trainer.state(made['number'])}"

    @steps("Sign as the learner", expected="signed; assigned")
    def _():
        return f"{site.person('reader').sign(made['number'], 'sign_off').signed}; {trainer.state(made['number'])}"

    @steps("Sign as the trainer now", expected="signed; done")
    def _():
        return f"{trainer.sign(made['number'], 'sign_off').signed}; {trainer.state(made['number'])}"


@pytest.mark.needs("training.assigned.waive")
@pytest.mark.script("OQ-TRN-004", title="Nobody waives the own training", negative=True, requirements=("URS-TRN-007",))
def test_nobody_waives_the_own_training(steps, site):
    """Who is to be trained cannot say that it is not needed; another person of Quality can, with evidence."""
    made = {}

    @steps("Assign a practice to somebody of Quality, with equivalent evidence", expected="201")
    def _():
        answer = site.make(
            "training", "trainer", trainee="q.qa_approver", evidence="Certificate of the former employer, 2024"
        )
        made["number"] = answer.number
        return answer.said

    @steps("Waive it oneself", expected="refused: signer_is_not_trainee; assigned")
    def _():
        own = site.person("qa_approver")
        return f"{own.sign(made['number'], 'waive', 'The certificate shows the same course').signed}; {own.state(made['number'])}"

    @steps("Let another person of Quality waive it", expected="signed; waived")
    def _():
        other = site.person("qa_approver.2")
        return f"{other.sign(made['number'], 'waive', 'The certificate shows the same course').signed}; {other.state(made['number'])}"
