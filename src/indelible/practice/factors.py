"""The only place that keeps second factors and says whether one was given: one-time codes, passkeys, recovery codes.

A factor is added by its person alone, and is an event of that person (11.300). The protocols are the libraries' (pyotp, fido2);
here stands whose a factor is, that nothing opens twice, and what one must be to count for a signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from indelible.infra import clock, ids
from indelible.kernel import acts, config
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused
from indelible.kernel.models import Account
from indelible.practice.models import Factor

CODES, PASSKEY, RECOVERY = "codes", "passkey", "recovery"
LABELS = {CODES: "One-time codes", PASSKEY: "Passkey", RECOVERY: "Recovery codes"}
AROUND = (-1, 0, 1)  # steps of 30 seconds by which two clocks may differ
RECOVERY_CODES, MOST = 10, 10
LONGEST_LABEL, LONGEST_ANSWER = 80, 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser's key is asked: the options as the page hands them over, and what has to be kept until it answers."""

    options: dict[str, Any]
    state: dict[str, Any]


def of(person: UUID | None) -> QuerySet[Factor]:
    """Give the factors of a person that still open something, oldest first."""
    return Factor.objects.filter(person_id=person or NOBODY).order_by("created_at", "id")


def kinds(person: UUID | None) -> set[str]:
    """Give which kinds of factor a person has; recovery codes alone are none."""
    return set(of(person).exclude(kind=RECOVERY).values_list("kind", flat=True))


def by_person() -> dict[UUID, list[str]]:
    """Give the labels of the kinds of factor that each person has, who has any."""
    found: dict[UUID, list[str]] = {}
    rows = Factor.objects.exclude(kind=RECOVERY).values_list("person_id", "kind").distinct().order_by("kind")
    for person, kind in rows:
        found.setdefault(person, []).append(LABELS[kind])
    return found


# ---- One-time codes


def begin_codes() -> str:
    """Give a new secret for a program that makes one-time codes; it is kept by whoever asks until it is confirmed."""
    return pyotp.random_base32()


def address(secret: str, account: Account) -> str:
    """Give a secret as the address that such a program reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.user_id, issuer_name=config.current().company.name)


def add_codes(ctx: Context, secret: str, code: str) -> None:
    """Keep a secret whose first code its person has typed; raises Invalid where the code is not of it."""
    step = _step(secret, code, -1) if secret else None
    if step is None:
        raise Invalid(rule="factor", text="Not added: this is not the code that belongs to the secret now.",
                      missing=(Missing("The code that the program shows at this moment.", field="code"),),
                      do="Compare the clock of the device with the time on this page.")  # fmt: skip
    _add(ctx, CODES, "Program for one-time codes", _locked().encrypt(secret.encode()), count=step)


def gave_code(person: UUID, code: str) -> bool:
    """Say whether a code belongs to a person's program now, or is a recovery code that was not used; either opens once."""
    given, recovered = "".join(code.split()).replace("-", ""), False
    with transaction.atomic():
        for factor in of(person).select_for_update().exclude(kind=PASSKEY):
            if factor.kind == CODES:
                step = _step(_locked().decrypt(bytes(factor.secret)).decode(), given, factor.count)
                if step is not None:
                    return _used(factor, step)
            elif constant_time_compare(bytes(factor.secret).hex(), _hash(given).hex()):
                Factor.objects.filter(pk=factor.pk).delete()
                recovered = True
                break
    if recovered:  # after the transaction: the door opens one of its own
        acts.run(SYSTEM, "person.note_recovery", person, reason="A recovery code stood in for the second factor")
    return recovered


def _step(secret: str, code: str, newest: int) -> int | None:
    """Give the time step to which a code belongs, None where there is none that is newer than the newest that was used."""
    program, now = pyotp.TOTP(secret), int(clock.real().timestamp()) // 30
    fits = [now + by for by in AROUND if constant_time_compare(program.generate_otp(now + by), "".join(code.split()))]
    return next((step for step in fits if step > newest), None)


# ---- Recovery codes


def make_recovery(ctx: Context) -> list[str]:
    """Make recovery codes in place of those that are left; gives them, this one time. Raises Refused without a factor."""
    if not kinds(ctx.person_id):
        raise Refused(rule="factor", text="Recovery codes stand in for a second factor: add one first.",
                      missing=(Missing("A program for one-time codes, or a passkey."),))  # fmt: skip
    codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
    acts.run(ctx, "person.add_factor", ctx.person_id, reason=f"{RECOVERY_CODES} recovery codes")
    with transaction.atomic():
        Factor.objects.filter(person_id=ctx.person_id or NOBODY, kind=RECOVERY).delete()
        for code in codes:
            _keep(ctx, RECOVERY, LABELS[RECOVERY], _hash(code))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


# ---- Passkeys


def ask_for_passkey(account: Account, name: str) -> Asked:
    """Begin to add a passkey: one that asks its owner for a finger, a face or a PIN each time, and is not here yet."""
    user = PublicKeyCredentialUserEntity(id=account.person_id.bytes, name=account.user_id, display_name=name)
    options, state = _server().register_begin(
        user, _keys(account.person_id), resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return Asked(_plain(options), _plain(state))


def add_passkey(ctx: Context, state: Mapping[str, Any], answer: str, label: str) -> None:
    """Keep the passkey that a browser has made; raises Invalid where its answer is not to what was asked."""
    try:
        made = _server().register_complete(dict(state), _answer(answer))
    except ValueError as fault:
        raise _not_taken(fault) from fault
    if made.credential_data is None or not made.is_user_verified():
        raise _not_taken(ValueError("nobody was verified"))
    kept = base64.urlsafe_b64encode(made.credential_data.credential_id).decode()
    if Factor.objects.filter(credential=kept).exists():
        raise Invalid(rule="factor", text="Not added: this passkey is known already.")
    _add(ctx, PASSKEY, label.strip()[:LONGEST_LABEL] or LABELS[PASSKEY], bytes(made.credential_data), credential=kept,
         count=made.counter, device_bound=not _is_synced(made))  # fmt: skip


def ask_passkey(person: UUID, about: bytes = b"", *, signing: bool = False) -> Asked | None:
    """Ask a person's passkeys for proof; gives None where there is none that may answer.

    `about` becomes part of what the key signs: the hash of a statement makes its answer good for that statement alone.
    """
    keys = _keys(person, signing=signing)
    if not keys:
        return None
    options, state = _server().authenticate_begin(
        keys, user_verification=UserVerificationRequirement.REQUIRED, challenge=secrets.token_bytes(32) + about
    )
    return Asked(_plain(options), _plain(state))


def gave_passkey(person: UUID, state: Mapping[str, Any], answer: str, *, signing: bool = False) -> Factor | None:
    """Give the passkey that answered what was asked, None where the answer is no good or the key may not answer that."""
    try:
        given = AuthenticationResponse.from_dict(_answer(answer))
        proven = _server().authenticate_complete(dict(state), _keys(person, signing=signing), given)
    except (Invalid, ValueError, KeyError, TypeError):
        return None
    seen = given.response.authenticator_data
    kept = base64.urlsafe_b64encode(proven.credential_id).decode()
    with transaction.atomic():
        factor = of(person).select_for_update().filter(credential=kept).first()
        copied = factor is not None and (seen.counter or factor.count > 0) and seen.counter <= factor.count
        if factor is None or copied or not seen.is_user_verified():
            return None  # a counter that went back says that the key exists twice
        _used(factor, seen.counter)
    return factor


def may_sign(factor: Factor) -> bool:
    """Say whether a passkey counts for a signature: only one that never leaves its device, unless policy allows the others."""
    return factor.device_bound or config.current().policies.synced_passkeys_sign


# ---- What is common to all


def remove(ctx: Context, factor: UUID) -> None:
    """Remove a factor: one's own, or anybody's as an administrator; raises NotFound, or what the door refuses."""
    row = Factor.objects.filter(pk=factor).exclude(kind=RECOVERY).first()
    if row is None:
        raise NotFound("factor")
    acts.run(ctx, "person.remove_factor", row.person_id, reason=f"{LABELS[row.kind]}: {row.label} removed")
    with transaction.atomic():
        Factor.objects.filter(pk=row.pk).delete()
        if not kinds(row.person_id):
            Factor.objects.filter(person_id=row.person_id).delete()  # what stands in for a factor ends with the last one


def reset(ctx: Context, number: str, *, seen: int | None, reason: str, key: str | None = None) -> None:
    """Remove every factor of a person who has lost them, by an administrator, with the reason; raises what the door refuses."""
    outcome = acts.run(ctx, "person.remove_factor", number, seen=seen, reason=reason, key=key)
    Factor.objects.filter(person_id=outcome.record).delete()


def _add(ctx: Context, kind: str, label: str, secret: bytes, **more: Any) -> None:
    if of(ctx.person_id).exclude(kind=RECOVERY).count() >= MOST:
        raise Refused(rule="factor", text=f"Not added: {MOST} factors are enough; remove one first.")
    acts.run(ctx, "person.add_factor", ctx.person_id, reason=f"{LABELS[kind]}: {label}")
    with transaction.atomic():
        if kind == CODES:
            Factor.objects.filter(
                person_id=ctx.person_id or NOBODY, kind=CODES
            ).delete()  # one program: the older one stops working
        _keep(ctx, kind, label, secret, **more)


def _keep(ctx: Context, kind: str, label: str, secret: bytes, **more: Any) -> None:
    Factor.objects.create(
        id=ids.new(),
        person_id=ctx.person_id or NOBODY,
        kind=kind,
        label=label,
        secret=secret,
        created_at=clock.now(),
        **more,
    )


def _used(factor: Factor, count: int) -> bool:
    return bool(Factor.objects.filter(pk=factor.pk).update(count=count, used_at=clock.now()))


def _keys(person: UUID, *, signing: bool = False) -> list[AttestedCredentialData]:
    known = [one for one in of(person).filter(kind=PASSKEY) if not signing or may_sign(one)]
    return [AttestedCredentialData(bytes(one.secret)) for one in known]


def _server() -> Fido2Server:
    """Give the server's half of the protocol for the address at which people reach this installation."""
    return Fido2Server(PublicKeyCredentialRpEntity(id=host(), name=config.current().company.name), verify_origin=_is_ours)


def host() -> str:
    """Give the name by which passkeys know this installation; without an address of its own it is this machine's."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def _is_ours(origin: str) -> bool:
    given = urlsplit(origin)
    return given.hostname == host() and (given.scheme == "https" or given.hostname == "localhost")


def _is_synced(made: AuthenticatorData) -> bool:
    return bool(made.is_backup_eligible())


def _plain(value: Any) -> dict[str, Any]:
    return dict(json.loads(json.dumps(dict(value))))


def _answer(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text[:LONGEST_ANSWER])
    except ValueError as fault:
        raise _not_taken(fault) from fault
    if not isinstance(found, dict):
        raise _not_taken(ValueError("no object"))
    return found


def _not_taken(_fault: Exception) -> Invalid:
    return Invalid(rule="factor", text="Not added: the key did not answer what it was asked.",
                   missing=(Missing("The key's answer, in this browser.", field="passkey"),), do="Try again.")  # fmt: skip


def _locked() -> Fernet:
    """Give what encrypts secrets that must be read again: a key made from the secret of this home, used for nothing else."""
    made = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"indelible second factors")
    return Fernet(base64.urlsafe_b64encode(made.derive(settings.SECRET_KEY.encode())))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.casefold().encode()).digest()
