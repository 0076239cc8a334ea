"""What ends when a contribution is taken back, judged or cancelled: the access of the other company, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from indelible.kernel.authority import OUTSIDE
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows
from indelible.kernel.models import AccessGrant


@follows("contribution.take_back")
@follows("contribution.take_over")
@follows("contribution.cancel")
def their_access_ends(case: Case, _decision: Decision) -> Iterator[Reply]:
    """Nobody of another company sees more of it from here on."""
    running = Q(until_at=None) | Q(until_at__gt=case.at)
    for grant in AccessGrant.objects.filter(running, role=OUTSIDE, scope=case.head.number).order_by("record_id"):
        yield Reply("grant.end", grant.record_id, reason=f"{case.head.number}: {case.verb.replace('_', ' ')}")
