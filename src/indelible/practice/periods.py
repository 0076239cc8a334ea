"""The only place that knows a continuous period of signing: all components at its first signature, the secret one at later ones (11.200(a)(1)).

A period belongs to one session and to what was true when it began: the person, the password, the second factors, the roles, the run
of the server. When any of it is not as it was, the period is over; so it is after a failed attempt and after its longest time.
Sessions end by themselves at sign-out, after idle time and at their last hour, and a period never outlives its session.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from indelible.infra import clock, ids
from indelible.kernel import ledger, signatures
from indelible.kernel.context import NOBODY
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import Account
from indelible.practice import factors, sso
from indelible.practice.queries import Viewer

KEPT = "signing_period"  # in the session
RUN = "SERVER_RUN"  # in the environment: what `serve` hands to its processes, new with each start
_OF_THIS_PROCESS = ids.secret()


def is_running(request: HttpRequest, view: Viewer) -> bool:
    """Say whether whoever asks is in a continuous period, so that the next signature asks for the secret component alone."""
    kept, minutes = request.session.get(KEPT), view.configuration.policies.signing_period_minutes
    if not isinstance(kept, dict) or not minutes:
        return False
    young = clock.now() - clock.parse(kept["at"]) < timedelta(minutes=minutes)
    return young and kept["at"] <= clock.iso(clock.now()) and kept["of"] == _circumstances(view)


def prove(request: HttpRequest, view: Viewer, *, act: str, number: str, statement: str, user_id: str, **secret: str) -> UUID:
    """Check the components of a signature and give its presence; raises Refused. Without a user id it must be a later one.

    A signature that is given with all components begins a period; a failed attempt ends the one that runs.
    """
    typed = bool(user_id.strip())
    if not typed and not is_running(request, view):
        end(request.session)
        refusal = Refused(
            rule="signature_components", text="Not signed: no continuous period of signing runs, so all components are asked for.",
            missing=(Missing("Your own user id, and your password or passkey.", field="password"),),
            do="Give user id and password, or user id and passkey.",
        )  # fmt: skip
        ledger.note(view.ctx, act, number, refusal)
        raise refusal
    known = user_id if typed else (view.person.user_id if view.person else "")
    try:
        found = signatures.present(
            request, view.ctx, act=act, number=number, user_id=known, statement=statement, typed=typed, **secret
        )
    except Refused:
        end(request.session)
        raise
    return found


def signed(request: HttpRequest, view: Viewer, *, user_id: str) -> None:
    """Note that a signature was given: one with all components begins a period, a later one goes on with it."""
    if user_id.strip():
        request.session[KEPT] = {"at": clock.iso(clock.now()), "of": _circumstances(view)}


def end(session: MutableMapping[str, Any]) -> None:
    """Let the period end that runs in a session; without one nothing happens."""
    session.pop(KEPT, None)


def _circumstances(view: Viewer) -> str:
    """Give what a period rests on, as one hash: a change of any of it is a break."""
    person = view.ctx.person_id
    account = Account.objects.filter(person_id=person or NOBODY).first()
    given = [*factors.of(person).exclude(kind=factors.RECOVERY).values_list("pk", flat=True)]
    given += [linked.pk] if (linked := sso.of(person)) else []
    told = [
        str(person), view.ctx.session, os.environ.get(RUN) or _OF_THIS_PROCESS, account.get_session_auth_hash() if account else "",
        sorted(str(one) for one in given), sorted(held.label for held in view.held), sorted(held.grant for held in view.held),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
