"""The only place that brings examined rows in, each through the door, under keys by which a repetition does nothing.

No act of a row puts anything in force: that takes people, who compare and sign in the product. So a run that is stopped
leaves a row that is in, one that is begun and waits, or none; the same command goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indelible.assurance.importing.examining import Examination
from indelible.assurance.importing.names import GRANT
from indelible.assurance.importing.row import IN, REFUSED, Problem, Row
from indelible.kernel import acts
from indelible.kernel.context import NOBODY, Context
from indelible.kernel.errors import NotFound, Refused, Unavailable
from indelible.kernel.models import Account
from indelible.practice import accounts, uploads

Say = Callable[[str], None]
EVERY = 25
REASON = "Brought in: it was kept elsewhere before"  # also why something that happened long ago is entered now
NO_LINK = "no link before somebody has recorded a check of the identity"  # no table can do that


def bring(ctx: Context, found: Examination, *, links: Path | None = None, say: Say) -> int:
    """Bring every row that has no problem and is not in yet; gives how many. What the door refuses is noted on its row."""
    waiting = [row for row in found.rows if row.status not in (IN, REFUSED)]
    brought = 0
    for count, row in enumerate(waiting, 1):
        try:
            _bring(ctx, found, row, links)
            brought += 1
        except Refused as refusal:
            row.problems += _told(row, refusal)
        except NotFound as missing:
            row.problems.append(Problem(row.row, "", f"{missing} is not there, or may not be seen.", "not_visible"))
        if count % EVERY == 0 or count == len(waiting):
            say(f"  {count} of {len(waiting)} rows")
    return brought


def check_links(kind: str, links: Path | None) -> None:
    """Refuse to invite people without the list of whose identity is to be checked."""
    if kind == accounts.PERSON and links is None:
        raise Unavailable(
            "Name a file for who was invited (--links): it says of whom the identity is to be checked before they get a link."
        )


def _bring(ctx: Context, found: Examination, row: Row, links: Path | None) -> None:
    kind, then = found.plan.type, found.plan.then
    given = {**row.fields, **{name: [file.sha256 for file in files] for name, files in row.files.items()}}
    for file in (file for files in row.files.values() for file in files):
        uploads.receive(ctx, file.name, file.chunks(), file.sha256)
    if 0 not in row.did or (kind == accounts.PERSON and not Account.objects.filter(person_id=row.record or NOBODY).exists()):
        outcome = _invite(ctx, found, row, given, links) if kind == accounts.PERSON else _create(ctx, found, row, given)
        row.record, row.kept_as = outcome.record, outcome.number
        row.did[0] = outcome.position
    for step, verb in enumerate(then, 1):
        if step not in row.did:
            key = row.key(kind, then, step)
            row.did[step] = acts.run(
                ctx, f"{kind}.{verb}", row.record, seen=row.did[step - 1], key=key, reason=REASON
            ).position
    for step, role in enumerate(row.roles, 1 + len(then)):
        if step not in row.did:
            asked = {"person": str(row.record), "why": f"Asked for when {row.title} was brought in", **role}
            row.did[step] = acts.run(ctx, f"{GRANT}.create", key=row.key(kind, then, step), fields=asked).position


def _create(ctx: Context, found: Examination, row: Row, fields: dict[str, Any]) -> acts.Outcome:
    act, key = f"{found.plan.type}.create", row.key(found.plan.type, found.plan.then, 0)
    if row.number:
        return acts.run(ctx, act, key=key, reason=REASON, fields=fields, number=row.number)
    return acts.run(ctx, act, key=key, reason=REASON, fields=fields)


def _invite(ctx: Context, found: Examination, row: Row, fields: dict[str, Any], links: Path | None) -> acts.Outcome:
    outcome, secret = accounts.invite(ctx, fields, key=row.key(found.plan.type, found.plan.then, 0))
    if links is not None:
        told = f"/link/{secret}" if secret else NO_LINK
        write_link(links, f"{fields['user_id']}\t{outcome.number}\t{told}\n")
    return outcome


def write_link(path: Path, line: str) -> None:
    """Add a line to a file that nobody but its owner reads, durably, before the next person is invited."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(line)
        out.flush()
        os.fsync(out.fileno())


def _told(row: Row, refusal: Refused) -> list[Problem]:
    missing = [
        Problem(
            row.row,
            row.columns.get(one.field or "", one.field or ""),
            f"{refusal.text} {one.text}",
            one.rule or refusal.rule,
        )
        for one in refusal.missing
    ]
    return missing or [Problem(row.row, "", refusal.text, refusal.rule)]
