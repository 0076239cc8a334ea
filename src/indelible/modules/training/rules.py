"""What must hold for curricula and training, and when a revision may take effect because its people were trained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.modules.training import asking
from indelible.practice import filling, looks

ADDED = frozenset({"taught", "answers", "evidence", "evidence_files"})  # what people write into a training that is assigned
READ = ("read", "quiz")
MOST_NAMES = 10


@rule("somebody_is_meant")
def somebody_is_meant(case: Case) -> str | None:
    """A curriculum says for whom it is: everybody, roles, departments or people."""
    meant = any(case.value(name) for name in ("everybody", "roles", "departments", "people"))
    return None if meant else "It is for nobody yet: say everybody, roles, departments or people."


@rule("revision_says_why")
def revision_says_why(case: Case) -> str | None:
    """From the second revision on a curriculum says why it was revised."""
    lacking = case.head.revision != 1 and not case.value("reason_for_revision")
    return "A revision needs its reason." if lacking else None


@rule("tied_acts_are_known")
def tied_acts_are_known(case: Case) -> str | None:
    """What a curriculum ties to its training exists, and is not what everybody may do untrained: report, read, be trained."""
    return next((wrong for word in asking.tied(case.value("acts")) if (wrong := _untieable(case, word))), None)


def _untieable(case: Case, word: str) -> str | None:
    if word == asking.EVERYTHING:
        return None  # reporting, reading and the own training stay open all the same: see gates
    kind, _, verb = word.partition(".")
    declared = case.configuration.types.get(kind)
    if declared is None:
        return f"No type is called {kind[:60]!r}: name a type or an act, such as change or change.submit."
    moves = [move for state in declared.lifecycle.values() for name, move in state.moves.items() if name == verb]
    if not verb:
        return None
    if declared.opens == "always" and not any(move.signs for move in moves):
        return f"{word[:60]} asks for no signature, and is open to everybody at any time: reporting is never refused."
    generic = verb in ("create", "edit", "amend", "revise")
    return None if moves or generic else f"A {declared.noun} knows no act {verb[:60]!r}."


@rule("trainee_is_active", alone=True)
def trainee_is_active(case: Case) -> str | None:
    """Training is assigned to people who are active."""
    if case.record is not None:
        return None
    people = [UUID(person) for person in case.named_people("trainee")]
    return None if Record.objects.filter(pk__in=people, standing="in_force").exists() else "This person is not active."


@rule("training_has_its_matter")
def training_has_its_matter(case: Case) -> str | None:
    """Who reads has a document to read."""
    lacking = case.value("kind") in READ and not case.value("document")
    return "Name the document that is to be read, or choose practice or course." if lacking else None


@rule("assignment_stays_as_made")
def assignment_stays_as_made(case: Case) -> str | None:
    """Who is to be trained in what, until when and why stays as it was assigned; what was taught is added."""
    if case.record is None:
        return None
    before = records.values(case.record)
    if before.get("answers") != case.value("answers") and not _is_trainee(case):
        return "Only whoever is trained answers the questions."
    changed = [f.title.lower() for f in case.declaration.live_fields() if _differs(case, before, f.name)]
    return f"Assigned and not to be changed: {', '.join(changed)}." if changed else None


@filling.leaves_out("training")
def assignment_is_not_asked_again(record: Record | None) -> list[str]:
    """Who is to be trained in what is not asked for again; answers only where there is a quiz."""
    if record is None:
        return ["answers"]
    without = [] if records.values(record)["kind"] == "quiz" else ["answers"]
    return [f.name for f in records.type_of(record).live_fields() if f.name not in ADDED] + without


def _differs(case: Case, before: dict[str, Any], name: str) -> bool:
    return name not in ADDED and before.get(name) != case.value(name)


@rule("document_was_opened")
def document_was_opened(case: Case) -> str | None:
    """Nobody says to have read a revision that they have not opened here."""
    numbers = [one["number"] for one in case.value("document") or []]
    unread = [one.number for one in Record.objects.filter(number__in=numbers) if not looks.looked(case.ctx, one)]
    return f"You have not opened {', '.join(unread)} yet: read it first." if unread else None


@rule("trainer_is_not_trainee")
def trainer_is_not_trainee(case: Case) -> str | None:
    """Who confirms a practice is not the one who learned it."""
    own = case.meaning == "verified" and _is_trainee(case)
    return "It is your own training; another trainer confirms it." if own else None


@rule("signer_is_not_trainee")
def signer_is_not_trainee(case: Case) -> str | None:
    """Nobody waives or postpones the own training."""
    return "It is your own training; another person of Quality decides." if _is_trainee(case) else None


@rule("what_was_taught_is_said")
def what_was_taught_is_said(case: Case) -> str | None:
    """Before anybody confirms a practice or a course, it says what was taught or shown."""
    return None if case.value("taught") else "It does not say yet what was taught or shown."


@rule("equivalent_evidence_is_given")
def equivalent_evidence_is_given(case: Case) -> str | None:
    """What replaces a training is there to be looked at."""
    given = case.value("evidence") or case.value("evidence_files")
    return None if given else "There is no equivalent evidence: describe it or add a file."


@rule("day_of_the_original_is_given")
def day_of_the_original_is_given(case: Case) -> str | None:
    """A training that was done before it came here says on which day."""
    return None if case.value("trained_on") else "It does not say on which day the original says that it was done."


@rule("training_condition_met", alone=True)
def training_condition_met(case: Case) -> str | None:
    """Before a revision takes effect everybody who has to know it was trained, or is kept from the work until then."""
    if case.value("training") == "none":
        return None
    people = {person.pk: person for person in asking.Curricula(case.at).audience(case.head)}
    settled = {who for who, what in settled_on(people, case.head.number)}
    late = [person.title for pk, person in people.items() if pk not in settled]
    if not late:
        return None
    more = f" and {len(late) - MOST_NAMES} more" if len(late) > MOST_NAMES else ""
    return f"Not trained yet: {', '.join(late[:MOST_NAMES])}{more}. Quality can keep somebody from the work until trained."


def settled_on(people: Any, number: str) -> set[tuple[UUID, str]]:
    """Give those of the people who are trained in a revision, need no training, or are kept from its work."""
    found = asking.trainings(people) if people else []
    return {key for one in found if one.state in asking.SETTLED and (key := asking.key_of(one))[1] == number}


def _is_trainee(case: Case) -> bool:
    return case.person is not None and str(case.person.id) in case.named_people("trainee")
