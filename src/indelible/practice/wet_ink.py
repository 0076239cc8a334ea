"""A step signed by hand on a printed page (D26): it counts after a second person certified the scan.

The page carries number, revision and hash of the content. Who certifies types the hash from the page; a page of
another content is refused. The signature names the person who signed on paper, the method `wet ink`, the scan and
where the paper is kept; who certified is the person of the event.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from indelible.infra import canonical, clock
from indelible.kernel import decisions, gather, lifecycles, rules, signatures
from indelible.kernel.authority import Grant
from indelible.kernel.case import Case, Need
from indelible.kernel.context import Held, Person
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides
from indelible.kernel.models import AccessGrant, Account, Record
from indelible.kernel.records import type_of, values
from indelible.kernel.types import Move
from indelible.practice.models import Upload

METHOD = "wet ink"
SHORTEST_HASH = 16
TAKES = ("move", "signer", "signed_on", "page_hash", "scan", "place")


@decides("certify")
def certify(case: Case, inputs: dict[str, Any]) -> Decision:
    """Count a signature given on paper; raises Refused, or Invalid naming what does not fit."""
    grant = decisions.allowed(case)
    if set(inputs) != set(TAKES):
        raise Invalid(rule="input", text=f"A certified page needs: {', '.join(TAKES)}.",
                      missing=tuple(Missing(f"{name} is missing.", field=name) for name in TAKES if name not in inputs))  # fmt: skip
    _same_page(case, str(inputs["page_hash"]))
    scan, signer = _scan(case, str(inputs["scan"])), _signer(case, str(inputs["signer"]))
    signed_on = _day(str(inputs["signed_on"]), case)
    on_paper = replace(case, verb=str(inputs["move"]), person=signer, held=_roles(signer, case))
    declared = lifecycles.move_of(on_paper, on_paper.verb)
    need, theirs = lifecycles.pick_need(on_paper, declared, lifecycles.open_needs(on_paper, on_paper.verb, declared))
    lifecycles.check_move(on_paper, declared, need, theirs)
    rules.reason_given(case, required=declared.reason == "required")
    note = {"scan": scan.sha256, "name": scan.name, "place": str(inputs["place"])[:200], "signed_on": signed_on}
    decision = decisions.counted(on_paper, declared, need, grant, _manifest(on_paper, declared, need, theirs, note))
    decision.note = {**note, "certified": on_paper.act, "signer": signer.reference()}
    decision.files = [{"sha256": scan.sha256, "size": scan.size, "media_type": scan.media_type}]
    return decision


def _same_page(case: Case, typed: str) -> None:
    digits = "".join(typed.split()).lower()
    if len(digits) < SHORTEST_HASH or not bytes(case.head.version_sha256).hex().startswith(digits):
        raise Refused(
            rule="page_hash", text=f"This page is not of {case.head.number}, version {case.head.version}: not counted.",
            missing=(Missing("The page printed from the present content, with its hash.", field="page_hash"),),
            do="Print the present content, have it signed again, scan it.",
        )  # fmt: skip


def _scan(case: Case, sha256: str) -> Upload:
    found = Upload.objects.filter(sha256=sha256).order_by("-at").first()
    if found is None:
        raise Invalid(rule="input", text="Upload the scan first.", missing=(Missing("The scan's hash.", field="scan"),))
    if case.person is not None and found.person_id == case.person.id:
        raise Refused(rule="second_person", text="You scanned this page; another person certifies the scan.")
    return found


def _signer(case: Case, key: str) -> Person:
    account = Account.objects.filter(Q(user_id=key.strip().casefold())).first()
    record = Record.objects.filter(pk=account.person_id, standing="in_force").first() if account else None
    if account is None or record is None or (case.person and record.pk == case.person.id):
        raise Invalid(rule="input", text="Name the person who signed on paper; not yourself.",
                      missing=(Missing("The user id of an active person.", field="signer"),))  # fmt: skip
    title = values(record).get("job_title") if type_of(record).field("job_title") else ""
    return Person(record.pk, record.number, record.title, str(title or ""), account.user_id)


def _roles(signer: Person, case: Case) -> tuple[Held, ...]:
    now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
    # On paper nobody signs by delegation: the page does not say for whom.
    delegated = Record.objects.filter(type=gather.DELEGATION).values("pk")
    grants = AccessGrant.objects.filter(now, person_id=signer.id).exclude(record_id__in=delegated)
    return tuple(Held(role=g.role, scope=g.scope, grant=str(UUID(str(g.record_id)))) for g in grants)


def _day(typed: str, case: Case) -> str:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = None
    if day is None or day > case.at.date():
        raise Invalid(rule="input", text="Give the day that stands beside the signature, such as 2026-11-23.",
                      missing=(Missing("A day that is not in the future.", field="signed_on"),))  # fmt: skip
    return day.isoformat()


def _manifest(case: Case, declared: Move, need: Need, theirs: Grant, note: dict[str, Any]) -> str:
    shown, zone = signatures.statement(case, declared, need, theirs), case.configuration.company.zone
    return canonical.encode({
        "format": 1, "statement": shown, "statement_sha256": signatures.statement_hash(shown), "at": clock.iso(case.at),
        "zone": zone, "local_time": clock.in_zone(case.at, zone), "method": METHOD, "components": [],
        "via": "paper", "paper": note,
    })  # fmt: skip
