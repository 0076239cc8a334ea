"""The only place that says whom an identity provider's word stands for: links by issuer and subject, and a fresh sign-in that signs.

The protocol is the library's (infra.oidc). An address of mail links nobody: it changes hands. A link is made by its person, who
proves both sides, and is an event of that person (11.300). A session that began at the provider is no component of a
signature; a sign-in for exactly one statement, after it was shown, is one (11.200(a)).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from indelible.infra import clock, ids, oidc
from indelible.infra.oidc import Proof, Provider
from indelible.kernel import acts, config, ledger
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.errors import Missing, NotFound, Refused
from indelible.kernel.models import Account, Record
from indelible.practice import accounts, queries
from indelible.practice.models import Identity

BACK = "/login/sso/back"  # where the provider sends people back to, and the one address that it has to know
AHEAD = timedelta(seconds=oidc.LEEWAY)  # by which the provider's clock may be before ours
AGAIN = "Open the signature dialog and sign in at the provider again, in this browser."


def provider() -> Provider | None:
    """Give the identity provider that the policies in force trust; None where there is none, or no credentials for it."""
    return oidc.provider(config.current().policies.sso_issuer)


def back(host: str) -> str:
    """Give the address to which the provider sends people back: of the installation, or of the server as it was called."""
    return f"{settings.PUBLIC_URL or host}{BACK}"


def of(person: UUID | None) -> Identity | None:
    """Give the link of a person to the provider in force, None without one."""
    return Identity.objects.filter(person_id=person or NOBODY, issuer=config.current().policies.sso_issuer).first()


def linked() -> set[UUID]:
    """Give everybody who has a link to the provider in force."""
    return set(Identity.objects.filter(issuer=config.current().policies.sso_issuer).values_list("person_id", flat=True))


def account_of(proof: Proof) -> Account | None:
    """Give the account of an active person whom the provider vouches for; None for an unknown, disabled or departed one."""
    link = Identity.objects.filter(issuer=proof.issuer, subject=proof.subject).first()
    account = Account.objects.filter(person_id=link.person_id, is_active=True).first() if link else None
    if link is None or account is None or not _is_active(account.person_id):
        return None
    Identity.objects.filter(pk=link.pk).update(used_at=clock.now())
    return account


def link(ctx: Context, proof: Proof) -> None:
    """Link whoever is signed in with whom the provider vouches for; raises Refused where either is linked already."""
    _link(ctx, ctx.person_id or NOBODY, proof)


def enrol(link: bytes, proof: Proof) -> Account:
    """Link the person of a one-time link, known by its hash, and activate who was invited; raises NotFound or Refused."""
    account = accounts.by_link_hash(link)
    _free(account.person_id, proof)
    accounts.use_up(account)
    if Record.objects.filter(pk=account.person_id, standing="in_work").exists():
        acts.run(SYSTEM, "person.activate", account.person_id)
    _link(SYSTEM, account.person_id, proof)
    return account


def unlink(ctx: Context, person: UUID, *, reason: str = "", seen: int | None = None, key: str | None = None) -> None:
    """Remove a link: one's own while a password is left, or anybody's as an administrator; raises NotFound or Refused."""
    row = of(person)
    if row is None:
        raise NotFound("identity")
    account, own = Account.objects.filter(person_id=person).first(), person == ctx.person_id
    if own and (account is None or not account.has_usable_password() or accounts.signs_in_elsewhere(person)):
        raise Refused(rule="last_way_in", text="Not unlinked: it is your only way to sign in.",
                      do="Ask an administrator for a one-time link and set a password first.")  # fmt: skip
    acts.run(
        ctx, "person.unlink_sso", person, seen=seen, key=key, reason=f"{_named(row.issuer)} unlinked" if own else reason
    )
    Identity.objects.filter(pk=row.pk).delete()
    accounts.end_running(person, but=ctx.session if own else "")


def check_fresh(ctx: Context, act: str, number: str, proof: Proof, asked_at: datetime) -> None:
    """Check that a proof is of the person who signs, and later than the moment at which this signature was asked for.

    Raises Refused, which is kept in the ledger; whoever is linked to another person has given another's credentials (11.300(d)).
    """
    row, text, rule = of(ctx.person_id), "", "fresh_sign_in"
    if not config.current().policies.sso_signs:
        text = "Not signed: a fresh sign-in at the provider does not count for a signature here."
    elif row is None or (row.issuer, row.subject) != (proof.issuer, proof.subject):
        text, rule = "Not signed: whoever signed in at the provider is not the person of this session.", "wrong_owner"
    elif proof.at is None:
        text = "Not signed: the provider does not say when you signed in there."
    elif not asked_at < proof.at <= clock.real() + AHEAD:
        text = (
            "Not signed: you signed in at the provider before this signature was asked for, or its clock differs from ours."
        )
    if text:
        if rule == "wrong_owner" and not Identity.objects.filter(issuer=proof.issuer, subject=proof.subject).exists():
            rule = "fresh_sign_in"  # of nobody here: nobody's credentials have been given away
        raise refuse(ctx, act, number, text, rule)


def refuse(ctx: Context, act: str, number: str, text: str, rule: str = "fresh_sign_in", do: str = AGAIN) -> Refused:
    """Keep in the ledger that a signature by a fresh sign-in was refused, and give the refusal to be raised."""
    refusal = Refused(rule="fresh_sign_in", text=text, do=do, missing=(Missing(f"{text} {do}", field="password"),))
    refusal.rule = rule
    ledger.note(ctx, act, number, refusal)
    return refusal


def _link(ctx: Context, person: UUID, proof: Proof) -> None:
    _free(person, proof)
    acts.run(ctx, "person.link_sso", person, reason=f"{_named(proof.issuer)} linked")
    try:
        with transaction.atomic():
            Identity.objects.create(
                id=ids.new(), person_id=person, issuer=proof.issuer, subject=proof.subject, created_at=clock.now()
            )
    except IntegrityError:
        raise _taken() from None  # by somebody who was faster


def _free(person: UUID, proof: Proof) -> None:
    """Raise Refused where the person or the subject is linked already."""
    if Identity.objects.filter(issuer=proof.issuer, subject=proof.subject).exists() or of(person) is not None:
        raise _taken()


def _taken() -> Refused:
    return Refused(rule="linked_once", text="Not linked: this person, or whoever signed in at the provider, has a link already.",
                   do="Remove the older link first; an administrator can.")  # fmt: skip


def _named(issuer: str) -> str:
    return f"Single sign-on at {issuer}"


def _is_active(person: UUID) -> bool:
    try:
        queries.viewer(Context(person, via="system"))
    except Refused:
        return False
    return True
