"""Shows what stands behind each signature of a record, as a page, for programs, and as a table to export."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from indelible.kernel.models import Record
from indelible.practice import evidence, history, queries
from indelible.practice.evidence import Evidence
from indelible.practice.panels import ANY, Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

Row = tuple[Cell, ...]


@panel("signatures", label="Evidence of signatures", says="What stands behind each signature of this record.", of=[ANY], dated=False,
       seen=history.reviews_refusals)  # fmt: skip
def signatures(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give, signature by signature, the statement, the proof of presence, the authority and the account on that day."""
    found = evidence.of_record(record) if record is not None else []
    zone = ZoneInfo(view.configuration.company.zone)
    faulty = sum(bool(one.faults) for one in found)
    lead = f"{len(found)} signatures; the stored rows of {faulty} do not agree: run verify." if faulty else (
        f"{len(found)} signatures; statement, signature, event and content of each agree."
    )  # fmt: skip
    tables = tuple(
        Table(f"{one.statement['meaning_label']}: {one.statement['printed_name']}, {_moment(one.signature.at, zone)}",
              ("What", "Evidence"), tuple(_rows(view, one, zone)), "")
        for one in found
    )  # fmt: skip
    return Sheet(lead, tables or (Table("Signatures", ("What", "Evidence"), (), "Nobody has signed this record."),))


def _rows(view: Viewer, one: Evidence, zone: ZoneInfo) -> list[Row]:
    said, statement = one.manifest, one.statement
    rows = [
        _row("Agrees", "; ".join(one.faults) or "Statement, signature, event and content agree", late=bool(one.faults)),
        _row("Signed", f"{statement['meaning_label']}: “{statement['meaning_text']}”"),
        _row("By", f"{statement['printed_name']}, {queries.title_of(statement)}, user id {statement['user_id']}"),
        _row("At", f"{said['local_time']} {said['zone']}, {said['at']} UTC"),
        _row(
            "Content",
            f"version {statement['version']}, {statement['version_sha256']}, seen at position {statement['position']}",
        ),
        _row("Statement", said["statement_sha256"]),
        _row("Components", f"{said['method']} ({', '.join(said['components'])}), in a {said['via']}"),
        _authority(one),
        _row("Roles held then", "; ".join(_held(view, one)) or "nothing but what everybody holds"),
    ]
    rows += [_row("Account", f"{turn.what} {_moment(turn.at, zone)} by {turn.by}" + (f": {turn.reason}" if turn.reason else ""))
             for turn in one.account]  # fmt: skip
    rows.append(_row("Refused before", f"{one.refused} attempts of this person in the 24 hours before"))
    if one.voided_at:
        rows.append(_row("Voided", f"counts no longer since {_moment(one.voided_at, zone)}"))
    return rows


def _authority(one: Evidence) -> Row:
    grant = one.event["grant"]
    if grant.get("by") != "role":
        return _row("Authority", f"as {str(grant.get('relation', '')).replace('_', ' ')}")
    scope = f" for {grant['scope']}" if grant.get("scope") else ""
    return Cell("Authority"), Cell(f"role {grant['role']}{scope}" + (f" by {one.grant}" if one.grant else ""), one.grant)


def _held(view: Viewer, one: Evidence) -> list[str]:
    roles = view.configuration.roles
    return [
        f"{roles[held.role].label if held.role in roles else held.role}{f' for {held.scope}' if held.scope else ''} ({held.number})"
        for held in one.held
    ]  # fmt: skip


def _row(what: str, words: str, *, late: bool = False) -> Row:
    return Cell(what), Cell(words, late=late)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
