"""The three kinds of tables (D21): truth is append-only, projections are rebuilt from it, scratch is never evidence."""

from indelible.kernel.models.projection import AccessGrant, Link, Numbering, Party, Record, Task, Timer
from indelible.kernel.models.scratch import Account, Outbox, Pending, Presence
from indelible.kernel.models.truth import (
    Baseline,
    Blob,
    Event,
    LogPosition,
    Refusal,
    Request,
    Restriction,
    Signature,
    Version,
)

TRUTH = (Version, Event, Signature, Refusal, Blob, Baseline, Request, Restriction, LogPosition)
PROJECTION = (Record, Link, Task, Timer, AccessGrant, Party, Numbering)
SCRATCH = (Account, Presence, Pending, Outbox)

__all__ = [
    "PROJECTION",
    "SCRATCH",
    "TRUTH",
    "AccessGrant",
    "Account",
    "Baseline",
    "Blob",
    "Event",
    "Link",
    "LogPosition",
    "Numbering",
    "Outbox",
    "Party",
    "Pending",
    "Presence",
    "Record",
    "Refusal",
    "Request",
    "Restriction",
    "Signature",
    "Task",
    "Timer",
    "Version",
]
