"""The only place that examines what must not lie still: the log's queue, timers, left files, accounts (D15, D18, D19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import Min

from indelible.assurance import continuity
from indelible.infra import clock, mail
from indelible.infra.storage import Store
from indelible.kernel.models import Account, Blob, Event, Pending, Record, Refusal, Timer
from indelible.practice import notices
from indelible.practice.models import Notice, Upload

Looked = tuple[bool, str]
QUEUE_LIMIT = timedelta(minutes=1)
MAIL_LIMIT, MAIL_DAY = timedelta(hours=1), timedelta(days=1)
CONTINUITY_LIMIT = timedelta(days=1)
LATE_LIMIT = timedelta(minutes=15)  # more than this is a finding (D14)
SHOWN, BATCH = 5, 500
MAKERS = (
    "admin", "administrator", "root", "superuser", "sysadmin", "postgres", "indelible", "django", "demo", "test",
    "tester", "guest", "user", "default", "qa", "quality", "support",
)  # fmt: skip


def queue() -> Looked:
    """See whether events and refusals get their place in the log soon after they were written."""
    waiting = Pending.objects.count()
    oldest = min(_since(), default=None)
    if oldest is None:
        return True, "nothing waits"
    age = clock.now() - oldest
    return age <= QUEUE_LIMIT, f"{waiting} wait, the oldest since {clock.iso(oldest)}"


def timers() -> Looked:
    """See whether the system makes its moves when their time has come."""
    late = Timer.objects.filter(due_at__lt=clock.now() - LATE_LIMIT).order_by("due_at")
    count = late.count()
    if not count:
        return True, "no move is late"
    first = late[0]
    number = Record.objects.filter(pk=first.record_id).values_list("number", flat=True).first()
    return False, f"{count} late; the first is {first.move} of {number}, due {clock.iso(first.due_at)}"


def orphans() -> Looked:
    """See which files in the store belong to no record and no upload: a crash leaves them, nothing is lost by them."""
    left = list(islice(_orphans(), SHOWN + 1))
    if not left:
        return True, "every file belongs to a record or to somebody's upload"
    more = " and more" if len(left) > SHOWN else ""
    return False, f"{', '.join(left[:SHOWN])}{more} in {settings.HOME.files}"


def told_by_mail() -> Looked:
    """See whether mail about work leaves; none set up is no fault, and is said."""
    if mail.server() is None:
        return True, "no mail server is set up (INDELIBLE_MAIL), so nobody is told by mail"
    late = Notice.objects.filter(state=notices.WAITING, tried_at__isnull=False, at__lt=clock.now() - MAIL_LIMIT)
    failed = Notice.objects.filter(state=notices.FAILED, at__gt=clock.now() - MAIL_DAY).order_by("-at")
    note = next(iter([*late.values_list("note", flat=True)[:1], *failed.values_list("note", flat=True)[:1]]), "")
    said = f"{late.count()} wait for longer than an hour, {failed.count()} were given up today"
    return not note, f"{said}; the last one: {note}" if note else said


def continuity_set() -> Looked:
    """See whether the set for hours without the system is of last night; that there is none yet is said (Annex 11-16)."""
    age = continuity.age()
    if age is None:
        return True, "there is none yet; the server writes it at night"
    return age <= CONTINUITY_LIMIT, f"the newest is of {continuity.list_days()[-1]}"


def default_accounts() -> Looked:
    """See that no account has a name that everybody tries first, and that each belongs to a person (11.100, 11.300)."""
    known = sorted(Account.objects.filter(user_id__in=MAKERS).values_list("user_id", flat=True))
    people = Record.objects.filter(type="person").values("id")
    alone = sorted(Account.objects.exclude(person_id__in=people).values_list("user_id", flat=True))
    parts = [f"with a name that everybody tries first: {', '.join(known)}"] if known else []
    parts += [f"of nobody: {', '.join(alone)}"] if alone else []
    return not parts, "; ".join(parts) or "every account is one person's, under a name of its own"


def _since() -> Iterator[datetime]:
    events = Event.objects.filter(pk__in=Pending.objects.filter(kind="e").values("ref"))
    refusals = Refusal.objects.filter(pk__in=Pending.objects.filter(kind="r").values("ref"))
    found = (events.aggregate(at=Min("at"))["at"], refusals.aggregate(at=Min("at"))["at"])
    yield from (at for at in found if at is not None)


def _orphans() -> Iterator[str]:
    for some in _batches(sorted(Store(settings.HOME.files).list_hashes())):
        known = set(Blob.objects.filter(pk__in=some).values_list("pk", flat=True))
        known |= set(Upload.objects.filter(sha256__in=some).values_list("sha256", flat=True))
        yield from (name for name in some if name not in known)


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, BATCH)):
        yield some
