"""Ways to curricula and training, through the door: an approved curriculum, a revision read, a practice confirmed."""

from __future__ import annotations

from typing import Any

from indelible.kernel import acts, reactions, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.practice import looks
from tests.homes import TestHome
from tests.modules.events import day

WHY = "The record says why this is right"


def procedure(home: TestHome, **fields: Any) -> str:
    """Bring a procedure into force that nobody has to know yet."""
    return home.until(home.draft(training="read", effective_on=day(14), **fields), "approved")


def in_force(home: TestHome, **fields: Any) -> str:
    """Bring a procedure into force and let what follows follow."""
    number = procedure(home, **fields)
    home.act("doc", "document.take_effect", number)
    settle()
    return number


def curriculum(home: TestHome, *documents: str, **fields: Any) -> str:
    """Bring a curriculum by Ann into force, and let what follows from it follow."""
    number = drafted(home, *documents, **fields)
    home.sign("ann", "curriculum.submit", number)
    for who in ("hed", "qua"):
        home.sign(who, "curriculum.approve", number)
    settle()
    return number


def drafted(home: TestHome, *documents: str, **fields: Any) -> str:
    given: dict[str, Any] = {"title": "What everybody knows", "owner": "ann", "department": home.departments["Quality Control"],
             "documents": list(documents)}  # fmt: skip
    if not {"everybody", "roles", "departments", "people"} & set(fields):
        given["everybody"] = True
    return home.act("ann", "curriculum.create", fields=given | fields).number


def settle() -> None:
    """Let everything that follows later follow, and what follows from that."""
    while reactions.run_pending():
        pass


def mine(home: TestHome, user: str, **values: Any) -> list[Record]:
    """Give the training of a person, in the order of assignment, with these values or in this state."""
    found = []
    for one in Record.objects.filter(type="training").order_by("number"):
        known = records.values(one) | {"state": one.state}
        about = [item["number"] for item in known["document"] or []]
        if known["trainee"]["person"] == str(home.person(user)) and values.get("of", "") in ("", *about):
            found += [one] if all(known[name] == value for name, value in values.items() if name != "of") else []
    return found


def only(home: TestHome, user: str, **values: Any) -> Record:
    (one,) = mine(home, user, **values)
    return one


def read(home: TestHome, user: str, training: Record) -> None:
    """Open the document and sign that it was read and understood."""
    for item in records.values(training)["document"]:
        looks.look(home.people[user], Record.objects.get(number=item["number"]))
    home.sign(user, "training.acknowledge", training.number)
    settle()


def everybody_reads(home: TestHome, document: str, *, but: tuple[str, ...] = ()) -> None:
    for user in home.people:
        if user not in but:
            for one in mine(home, user, of=document, state="assigned"):
                read(home, user, one)


def practice(home: TestHome, user: str, **fields: Any) -> str:
    """Assign a practice by hand."""
    given = {"what": "Change a filter", "trainee": user, "kind": "practical", "because": "other", "due_on": day(10),
             "taught": "Filter changed three times under observation"}  # fmt: skip
    return home.act("rob", "training.create", fields=given | fields).number


def grant(home: TestHome, user: str, role: str, department: str | None = None) -> str:
    """Let a person hold a role, and let what follows follow."""
    given: dict[str, Any] = {"person": user, "role": role, "why": "Needed for the work"}
    given |= {"department": department} if department else {}
    home.complete(user, role)
    made = acts.run(SYSTEM, "grant.create", fields=given)
    acts.run(SYSTEM, "grant.establish", made.record)
    settle()
    return made.number


def quizzed(home: TestHome, document: str, **fields: Any) -> str:
    """Bring a quiz of two questions by Ann into use."""
    rows = [
        {"question": "When is the tank filled?", "a": "Daily", "b": "Weekly", "right": "a", "section": "4.1"},
        {"question": "Who is called?", "a": "Nobody", "b": "Quality", "c": "The maker", "right": "b", "section": "5.2"},
    ]
    given = {"title": "Filling the tank", "document": document, "questions": rows, "attempts": "3"}
    number = home.act("ann", "quiz.create", fields=given | fields).number
    home.sign("ann", "quiz.approve", number)
    home.sign("qua", "quiz.approve", number)
    return number


def answer(home: TestHome, user: str, training: str, *letters: str) -> None:
    """Answer the questions in their order, and hand the answers in."""
    rows = [{"question": str(at), "answer": letter} for at, letter in enumerate(letters, 1)]
    home.act(user, "training.edit", training, fields={"answers": rows})
    home.act(user, "training.hand_in", training)
    settle()
