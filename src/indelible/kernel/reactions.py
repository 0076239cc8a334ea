"""The only place that does what follows an event later (D5): once for each event and reaction, however often it is tried."""

from __future__ import annotations

from indelible.infra import canonical, clock
from indelible.kernel import acts, hooks
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Event, Outbox

ATTEMPTS = 5


def run_pending(limit: int = 100) -> int:
    """Do every reaction that waits; gives how many were done. A refused one is kept with its reason, and tried again."""
    done = 0
    for row in Outbox.objects.filter(done_at=None, attempts__lt=ATTEMPTS).order_by("id")[:limit]:
        event = Event.objects.get(record_id=row.record_id, position=row.position)
        done += _run(row, event)
    return done


def _run(row: Outbox, event: Event) -> bool:
    payload = canonical.decode(event.payload)
    function = next(f for f in hooks.afterwards(payload["act"]) if hooks.name_of(f) == row.reaction)
    ctx = SYSTEM.as_system(bytes(event.leaf).hex())
    try:
        for reply in function(payload):
            # The key makes a reaction that was interrupted half way harmless to repeat; a key has room for 100 letters.
            # It names the act itself and not its place: what is left to do may be less when it is asked again.
            key = f"{ctx.cause}:{canonical.sha256(f'{row.reaction} {reply}').hex()[:32]}"
            acts.run(ctx, reply.act, reply.subject, key=key, reason=reply.reason, **reply.inputs)
    except (Refused, NotFound) as refused:
        Outbox.objects.filter(pk=row.pk).update(attempts=row.attempts + 1, note=str(refused)[:500])
        return False
    Outbox.objects.filter(pk=row.pk).update(done_at=clock.now(), attempts=row.attempts + 1, note="")
    return True
