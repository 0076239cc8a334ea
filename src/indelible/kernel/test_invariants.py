"""OQ of invariants: what must hold of any configuration of this product. None is read from the YAML; all are tested on what runs."""

from __future__ import annotations

import json
import re

import pytest

QUALITY = "quality_approved"
ADMINISTRATOR = "sysadmin"
IN_FORCE = "SELECT content FROM baseline ORDER BY number DESC LIMIT 1"
IDLE_MOST, PASSWORD_LEAST, HOURS_MOST = 30, 12, 24


def none(found):
    return ", ".join(sorted(found)[:20]) or "none"


def running(database):
    """Give the configuration that is in force, from its sealed text in the database; not from the files."""
    return json.loads(database.value(IN_FORCE))


def moves(types):
    for kind, declared in types.items():
        for state, one in declared["lifecycle"].items():
            for name, move in (one.get("moves") or {}).items():
                yield kind, state, name, move


def signs(move):
    return move.get("signs") or []


def capacities(need):
    return need.get("by") or need.get("capacities") or []


def gxp(types):
    return {kind: one for kind, one in types.items() if one.get("gxp")}


def reached(declared):
    """Give every state that can be reached from the first one by declared moves."""
    found, ahead = set(), [declared["initial"]]
    while ahead:
        state = ahead.pop()
        if state not in found:
            found.add(state)
            ahead += [move["to"] for move in (declared["lifecycle"][state].get("moves") or {}).values()]
    return found


def good(declared):
    return [state for state, one in declared["lifecycle"].items() if one.get("look") == "done"]


def unsigned_way(declared, end):
    """Say whether a way leads from the first state to a good end on which no move asks the Quality Unit for its signature."""
    found, ahead = set(), [declared["initial"]]
    while ahead:
        state = ahead.pop()
        if state in found:
            continue
        found.add(state)
        for move in (declared["lifecycle"][state].get("moves") or {}).values():
            signed = any(
                need["meaning"] in (QUALITY, "released", "authorised", "disposal_authorised", "verified")
                and not need.get("when")
                for need in signs(move)
            )
            if not signed:
                ahead.append(move["to"])
    return end in found and end != declared["initial"]


INVARIANTS = {
    "OQ-INV-001": ("Every state of every type can be reached", ("URS-REC-002",), lambda c: [
        f"{kind}.{state}" for kind, one in c["types"].items() for state in {*one["lifecycle"]} - reached(one)]),
    "OQ-INV-002": ("No move leads to a state that is not declared", ("URS-REC-002",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(c["types"]) if move["to"] not in c["types"][kind]["lifecycle"]]),
    "OQ-INV-003": ("Every state can be seen by somebody", ("URS-AUT-001",), lambda c: [
        f"{kind}.{state}" for kind, one in c["types"].items() for state, it in one["lifecycle"].items() if not it.get("seen_by")]),
    "OQ-INV-004": ("Every signature has a meaning that is declared as a sentence", ("URS-SIG-003",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(c["types"]) for need in signs(move)
        if len(str(c["meanings"].get(need["meaning"], {}).get("text", ""))) < 10]),
    "OQ-INV-005": ("Whoever is asked to sign holds a role that may give that meaning", ("URS-SIG-007",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(c["types"]) for need in signs(move)
        if not any(need["meaning"] in role.get("signs", []) for role in c["roles"].values())]),
    "OQ-INV-006": ("The author alone approves nothing that takes effect or is closed", ("URS-AUT-005",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(gxp(c["types"])) for need in signs(move)
        if need["meaning"] in (QUALITY, "approved", "released") and {*capacities(need)} <= {"its_author"}]),
    "OQ-INV-007": ("No quality approval is given by anybody but a role", ("URS-AUT-005", "URS-SIG-007"), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(c["types"]) for need in signs(move)
        if need["meaning"] == QUALITY and not {*capacities(need)} <= {*c["roles"]}]),
    "OQ-INV-008": ("No regulated type ends well on a way without any signature of a second person", ("URS-SIG-010", "URS-DEV-007"), lambda c: [
        f"{kind}.{end}" for kind, one in gxp(c["types"]).items() for end in good(one)
        if unsigned_way(one, end) and not any(signs(move) for move in _into(one, end))]),
    "OQ-INV-009": ("No role both administers and approves", ("URS-AUT-004",), lambda c: [
        meaning for meaning in c["roles"][ADMINISTRATOR].get("signs", []) if meaning not in ("acknowledged", "declared")]),
    "OQ-INV-010": ("The administrator's role excludes every role that signs for quality, and they exclude it", ("URS-AUT-004",), lambda c: [
        name for name, role in c["roles"].items() if {QUALITY, "approved", "released", "authorised"} & {*role.get("signs", [])}
        and not (ADMINISTRATOR in role.get("never_with", []) and name in c["roles"][ADMINISTRATOR].get("never_with", []))]),
    "OQ-INV-011": ("Guests sign nothing", ("URS-AUT-001",), lambda c: [
        name for name, role in c["roles"].items() if name.startswith("guest") and role.get("signs")]),
    "OQ-INV-012": ("Not everybody may sign for quality", ("URS-SIG-007",), lambda c: [
        name for name, role in c["roles"].items() if role.get("everybody") and {*role.get("signs", [])} - {"acknowledged", "declared"}]),
    "OQ-INV-013": ("No declaration knows a way to delete", ("URS-REC-007",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, _ in moves(c["types"]) if re.search(r"delete|remove_record|purge|erase|destroy", name)]),
    "OQ-INV-014": ("No key switches the audit trail off", ("URS-TRL-005",), lambda c: [
        key for key in c["policies"] if re.search(r"audit|trail_off|log_off|history|track", key)]),
    "OQ-INV-015": ("A session ends after at most 30 idle minutes and 24 hours", ("URS-IDN-011",), lambda c: [
        key for key, most in (("idle_minutes", IDLE_MOST), ("absolute_hours", HOURS_MOST)) if not 0 < c["policies"][key] <= most]),
    "OQ-INV-016": ("A password has at least 12 characters", ("URS-IDN-008",), lambda c: [
        key for key in ("password_length",) if c["policies"][key] < PASSWORD_LEAST]),
    "OQ-INV-017": ("Reasons have a declared least length", ("URS-TRL-004",), lambda c: [
        key for key in ("reason_length",) if c["policies"][key] < 3]),
    "OQ-INV-018": ("Voiding a regulated record is signed and has a reason", ("URS-REC-007", "URS-TRL-004"), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(gxp(c["types"]))
        if name == "void" and not (signs(move) and move.get("reason") == "required")]),
    "OQ-INV-019": ("Reopening a closed regulated record is signed and has a reason", ("URS-TRL-004",), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(gxp(c["types"]))
        if name == "reopen" and not (signs(move) and move.get("reason") == "required")]),
    "OQ-INV-020": ("The system itself signs nothing", ("URS-TRL-008", "URS-IDN-023"), lambda c: [
        f"{kind}.{state}.{name}" for kind, state, name, move in moves(c["types"]) for need in signs(move) if "system" in capacities(need)]),
    "OQ-INV-021": ("Every regulated type says which rule asks for it, and why", ("URS-REC-011",), lambda c: [
        kind for kind, one in gxp(c["types"]).items() if not (one["gxp"].get("predicate") and one["gxp"].get("rationale"))]),
    "OQ-INV-022": ("Every record has a number that is given by the system", ("URS-REC-001",), lambda c: [
        kind for kind, one in c["types"].items() if not one.get("number")]),
    "OQ-INV-023": ("Every type has a retention class that is declared", ("URS-RET-008", "URS-TRL-006"), lambda c: [
        kind for kind, one in c["types"].items() if one.get("retention") and one["retention"] not in c["retention"]]),
    "OQ-INV-024": ("Fields have ids that are given once", ("URS-TRL-003",), lambda c: [
        kind for kind, one in c["types"].items() if len({f["id"] for f in one["fields"]}) != len(one["fields"])]),
    "OQ-INV-025": ("Withholding content takes the capacity of Quality or management", ("URS-REC-008",), lambda c: [
        kind for kind, one in c["types"].items() if one.get("restrict") and not {*(one["restrict"].get("by") or [])} & {"qa_approver", "executive"}]),
}  # fmt: skip


def _into(declared, end):
    return [
        move for one in declared["lifecycle"].values() for move in (one.get("moves") or {}).values() if move["to"] == end
    ]


@pytest.mark.script(
    "OQ-INV-001",
    title="Invariants of the running configuration",
    requirements=("URS-REC-002", "URS-SIG-003", "URS-AUT-004", "URS-AUT-005"),
    negative=True,
)
@pytest.mark.cases([f"{name[-3:]} {said[0]}" for name, said in INVARIANTS.items()])
def test_invariants(steps, database, case):
    """What no configuration of the product may say is looked for in the text of the baseline that is in force."""
    title, requirements, broken = INVARIANTS[f"OQ-INV-{case[:3]}"]

    @steps(title, given=f"the sealed baseline in force; for {', '.join(requirements)}", expected="broken by: none")
    def _():
        return f"broken by: {none(broken(running(database)))}"


@pytest.mark.script(
    "OQ-INV-030",
    title="Each signature of the copy has name, time with zone and meaning",
    requirements=("URS-SIG-001", "URS-SIG-002", "URS-SIG-003"),
)
def test_each_signature(steps, database):
    """Every row of the table of signatures, whatever gave it."""

    @steps("Read all signatures", given="SQL", expected="lacking something: none")
    def _():
        found = []
        for row in database.rows("SELECT id, printed_name, meaning, at, manifest FROM signature"):
            said = json.loads(row["manifest"])
            whole = (
                row["printed_name"]
                and row["meaning"]
                and said["statement"]["meaning_text"]
                and said["zone"]
                and re.search(r"[+-]\d\d:\d\d$", said["local_time"])
            )
            found += [] if whole else [str(row["id"])]
        return f"lacking something: {none(found)}"

    @steps("Read how each was given", given="SQL", expected="by a token: none; without a component: none")
    def _():
        rows = [json.loads(row["manifest"]) for row in database.rows("SELECT manifest FROM signature")]
        tokens = [one["statement"]["record"] for one in rows if one["via"] == "token"]
        bare = [one["statement"]["record"] for one in rows if not one["components"]]
        return f"by a token: {none(tokens)}; without a component: {none(bare)}"


@pytest.mark.script(
    "OQ-INV-031", title="Every number of every series is accounted for", requirements=("URS-REC-001", "URS-REC-007")
)
def test_every_number(steps, database):
    """Of every type, each number from the first to the last one is there as a record."""

    @steps("Count the numbers of every prefix", given="SQL", expected="missing: none")
    def _():
        series = {}
        for row in database.rows("SELECT number, series, type FROM record"):
            found = re.fullmatch(r"([A-Z]+)-(\d+)", (row["series"] or row["number"]).partition(".")[0])
            if found:
                series.setdefault((row["type"], found[1]), set()).add(int(found[2]))
        missing = [
            f"{prefix}-{one}" for (_, prefix), numbers in series.items() for one in {*range(1, max(numbers) + 1)} - numbers
        ]
        return f"missing: {none(missing)}"


@pytest.mark.script(
    "OQ-INV-032",
    title="Every event is of a known person or of the system, under a known act",
    requirements=("URS-TRL-001", "URS-TRL-008"),
)
def test_every_event(steps, database):
    """No event is anonymous, none is of a time before the one that it follows on its record, none without a state."""

    @steps("Read all events", given="SQL", expected="without who: 0, without act: 0, before the one it follows: 0")
    def _():
        anonymous = actless = backwards = 0
        last = {}
        for row in database.rows("SELECT record_id, position, payload FROM event ORDER BY record_id, position"):
            said = json.loads(row["payload"])
            anonymous += not (said["by"].get("user_id") or said["by"].get("via"))
            actless += not said.get("act")
            backwards += said["at"] < last.get(row["record_id"], "")
            last[row["record_id"]] = said["at"]
        return f"without who: {anonymous}, without act: {actless}, before the one it follows: {backwards}"


@pytest.mark.script("OQ-INV-033", title="At most one revision is in force and one in work", requirements=("URS-DOC-002",))
def test_one_in_force(steps, database):
    """Of each series; read from the rows, whatever made them."""

    @steps(
        "Count revisions by series and standing",
        given="SQL",
        expected="more than one in force: none; more than one in work: none",
    )
    def _():
        twice = {"in_force": [], "in_work": []}
        for row in database.rows(
            "SELECT series, standing, count(*) AS n FROM record WHERE series IS NOT NULL GROUP BY series, standing"
        ):
            if row["standing"] in twice and row["n"] > 1:
                twice[row["standing"]].append(row["series"])
        return f"more than one in force: {none(twice['in_force'])}; more than one in work: {none(twice['in_work'])}"


@pytest.mark.script(
    "OQ-INV-034", title="No default account exists", requirements=("URS-IDN-003", "URS-VAL-006"), negative=True
)
def test_no_default_accounts(steps, site, database):
    """Nobody signs in under a name and password that everybody would try; every account is a person's."""

    @steps("Try what everybody would try", given="admin, root, test, guest, demo with usual passwords", expected="0 let in")
    def _():
        source = site.elsewhere()
        tried = [
            site.nobody(source).sign_in(name, word)
            for name in ("admin", "root", "test")
            for word in ("admin", "password", "changeme")
        ]
        return f"{sum(one.status == 302 for one in tried)} let in"

    @steps("Compare accounts with people", given="SQL", expected="accounts of nobody: 0")
    def _():
        known = {str(row["id"]) for row in database.rows("SELECT id FROM record WHERE type = 'person'")}
        return f"accounts of nobody: {sum(str(row['person_id']) not in known for row in database.rows('SELECT person_id FROM account'))}"
