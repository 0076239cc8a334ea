"""The only place that says whether a person is ready to sign, and where the statement on signatures is accepted (D26, 11.10(j), 11.100(b)).

What has to be there before a first signature comes from the modules (`@asks`): an identity that somebody else verified, this
statement, training, the company's letter. It is asked at each signature, and one refusal names all that lacks. Accepting the
statement is an enrolment: given with all components, marked as such, and no signature, so nobody needs one to be allowed to sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from indelible.infra import canonical, clock
from indelible.kernel import acts, config, decisions, gates, gather, signatures
from indelible.kernel.acts import Outcome
from indelible.kernel.case import Case
from indelible.kernel.configuration import Policies
from indelible.kernel.context import Context, Person
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Conflict, Invalid, Missing, Refused
from indelible.kernel.gates import gate
from indelible.kernel.hooks import decides
from indelible.kernel.models import Record

SIGNER, STATEMENT = "signer", "statement"  # the person's marks, in the memo of a case; the mark that says what was accepted
ACT, VERB = "person.accept_statement", "accept_statement"
gather.BESIDE[SIGNER] = "SELECT 'signer', CAST(marks AS text), NULL, NULL, NULL, NULL, NULL FROM record WHERE id = %s"

Asks = Callable[[Case], Iterator[Missing]]
_ASKS: list[Asks] = []


def asks(function: Asks) -> Asks:
    """Register what must be there before somebody signs: it gives everything that lacks, each with who can mend it and where."""
    if function not in _ASKS:
        _ASKS.append(function)
    return function


def marks_of(case: Case) -> dict[str, Any]:
    """Give what is marked on the person who acts; it was read beside the person, and is decoded once."""
    found = case.memo.get(SIGNER)
    if isinstance(found, list):
        case.memo[SIGNER] = found = canonical.decode(found[0][0]) if found else {}
    return found or {}


def policies(case: Case) -> Policies:
    """Give the company's policies that are in force now, whatever baseline the record was made under."""
    baseline = case.memo.get(gather.BASELINE)
    return (config.at(baseline) if baseline else case.configuration).policies


def lacking(case: Case) -> list[Missing]:
    """Give everything that keeps the person of a case from signing, whatever their roles allow."""
    return [one for function in _ASKS for one in function(case)]


@gate
def person_is_ready_to_sign(case: Case) -> None:
    """Refuse a signature to whoever has not done what comes before the first one; all of it is named (11.100, 11.10(i), (j))."""
    if case.person is None or case.validated == gates.FOUNDING or not _signs(case):
        return
    if missing := lacking(case):
        raise Refused(
            rule="ready_to_sign", text="You may not sign yet: " + missing[0].text, missing=tuple(missing),
            do="The page Me says, under Signing, what lacks and who can mend it.",
        )  # fmt: skip


@asks
def statement_is_accepted(case: Case) -> Iterator[Missing]:
    """The statement on signatures was accepted in the words that are in force (11.10(j))."""
    words, accepted = policies(case).signing_statement, marks_of(case).get(STATEMENT, {})
    if words and accepted.get("sha256") != sha256(words):
        why = "Its words have changed since you accepted it." if accepted else "You have not accepted it."
        yield Missing(f"The statement on electronic signatures. {why} You do that yourself: Me, Signing, Accept.",
                      rule="statement_is_accepted")  # fmt: skip


def sha256(words: str) -> str:
    """Give the hash by which one wording is told from another."""
    return canonical.sha256(words).hex()


def to_accept(person: Person, words: str) -> dict[str, Any]:
    """Give what a person accepts, as it is shown and hashed: the words in force, for whom."""
    return {
        "act": ACT, "record": person.number, "id": str(person.id), "user_id": person.user_id, "printed_name": person.name,
        "statement": words, "statement_sha256": sha256(words),
    }  # fmt: skip


def accept(
    request: HttpRequest, ctx: Context, person: Person, *, shown: str, user_id: str, secret: tuple[str, str]
) -> Outcome:
    """Accept the statement with all components, by the person alone; raises Refused, or Conflict where other words were shown."""
    given: dict[str, Any] = dict([secret])  # `password` or `passkey`, with what was given
    presence = signatures.present(request, ctx, act=ACT, number=person.number, user_id=user_id, statement=shown, **given)
    return accept_present(ctx, person.id, presence)


def accept_present(ctx: Context, person: UUID, presence: UUID) -> Outcome:
    """Accept the statement by a presence that was proven for exactly these words; raises what the door refuses."""
    return acts.run(ctx, ACT, person, presence=presence)


@decides(VERB)
def decide(case: Case, inputs: dict[str, Any]) -> Decision:
    """Decide that a person accepts the statement: all components, proven for these words, which the event then holds."""
    decision = decisions.move(case, inputs)
    words = policies(case).signing_statement
    if case.person is None or not words:
        raise Invalid(rule="input", text="There is no statement to accept.")
    shown, proof = to_accept(case.person, words), case.presence
    if proof is None or not signatures_fit(case):
        raise Refused(
            rule="enrolment_components", text="Not accepted: it is accepted by its person, with user id and secret, in this session.",
            missing=(Missing("Your user id, and your password or passkey, for exactly this statement.", field="password"),),
            do="Open Me, Signing, and accept it there.",
        )  # fmt: skip
    if proof.statement != signatures.statement_hash(shown):
        raise Conflict(rule="look_again", text="Look again: not accepted. The statement is not what you were shown.",
                       do="Read the words that are in force now.")  # fmt: skip
    told = {"sha256": shown["statement_sha256"], "at": clock.iso(case.at), "method": proof.method}
    decision.note = {"enrolment": True, **shown, "components": proof.components, "method": proof.method}
    decision.effects.head["marks"] = {**case.head.marks, STATEMENT: told}
    return decision


def signatures_fit(case: Case) -> bool:
    """Say whether the presence of a case is its person's, of this session, still good, and given with all components."""
    proof = case.presence
    return (
        proof is not None and case.person is not None and proof.person_id == case.person.id
        and proof.session == case.ctx.session and proof.until > case.at
        and ("user_id" in proof.components or (proof.method == signatures.SIMULATED and case.simulated))
    )  # fmt: skip


def current(person: Record) -> dict[str, Any]:
    """Give what a person has accepted, if these are the words in force; nothing otherwise."""
    accepted: dict[str, Any] = person.marks.get(STATEMENT, {})
    return accepted if accepted.get("sha256") == sha256(config.current().policies.signing_statement) else {}


def _signs(case: Case) -> bool:
    if case.record is None:
        return False
    move = case.state.moves.get(case.verb)
    return bool(move.signs) if move is not None else case.verb == "restrict"
