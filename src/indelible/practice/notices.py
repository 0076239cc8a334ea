"""The only place that tells people by mail what waits for them: when work opens, before it is due, and when it is late.

A notice is one person, one task, one stage: the database holds each once, whatever is repeated or killed. What waits for
the same person goes out in one message. A message names number, act, day and address of the record and nothing else.

Whoever has chosen a digest (practice.rhythms) is told of all open work in one message, when something new has waited for it.
What is noted before the moment of a digest goes with it, however late the process wakes; what is overdue waits for none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from string import Template
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from indelible.infra import clock, logs, mail
from indelible.kernel import authority, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import AccessGrant, Record, Task
from indelible.practice import extensions, queries, rhythms
from indelible.practice.models import Notice
from indelible.practice.queries import Viewer

LETTERS = Path(__file__).parent / "letters"  # the templates of mail; a changed one is drift
OPENED = "opened"
WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"
BEFORE_RESTORE = "restored from a backup: it may have gone out before"
HELD = "held"  # for the next digest of its person
OVERDUE = ("late_", "for_")  # stages that wait for no digest
BEFORE = (7, 1, 0)  # calendar days before the due day on which people are reminded; weekly after it
WEEK = 7
ESCALATED = {7: "qa_approver", 30: "executive"}  # from so many days late on, once, to these roles as well
LATE_AT = timedelta(hours=1)  # how far back work that opened is looked for: acts end in another order than they begin
MORNING = 7  # o'clock at the company: reminders do not ring at night
AGAIN = timedelta(minutes=10)  # after so long a message that nobody saw leave is sent again, at most once
TRIES, LINES = 30, 20
LATENESS = ("late", "due today", "due within a week", "due later", "without a date")


@dataclass(frozen=True, slots=True)
class _Work:
    task: Task
    record: Record
    stage: str
    role: str | None  # told as well, because it is late


def gather() -> int:
    """Note who is to be told of what by now; gives how many notices are new. Without a mail server there are none."""
    if mail.server() is None:
        return 0
    now, made = clock.now(), 0
    viewers: dict[UUID, Viewer | None] = {}
    for work in _due(now):
        for person in _concerned(work, now, viewers):
            _, new = Notice.objects.get_or_create(
                person_id=person, task_id=work.task.id, stage=work.stage, defaults={"at": now, "state": WAITING}
            )
            made += new
    return made


def deliver() -> int:
    """Send what waits, one message for each person; gives how many were sent. What was not taken is tried again later."""
    sent = 0
    for person, notices in _taken().items():
        known = {task.id: task for task in Task.objects.filter(pk__in={notice.task_id for notice in notices})}
        live = [notice for notice in notices if notice.task_id in known]
        _mark([notice for notice in notices if notice not in live], SENT, "done before the mail went out")
        if live:
            sent += _told(person, live, known)
    return sent


def restored() -> int:
    """Let nothing go out again that the installation before a restore may have mailed already; gives how many notices that are.

    What waited, and what is reached by now, counts as told. Who has work sees it here, and is reminded at its next stage.
    """
    open_ones = Notice.objects.filter(state__in=[WAITING, HELD, SENDING])
    kept, now, viewers = open_ones.update(state=SENT, note=BEFORE_RESTORE), clock.now(), dict[UUID, Viewer | None]()
    for work in _due(now, morning=0):
        for person in _concerned(work, now, viewers):
            _, new = Notice.objects.get_or_create(
                person_id=person, task_id=work.task.id, stage=work.stage,
                defaults={"at": now, "state": SENT, "note": BEFORE_RESTORE},
            )  # fmt: skip
            kept += new
    return kept


def _due(now: datetime, morning: int = MORNING) -> Iterator[_Work]:
    tasks = list(
        Task.objects.filter(Q(from_at__gt=now - LATE_AT, from_at__lte=now) | Q(from_at__lte=now, due_at__isnull=False))
    )
    heads = Record.objects.in_bulk({task.record_id for task in tasks})
    for task in tasks:
        record = heads[task.record_id]
        zone = ZoneInfo(records.configuration_of(record).company.zone)
        if task.from_at > now - LATE_AT:
            yield _Work(task, record, OPENED, None)
        local = now.astimezone(zone)
        if task.due_at is None or local.hour < morning or record.marks.get(extensions.AWAY, {}).get("running"):
            continue
        due, opened = task.due_at.astimezone(zone).date(), task.from_at.astimezone(zone).date()
        left = (due - local.date()).days
        if (stage := _stage(left)) is not None and due - timedelta(days=stage) > opened:
            yield _Work(task, record, f"due_{stage}" if stage >= 0 else f"late_{-stage}", None)
        for days, role in ESCALATED.items():
            if -left >= days:
                yield _Work(task, record, f"for_{role}"[:20], role)


def _stage(left: int) -> int | None:
    """Give the last stage that is reached with so many days left: 7, 1, 0, -7, -14, ...; None before the first."""
    if left < 0:
        return -(-left // WEEK) * WEEK if -left >= WEEK else min(BEFORE)
    return min((days for days in BEFORE if days >= left), default=None)


def _concerned(work: _Work, now: datetime, viewers: dict[UUID, Viewer | None]) -> Iterator[UUID]:
    task = work.task
    asked = [task.person_id] if task.person_id and not work.role else _holders(work.role or task.capacity, now)
    for person in asked:
        if Notice.objects.filter(person_id=person, task_id=task.id, stage=work.stage).exists():
            continue
        if person not in viewers:
            viewers[person] = _viewer(person)
        view = viewers[person]
        if view is None or not authority.sees(view.ctx, work.record, view.held):
            continue
        if task.person_id or work.role or queries.could(view, work.record, task):
            yield person


def _holders(role: str, now: datetime) -> Iterable[UUID]:
    grants = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=now), role=role, from_at__lte=now)
    return dict.fromkeys(grants.order_by("record_id").values_list("person_id", flat=True))


def _viewer(person: UUID) -> Viewer | None:
    try:
        return queries.viewer(Context(person, via="system"))
    except Refused:
        return None  # not active, so nothing is told


def _taken() -> dict[UUID, list[Notice]]:
    """Take what is to be sent now, so that no second process sends it and a killed one repeats it at most once."""
    now, found = clock.real(), defaultdict(list)
    with transaction.atomic():
        lost = Notice.objects.filter(state=SENDING, tried_at__lt=now - AGAIN)
        lost.filter(tries__gte=2).update(state=FAILED, note="whether it left is not known")
        again = Q(tried_at=None) | Q(tried_at__lt=now - AGAIN)
        open_ones = Notice.objects.select_for_update().filter(Q(state__in=[WAITING, HELD, SENDING]), again)
        waiting = list(open_ones.order_by("person_id", "id"))
        held = _held(waiting)
        Notice.objects.filter(pk__in=held, state=WAITING).update(state=HELD)
        for notice in (notice for notice in waiting if notice.pk not in held):
            notice.state, notice.tried_at, notice.tries = SENDING, now, notice.tries + 1
            notice.save(update_fields=["state", "tried_at", "tries"])
            found[notice.person_id].append(notice)
    return found


def _held(waiting: list[Notice]) -> set[int]:
    """Give which notices wait for a digest whose moment has not come since they were noted."""
    now, chosen = clock.now(), rhythms.of({notice.person_id for notice in waiting})
    mine = [notice for notice in waiting if notice.person_id in chosen]
    due = dict(Task.objects.filter(pk__in={notice.task_id for notice in mine}).values_list("pk", "due_at"))
    return {
        notice.pk
        for notice in mine
        if notice.at >= rhythms.last(chosen[notice.person_id], now) and not _overdue(notice, due.get(notice.task_id))
    }


def _overdue(notice: Notice, due: datetime | None) -> bool:
    return notice.stage.startswith(OVERDUE) or (due is not None and due < clock.now())


def _told(person: UUID, notices: list[Notice], tasks: dict[UUID, Task]) -> int:
    view = _viewer(person)
    address = str(records.values(records.find(person)).get("email") or "")
    if view is None or not address:
        _mark(notices, FAILED, "not active" if view is None else "no address")
        return 0
    asked = [tasks[notice.task_id] for notice in notices]
    waited = [notice for notice, task in zip(notices, asked, strict=True) if not _overdue(notice, task.due_at)]
    digest = _digest(view) if waited and rhythms.of([person]) else None
    subject, body = digest or _message(asked)
    try:
        mail.send(address, subject, _letter(body))
    except mail.NotSent as problem:
        logs.warn("mail", person=str(person), problem=str(problem))
        given_up = problem.final or max(notice.tries for notice in notices) >= TRIES
        _mark(notices, FAILED if given_up else WAITING, str(problem))
        return 0
    _mark(notices, SENT, "")
    return 1


def _letter(body: str) -> str:
    """Give the text of a mail: the template of this build around what is told."""
    template = Template((LETTERS / "work.txt").read_text("utf-8"))
    return template.safe_substitute(body=body, address=settings.PUBLIC_URL)


def _mark(notices: list[Notice], state: str, note: str) -> None:
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(state=state, note=note)


def _message(tasks: list[Task]) -> tuple[str, str]:
    """Give subject and text of what is told of some pieces of work."""
    heads = Record.objects.in_bulk({task.record_id for task in tasks})
    lines = [_line(task, heads[task.record_id]) for task in tasks]
    return lines[0][0] if len(lines) == 1 else f"{len(lines)} pieces of work wait for you", _listed(lines)


def _digest(view: Viewer) -> tuple[str, str] | None:
    """Give subject and text of all open work of a person by lateness; None where nothing is open."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for task, record in queries.list_work(view):
        groups.setdefault(_lateness(task, view), []).append(_line(task, record))
    if not groups:
        return None
    counts = {label: len(groups[label]) for label in LATENESS if label in groups}
    subject = f"Your work: {', '.join(f'{count} {label}' for label, count in counts.items())}"
    parts = [f"{label.capitalize()}: {count}\n\n{_listed(groups[label])}" for label, count in counts.items()]
    return subject, "\n\n\n".join(parts)


def _lateness(task: Task, view: Viewer) -> str:
    if task.due_at is None:
        return LATENESS[-1]
    zone, now = ZoneInfo(view.configuration.company.zone), clock.now()
    days = (task.due_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    return LATENESS[0 if task.due_at < now else 1 if days <= 0 else 2 if days <= WEEK else 3]


def _listed(lines: list[tuple[str, str]]) -> str:
    body = "\n\n".join(f"{subject}{address}" for subject, address in lines[:LINES])
    return f"{body}\n\nAnd {len(lines) - LINES} more." if len(lines) > LINES else body


def _line(task: Task, record: Record) -> tuple[str, str]:
    configuration = records.configuration_of(record)
    move = records.state_of(record).moves.get(task.move)
    act = (move.label if move else "") or task.move.replace("_", " ").capitalize()
    address = f"\n{settings.PUBLIC_URL}/r/{record.number}" if settings.PUBLIC_URL else ""
    return f"{record.number}: {act}{_when(task, configuration.company.zone)}", address


def _when(task: Task, zone: str) -> str:
    if task.due_at is None:
        return ""
    due = task.due_at.astimezone(ZoneInfo(zone)).date()
    late = (clock.now().astimezone(ZoneInfo(zone)).date() - due).days
    day = f"{due:%d %b %Y}"
    return f", {late} {'day' if late == 1 else 'days'} late (was due {day})" if late > 0 else f", due {day}"
