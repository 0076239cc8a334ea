"""What must be true after every kill: each acknowledged act is there exactly once, nothing is there by half.

It judges by its own reading of the tables, and asks the product's verification besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from indelible.assurance.verify import verify
from indelible.infra import canonical
from indelible.kernel import sequencer
from indelible.kernel.models import Event, LogPosition, Pending, Record, Refusal, Request, Signature, Version
from tests.torture.tally import Tally


def judge(tally: Tally, *, before: int) -> dict[str, int]:
    """Judge a home against what was tallied; `before` is how many events it had. Raises AssertionError."""
    done, refused = tally.of("done"), tally.of("refused")
    assert not tally.open(), "everything that was tried was answered in the end"
    assert list(lost(done)) == []
    assert list(doubled(done, refused, before)) == []
    assert list(halves()) == []
    sequencer.drain()
    assert list(gaps()) == []
    report = verify()
    assert report.ok, report.findings[:5]
    return {"acknowledged": len(done), "refused": len(refused), "events": Event.objects.count() - before}


def lost(done: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Find acknowledged acts that are not there as they were acknowledged: by the hash that was given for them."""
    for key, told in done.items():
        request = Request.objects.filter(key=key).first()
        place = {"record_id": request.record_id, "position": request.position} if request else {"pk": None}
        event = Event.objects.filter(**place).first()
        leaf = bytes(event.leaf).hex() if event else ""
        if not any(leaf.startswith(shown) for shown in told["hashes"]):
            yield f"{key}: acknowledged and not there"


def doubled(done: dict[str, dict[str, Any]], refused: dict[str, dict[str, Any]], before: int) -> Iterator[str]:
    """Find events that no single acknowledged request accounts for, and refused acts that were done all the same."""
    answered = Counter(Request.objects.values_list("record_id", "position"))
    yield from (f"{place}: answers {count} requests" for place, count in answered.items() if count > 1)
    keys = set(Request.objects.values_list("key", flat=True))
    yield from (f"{key}: refused and done" for key in keys & set(refused) - set(done))
    for event in Event.objects.order_by("id")[before:]:
        by = canonical.decode(event.payload)["by"]
        if "person" in by and (event.record_id, event.position) not in answered:
            yield f"{event.record_id}/{event.position}: nobody asked for it"


def halves() -> Iterator[str]:
    """Find events without what belongs to them, and what belongs to no event."""
    versions = {(v.record_id, v.number): bytes(v.sha256).hex() for v in Version.objects.all()}
    signatures = {(s.record_id, s.position): s for s in Signature.objects.all()}
    claimed, last = set(), {}
    for event in Event.objects.order_by("record_id", "position"):
        payload, place = canonical.decode(event.payload), (event.record_id, event.position)
        version = (event.record_id, payload["version"]["number"])
        claimed.add(version)
        if versions.get(version) != payload["version"]["sha256"]:
            yield f"{place}: names a version that is not there"
        signature = signatures.pop(place, None)
        if (canonical.sha256(signature.manifest).hex() if signature else None) != payload.get("signature"):
            yield f"{place}: names another signature than stands there"
        last[event.record_id] = event
    yield from (f"{place}: a signature without its event" for place in signatures)
    yield from (f"{version}: a version without its event" for version in set(versions) - claimed)
    heads = {r.pk: (r.position, bytes(r.leaf)) for r in Record.objects.all()}
    if heads != {pk: (event.position, bytes(event.leaf)) for pk, event in last.items()}:
        yield "a head does not stand at its record's newest event"


def gaps() -> Iterator[str]:
    """Find what is missing or doubled in the global order, once the queue is drained."""
    rows = list(LogPosition.objects.order_by("seq").values_list("seq", "kind", "ref"))
    if [seq for seq, _, _ in rows] != list(range(len(rows))):
        yield "the positions have a gap"
    for kind, model in (("e", Event), ("r", Refusal)):
        if sorted(ref for _, k, ref in rows if k == kind) != sorted(model.objects.values_list("id", flat=True)):
            yield f"{model.__name__}: the log does not name each exactly once"
    if Pending.objects.exists():
        yield "something is queued still"
