"""The only place that gathers what stands behind a signature: statement, proof of presence, authority and account on that day.

For an inspector who points at a name (11.50, 11.70, 11.100, 11.200, 11.300): everything is read from what was sealed then, and what
the stored rows say of one another is compared again while the page is made. `verify` does that for the whole ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from indelible.infra import canonical, clock
from indelible.kernel.models import Event, Record, Refusal, Signature, Version
from indelible.practice import access, accounts
from indelible.practice.access import Held

BEFORE = timedelta(hours=24)  # in which refused attempts of the signer are counted
OF_ACCOUNTS = frozenset({
    "activated", "password_set", "link_issued", "factor_added", "factor_removed", "sso_linked", "sso_unlinked",
    "deactivated", "reactivated", "cancelled", "left", "identity_verified", "statement_accepted", "recovery_code_used",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that happened to the signer's account before: what, when, by whom, why."""

    what: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind one signature. `faults` names every pair of stored things that do not agree; none, in a whole ledger."""

    signature: Signature
    manifest: dict[str, Any]
    event: dict[str, Any]
    faults: tuple[str, ...]
    voided_at: datetime | None
    grant: str
    held: tuple[Held, ...]
    account: tuple[Turn, ...]
    refused: int

    @property
    def statement(self) -> dict[str, Any]:
        """Give what was signed, word for word."""
        return dict(self.manifest["statement"])


def of_record(record: Record) -> list[Evidence]:
    """Give what stands behind each signature of a record, the first one first; the caller has checked that it may be seen."""
    events = {e.position: e for e in Event.objects.filter(record_id=record.pk).order_by("position")}
    versions = {v.number: bytes(v.sha256).hex() for v in Version.objects.filter(record_id=record.pk)}
    told = {position: canonical.decode(event.payload) for position, event in events.items()}
    signatures = Signature.objects.filter(record_id=record.pk).order_by("position")
    return [_evidence(one, told, events[one.position], versions) for one in signatures]


def _evidence(one: Signature, told: dict[int, dict[str, Any]], event: Event, versions: dict[int, str]) -> Evidence:
    said, manifest = told[one.position], canonical.decode(one.manifest)
    since = one.at - BEFORE
    return Evidence(
        one, manifest, said, tuple(_faults(one, manifest, said, event, versions)), _voided(one.position, told),
        _number(said["grant"].get("grant")), tuple(h for h in access.as_of(one.at).held if h.person == one.person_id),
        tuple(_turns(one.person_id, one.at)),
        Refusal.objects.filter(person_id=one.person_id, at__gt=since, at__lte=one.at).count(),
    )  # fmt: skip


def _faults(
    one: Signature, manifest: dict[str, Any], said: dict[str, Any], event: Event, versions: dict[int, str]
) -> Iterator[str]:
    """Compare what is stored apart: the event names the manifest's hash, the manifest its statement's, both the version's."""
    statement = manifest["statement"]
    if canonical.sha256(one.manifest).hex() != said.get("signature"):
        yield "The signature is not the one that its event names."
    if canonical.leaf(event.payload) != bytes(event.leaf):
        yield "The event is not what was hashed when it was written."
    if canonical.sha256(canonical.encode(statement)).hex() != manifest["statement_sha256"]:
        yield "The statement is not what the signer was shown."
    if versions.get(one.version) != statement["version_sha256"]:
        yield f"Version {one.version} is not the content that was signed."
    if (one.printed_name, one.meaning, str(one.person_id)) != (
        statement["printed_name"],
        statement["meaning"],
        statement["signer"],
    ):
        yield "Name, meaning or person in the row are not those of the statement."


def _voided(position: int, told: dict[int, dict[str, Any]]) -> datetime | None:
    """Give when a later event said that a signature counts no longer."""
    for event in told.values():
        if any(void.get("position") == position for void in event.get("voided") or []):
            return clock.parse(event["at"])
    return None


def _number(grant: str | None) -> str:
    return str(Record.objects.filter(pk=grant).values_list("number", flat=True).first() or "") if grant else ""


def _turns(person: UUID, until: datetime) -> Iterator[Turn]:
    for event in Event.objects.filter(record_id=person, at__lte=until).order_by("position"):
        said = canonical.decode(event.payload)
        kind, _, past = said["event"].partition(".")
        if kind == accounts.PERSON and past in OF_ACCOUNTS:
            yield Turn(past.replace("_", " "), event.at, said["by"]["name"], str(said.get("reason") or ""))
