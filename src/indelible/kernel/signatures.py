"""The only place where an electronic signature comes into being: statement, presence, binding (11.50, 11.70, 11.200).

What is signed is a canonical statement that the person was shown. The face posts its hash; the door rebuilds the
statement from the locked record and refuses when they differ. Presence (all components, at this signing) is checked
before the transaction and bound to that one statement, so it cannot be used for another, later or twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.http import HttpRequest

from indelible.infra import canonical, clock, ids
from indelible.kernel import authority, ledger
from indelible.kernel.case import Case, Need
from indelible.kernel.context import Context, Person
from indelible.kernel.errors import Conflict, Missing, Refused
from indelible.kernel.models import Account, Presence, Record
from indelible.kernel.types import Move

LIFETIME = timedelta(minutes=2)
SIMULATED = "simulated"
METHODS = {"password": "user id and password", "passkey": "user id and passkey", "oidc": "user id and fresh sign-in"}
LATER = "{}, in a continuous period"  # one that began with all components


def statement(case: Case, move: Move, need: Need, grant: authority.Grant) -> dict[str, Any]:
    """Give exactly what the person signs: record, content, meaning, signer, by whose delegation, and the position seen (D2)."""
    person, record = _signer(case), case.head
    meaning = case.configuration.meanings[need.meaning]
    return {
        "record": record.number, "id": str(record.id), "type": record.type, "title": record.title,
        "revision": record.revision, "version": record.version, "version_sha256": bytes(record.version_sha256).hex(),
        "baseline": record.baseline, "position": record.position, "round": record.round, "act": case.act,
        "from": record.state, "to": move.to, "meaning": need.meaning, "meaning_label": meaning.label,
        "meaning_text": meaning.text, "signer": str(person.id), "user_id": person.user_id,
        "printed_name": person.name, "title_of_signer": person.title,
    } | authority.acting_for(case, grant)  # fmt: skip


def statement_hash(data: dict[str, Any]) -> str:
    """Give the hash of a statement, as shown in the dialog and posted back."""
    return canonical.sha256(canonical.encode(data)).hex()


def present(request: HttpRequest, ctx: Context, *, act: str, number: str, user_id: str, statement: str,
            typed: bool = True, **secret: str) -> UUID:  # fmt: skip
    """Check the components of a person's signature and give a presence for one statement; raises Refused.

    `secret` is the second component: `password`, or `passkey` or `oidc`, whose answer holds for this statement alone; `typed`
    says that the user id was given as well, which later signings of a continuous period need not (11.200(a)(1)). The account
    must be that of the session (11.200(a)(2)), so nobody signs in a session that another person left open. A failed
    attempt is noted in the ledger with its act (11.300(d)), never with what was typed; credentials of somebody else bear
    a rule of their own.
    """
    account = authenticate(request, username=user_id.strip().casefold(), statement=statement, **secret)
    if not isinstance(account, Account) or account.person_id != ctx.person_id:
        refusal = Refused(rule="signature_components", do="Give your own user id and your password or passkey again.",
                          text="Not signed: user id and password, or passkey, do not belong to the person of this session.",
                          missing=(Missing("Your own user id, and your password or passkey.", field="password"),))  # fmt: skip
        if isinstance(account, Account):
            refusal.rule = "wrong_owner"
        ledger.note(ctx, act, number, refusal)
        raise refusal
    method = METHODS[next(iter(secret))] if typed else LATER.format(next(iter(secret)))
    return _remember(account.person_id, ctx.session, statement, method, ["user_id", *secret] if typed else [*secret])


def simulate(person: UUID, session: str, statement: str) -> UUID:
    """Give a presence of the declared method `simulated`; the door accepts it only under a SIMULATED genesis."""
    return _remember(person, session, statement, SIMULATED, [SIMULATED])


def human(case: Case) -> None:
    """Refuse a token before anything else is looked at: no record, role or field would make its signature good."""
    if case.ctx.via == "token":
        raise Refused(rule="human_signature_required", do="Sign in the browser.",
                      text="A token cannot sign: a signature is given by its owner, in a session, with all components.",
                      missing=(Missing("A person's own signature."),))  # fmt: skip


def bind(case: Case, move: Move, need: Need, grant: authority.Grant) -> str:
    """Bind the presence to the statement as it is now, and give the signature's manifest; raises Refused or Conflict."""
    human(case)
    presence = _usable(case)
    shown = statement(case, move, need, grant)
    if presence.statement != statement_hash(shown):
        raise Conflict(
            rule="look_again", text=f"Look again: not signed. {case.head.number} is not what you were shown.",
            missing=(Missing("A signature on the record as it is now."),), do="Look at what changed, then decide again.",
            present={"position": case.head.position, "state": case.head.state, "version": case.head.version},
        )  # fmt: skip
    return _manifest(case, presence, shown)


def columns(case: Case, need: Need, manifest: str) -> dict[str, Any]:
    """Give a signature's row: index copies of what its manifest says."""
    person = _signer(case)
    return {
        "version": case.head.version, "person_id": person.id, "printed_name": person.name,
        "meaning": need.meaning, "at": case.at, "manifest": manifest,
    }  # fmt: skip


def _manifest(case: Case, presence: Presence, shown: dict[str, Any]) -> str:
    zone = case.configuration.company.zone
    return canonical.encode({
        "format": 1, "statement": shown, "statement_sha256": presence.statement, "at": clock.iso(case.at),
        "zone": zone, "local_time": clock.in_zone(case.at, zone), "method": presence.method,
        "components": presence.components, "via": case.ctx.via,
    })  # fmt: skip


def _usable(case: Case) -> Presence:
    presence = case.presence
    good = (
        presence is not None and case.person is not None and presence.person_id == case.person.id
        and presence.session == case.ctx.session and presence.until > case.at
        and (presence.method != SIMULATED or case.simulated)
    )  # fmt: skip
    if presence is None or not good:
        raise Refused(
            rule="presence", text=f"{case.act} is signed: give your user id and password for exactly this statement.",
            missing=(Missing("Your presence, proven within the last two minutes in this session."),),
            do="Open the signature dialog and sign.",
        )  # fmt: skip
    return presence


def _signer(case: Case) -> Person:
    if case.person is None:
        raise Refused(rule="human_signature_required", text="Only a person signs; the system never does.")
    return case.person


def _remember(person: UUID, session: str, statement: str, method: str, components: list[str]) -> UUID:
    row = Presence.objects.create(
        id=ids.new(), person_id=person, session=session, statement=statement, method=method,
        components=components, until=clock.now() + LIFETIME,
    )  # fmt: skip
    return row.id


def given(record: Record, need: Need, move: str, *, at: datetime, person: Person, position: int,
          covers: list[int], state: str) -> dict[str, Any]:  # fmt: skip
    """Give the form in which a head remembers a signature that counts."""
    return {
        "position": position, "move": move, "state": state, "meaning": need.meaning,
        "capacities": list(need.capacities), "assigned": need.person, "person": str(person.id),
        "name": person.name, "version": record.version, "round": record.round, "at": clock.iso(at),
        "covers": covers,
    }  # fmt: skip
