"""The only place that re-reads what belongs to no record: refusals, the global order (D18), applied configurations (D11)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.reading import Row, View
from indelible.assurance.rereading.report import Findings, quoted, spoken
from indelible.assurance.rereading.rows import MALFORMED, Data, parsed
from indelible.infra.canonical import LEAF_PREFIX
from indelible.kernel.models import Baseline, Refusal

GAPS = (
    "SELECT seq, before FROM (SELECT seq, lag(seq, 1, CAST(-1 AS bigint)) OVER (ORDER BY seq) AS before FROM log_position) "
    "AS told WHERE seq <> before + 1"
)
DOUBLED = "SELECT kind, ref, count(*), max(seq) FROM log_position GROUP BY kind, ref HAVING count(*) > 1"
# Of each kind: how many, how many different ones, and how many that are there. Events apart: they are the many.
EVENTS = (
    "SELECT 'e', count(*), count(DISTINCT log.ref), count(e.id) FROM log_position log "
    "LEFT JOIN event e ON e.id = log.ref WHERE log.kind = 'e'"
)
OTHERS = "SELECT kind, count(*), count(DISTINCT ref), 0 FROM log_position WHERE kind <> 'e' GROUP BY kind"
THERE = "SELECT count(DISTINCT e.id) FROM log_position log JOIN event e ON e.id = log.ref WHERE log.kind = 'e'"
PLACES = "SELECT ref, seq FROM log_position WHERE kind = 'e' ORDER BY seq DESC"
UNLOGGED = (
    "LEFT JOIN log_position log ON log.kind = '{kind}' AND log.ref = t.id "
    "LEFT JOIN pending p ON p.kind = '{kind}' AND p.ref = t.id WHERE log.seq IS NULL AND p.id IS NULL ORDER BY t.id"
)
KINDS = {"e": "event", "r": "refusal"}


def refusals(ledger: Ledger) -> None:
    """Check every refusal: the text is what was hashed, and the columns say the same (11.10(d), (e))."""
    names = ("id", "at", "person_id", "payload", "leaf")
    for row in ledger.view.table(Refusal, names, raw="payload"):
        ledger.findings.counts["refusals"] += 1
        _refusal(ledger, row)


def _refusal(ledger: Ledger, row: Row) -> None:
    number, at, person, payload, leaf = row
    subject: Any = None
    try:
        found = sha256(LEAF_PREFIX + payload).digest()
        data = parsed(payload)
        subject = data["subject"]
        if found != leaf:
            text = "the refusal is not what was hashed when it was noted"
            _about_refusal(ledger, number, subject, text, "payload", leaf, found)
        told = {"at": data["at"], "person_id": data["person"]}
        stored = {"at": ledger.view.moment(at), "person_id": ledger.person(person)}
        for name, value in told.items():
            if stored[name] != value:
                text = f"{spoken(name)} is {quoted(stored[name])} in the row, {quoted(value)} in what was noted"
                _about_refusal(ledger, number, subject, text, name, value, stored[name])
    except MALFORMED as problem:
        text = f"the refusal cannot be read ({type(problem).__name__}: {problem})"
        _about_refusal(ledger, number, subject, text, "payload", leaf, None)


def _about_refusal(ledger: Ledger, number: Any, subject: Any, text: str, field: str, old: Any, new: Any) -> None:
    about = f" about {subject}" if subject else ""
    ledger.findings.add(
        "refusal_changed", "refusal", f"Refusal {number}{about}: {text}.", field=field, old=old, new=new,
        record=subject if isinstance(subject, str) else None,
    )  # fmt: skip


def places(view: View) -> dict[Any, Any]:
    """Give the place that the log has for each event, by the event's row; one look at all costs less than one at each."""
    return dict(view.query(PLACES))


def positions(ledger: Ledger) -> None:
    """Check the log: no gap from 0 on, every event and refusal in it once or waiting, nothing else in it."""
    view, findings = ledger.view, ledger.findings
    found = {kind: (count, different, there) for kind, count, different, there in [*view.query(EVENTS), *view.query(OTHERS)]}
    counted = {kind: (count, different) for kind, (count, different, _) in found.items() if count}
    once = found["e"][0] == found["e"][1]
    logged = found["e"][2] if once else next(view.query(THERE))[0]
    total = sum(count for count, _ in counted.values())
    findings.counts["positions"] = total
    if next(view.query("SELECT coalesce(min(seq), 0), coalesce(max(seq) + 1, 0) FROM log_position")) != (0, total):
        _gaps(view, findings)
    if any(count != different for count, different in counted.values()):
        for kind, ref, count, seq in view.query(DOUBLED):
            _log(findings, "log_doubled", f"{KINDS.get(kind, kind)} {ref} is there {count} times", seq, 1, count)
    if counted.keys() - KINDS.keys():
        for seq, kind, ref in view.query("SELECT seq, kind, ref FROM log_position WHERE kind NOT IN ('e', 'r')"):
            _log(findings, "log_extra", f"position {seq} names something of kind {quoted(kind)}", seq, None, ref)
    # Only where the sums differ is there something to name.
    if counted.get("e", (0, 0))[0] != logged:
        _named(view, findings, "e", "event")
    if findings.counts["events"] != logged:
        _unlogged_events(view, findings)
    _named(view, findings, "r", "refusal")
    _unlogged_refusals(view, findings)


def _gaps(view: View, findings: Findings) -> None:
    for seq, before in view.query(GAPS):
        first, last = before + 1, seq - 1
        gap = f"position {last} is" if first == last else f"positions {first} to {last} are"
        _log(findings, "log_gap", f"{gap} missing", first, first, seq)


def _named(view: View, findings: Findings, kind: str, table: str) -> None:
    missing = view.query(
        f"SELECT log.seq, log.ref FROM log_position log LEFT JOIN {table} t ON t.id = log.ref "
        f"WHERE log.kind = '{kind}' AND t.id IS NULL ORDER BY log.seq"
    )
    for seq, ref in missing:
        _log(findings, "log_extra", f"position {seq} names {table} {ref}, which is not there", seq, ref, None)


def _unlogged_events(view: View, findings: Findings) -> None:
    events = view.query(
        "SELECT t.id, r.number, t.position FROM event t LEFT JOIN record r ON r.id = t.record_id "
        + UNLOGGED.format(kind="e")
    )
    for number, record, position in events:
        findings.add(
            "log_missing", "log_position",
            f"{record or f'Event {number}'}, position {position}: the event is neither in the log nor waiting for it.",
            record=record, field="ref", old=number, position=position,
        )  # fmt: skip


def _unlogged_refusals(view: View, findings: Findings) -> None:
    for (number,) in view.query("SELECT t.id FROM refusal t " + UNLOGGED.format(kind="r")):
        text = f"Refusal {number} is neither in the log nor waiting for it."
        findings.add("log_missing", "log_position", text, field="ref", old=number)


def _log(findings: Findings, kind: str, text: str, seq: Any, old: Any, new: Any) -> None:
    findings.add(kind, "log_position", f"The log: {text}.", field="seq", old=old, new=new, position=seq)


def baselines(ledger: Ledger) -> None:
    """Check the applied configurations: whole, counted from 1, each one that an event names there, no other in force."""
    known: set[str] = set()
    expected = 1
    for number, content, digest in ledger.view.table(Baseline, ("number", "content", "sha256"), raw="content"):
        ledger.findings.counts["baselines"] += 1
        data = {"number": number, "content": content, "digest": digest}
        if number != expected:
            text = f"Baseline {expected} is missing: the next one is {number}."
            ledger.findings.add("baseline_missing", "baseline", text, field="number", old=expected, new=number)
        expected = number + 1 if isinstance(number, int) else expected
        known.add(digest.hex() if isinstance(digest, bytes) else "")
        _baseline(ledger, data)
    for digest, (record, position) in ledger.baselines.items():
        if digest not in known:
            text = f"{record}, position {position}: its configuration, baseline {quoted(digest)}, is missing."
            ledger.findings.add(
                "baseline_missing", "baseline", text, record=record, field="sha256", old=digest, position=position
            )


def _baseline(ledger: Ledger, row: Data) -> None:
    number, content, digest = row["number"], row["content"], row["digest"]
    found = sha256(content).digest() if isinstance(content, bytes) else None
    if found != digest:
        text = f"Baseline {number}: the configuration is not what was hashed when it was applied."
        ledger.findings.add("baseline_changed", "baseline", text, field="content", old=digest, new=found)
    named = isinstance(digest, bytes) and digest.hex() in ledger.baselines
    if not named and number not in ledger.applied:
        text = f"Baseline {number} is there, but no event applied it."
        ledger.findings.add("baseline_extra", "baseline", text, field="number", new=number)
