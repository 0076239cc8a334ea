"""The addresses that say who is calling and what is running."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from ninja import Router

from indelible.assurance.drift import following
from indelible.faces.api import shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.infra import build, clock
from indelible.kernel import gates
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Baseline
from indelible.modules.validation import state
from indelible.practice import queries

router = Router(tags=["About"])


@router.get("/me", response=shapes.Me, openapi_extra=shows("the caller"))
def me(request: Call) -> shapes.Me:
    """Say who is calling, with the roles held now and the token's scopes."""
    view = queries.viewer(request.auth)
    person = view.person
    if person is None:
        raise NotFound("person")
    return shapes.Me(
        person=str(person.id), number=person.number, name=person.name, title=person.title, user_id=person.user_id,
        via=view.ctx.via, scopes=list(view.ctx.scopes) if view.ctx.scopes is not None else None,
        roles=[shapes.Role(role=held.role, scope=held.scope) for held in view.held],
    )  # fmt: skip


@router.get("/validation", response=shapes.Validation, openapi_extra=shows("the installation's state"))
def validation(request: Call) -> shapes.Validation:
    """Say what is running, and in which validated state."""
    view, identity = queries.viewer(request.auth), build.identity()
    sealed = Baseline.objects.order_by("-number")[0]
    baseline = shapes.Baseline(number=sealed.number, sha256=bytes(sealed.sha256).hex())
    standing = state.standing(view.home_state, view.mark, view.configuration)
    drift = [_drift(one) for one in following.list_open()] if view.mark else []
    return shapes.Validation(
        state=view.home_state, label=gates.LABELS.get(view.home_state, view.home_state) + view.mark,
        validated=standing.validated, reasons=list(standing.reasons), baseline_validated=standing.baseline,
        stale=sorted(state.stale()), drifted=bool(view.mark), drift=drift, simulated=view.simulated,
        environment=settings.ENVIRONMENT, build=shapes.Build(name=identity.name, **asdict(identity)),
        baseline=baseline, time=clock.iso(clock.now()), zone=view.configuration.company.zone,
    )  # fmt: skip


def _drift(one: following.Known) -> shapes.Drift:
    values = one.values
    return shapes.Drift(number=one.head.number, key=one.key, before=values.get("before"), after=values.get("after"),
                        since=values.get("since"), stops_signing=bool(values.get("stops_signing")))  # fmt: skip
