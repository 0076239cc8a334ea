"""Facts of an invented company's qualification: as large as asked, sound unless a test damages them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from indelible.assurance.catalogue.requirement import HIGH, LOW, MEDIUM, Obligation, Requirement, Risk
from indelible.assurance.package import facts as told
from indelible.assurance.package.facts import About, Duty, Facts, Matrix, Moment, Planned, Row
from indelible.assurance.package.timeline import GATES
from indelible.assurance.qualification import results
from indelible.assurance.qualification.results import Compared, Evidence, Run, ScriptResult, StepResult

AREAS = ("SIG", "IDN", "AUT", "TRL", "REC", "TIM", "CPY", "RET", "CFG", "SYS", "TRN", "DEV", "CAP", "CHG")
SOURCES = (("21 CFR Part 11", "11.10", 56), ("EU Annex 11 (2011)", "clause", 56), ("ALCOA+", "principle", 12), ("Validation guide", "row", 118),
           ("FDA CSA guidance", "chapter", 8))  # fmt: skip
BUILD, CONFIGURATION = (hashlib.sha256(text).hexdigest() for text in (b"build", b"configuration"))
DAY = "2026-11-30T"
ABOUT = About(
    "VAL-001-01", "Brandt & Lee Bio AG", "Indelible", "0.1.0", "DEMO", "Europe/Vienna", "0.1.0+4f21c8a", BUILD, 3, CONFIGURATION, "PostgreSQL 15.14",
    f"{DAY}16:40:00+01:00", "Val Ito (val)", boundaries="The program, its database and its files; host, network and proxy are the company's own.",
    predicates=("21 CFR 58.195 (retention of study records)", "21 CFR 312.57 (records of the sponsor)"),
)  # fmt: skip
SHALL = {
    "SIG": ("After a break in a session, the system shall ask for user id and password at the next signature.", "Somebody else signs at an unattended screen",
            "A session counts as unbroken after the break"),
    "AUT": ("A person who wrote a document shall not approve that document.", "An author approves the own document",
            "The relation to the author is not looked at"),
    "TRL": ("Each change of a record shall leave an entry with who, what, old value, new value, when and why.", "A change leaves no trace",
            "A way to write passes by the door"),
}  # fmt: skip
USUAL = (
    "The system shall keep each record of this kind complete, with its versions and its history.",
    "A record is incomplete",
    "A part is written outside the transaction",
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def obligations() -> dict[str, Obligation]:
    made = {}
    for source, clause, count in SOURCES:
        for number in range(1, count + 1):
            key = f"{''.join(word[0] for word in source.split()).upper()}-{number}"
            made[key] = Obligation(
                key,
                source,
                f"{clause} {number}",
                f"Duty {number} of {source}",
                "In our own words.",
                "technical",
                "both",
                MEDIUM,
                "By a test.",
            )
    return made


def requirement(number: int, area: str, serial: int) -> Requirement:
    text, failure, cause = SHALL.get(area, USUAL)
    severity, probability, seen = ((HIGH, MEDIUM, LOW), (MEDIUM, MEDIUM, MEDIUM), (LOW, LOW, HIGH))[number % 3]
    risk = Risk(failure, cause, "A record or a signature that says something else than what happened.", severity, probability, seen,
                "Rated by what depends on it.", "The door asks in one place, inside of the transaction.", "Screens are locked when people leave.")  # fmt: skip
    return Requirement(f"URS-{area}-{serial:03}", area, text, "Every process that is signed.", (f"2CP1-{number % 56 + 1}",
        f"EA1(-{number % 56 + 1}"), ("data",), True, "function",
                       "signature" if area == "SIG" else "other", (risk,), severity == HIGH, "It touches what is signed.", ("policies.idle_minutes",
                           ))  # fmt: skip


def requirements(count: int) -> dict[str, Requirement]:
    made = [requirement(number, AREAS[number % len(AREAS)], number // len(AREAS) + 1) for number in range(count)]
    return {one.id: one for one in made}


def kept(place: Path, name: str, data: Any) -> Evidence:
    content = json.dumps(data, indent=1).encode()
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Evidence(name, name[:-5].rpartition("-")[2], hashlib.sha256(content).hexdigest(), len(content))


def exchange(actual: str) -> dict[str, Any]:
    body = json.dumps({"state": actual})
    return {"who": "q.author", "request": {"method": "POST", "path": "/r/DOC-001/sign", "headers": {}, "body": {"password": "[withheld]"}},
            "response": {"status": 403, "headers": {}, "sha256": sha(body), "size": len(body), "body": body}}  # fmt: skip


def query(position: int) -> dict[str, Any]:
    payload = json.dumps({"act": "document.submit", "position": position})
    leaf = hashlib.sha256(b"\0" + payload.encode()).hexdigest()
    return {"sql": "SELECT position, payload, leaf FROM event WHERE position = ?", "params": [position], "count": 1,
            "rows": [{"position": position, "payload": payload, "leaf": leaf}]}  # fmt: skip


def step(place: Path | None, folder: str, number: int, level: str) -> StepResult:
    actual = "refused: both_components" if number % 2 else f"{200 + number}, state in_review, position {number}"
    files: tuple[Evidence, ...] = ()
    if place is not None and level == "IQ":
        item = {"action": "Look", "given": "", "expected": actual, "actual": actual, "ok": True, "whole": None}
        files = (kept(place, f"{folder}/{number:02}-001-log.json", item),)
    elif place is not None:
        files = (
            kept(place, f"{folder}/{number:02}-001-exchange.json", exchange(actual)),
            kept(place, f"{folder}/{number:02}-002-query.json", query(number)),
        )
    return StepResult(number, f"Sign the document with the password alone after break {number}", "password only", actual, actual, "passed",
                      f"{DAY}14:{number % 60:02}:07Z", files, "q.author (author)" if level != "IQ" else "system")  # fmt: skip


def result(place: Path | None, run: str, plan: Planned, steps: int) -> ScriptResult:
    folder = f"evidence/{run}/{plan.key}"
    made = tuple(step(place, folder, number, plan.level) for number in range(1, steps + 1))
    return ScriptResult(plan.script, "", plan.title, plan.aim, plan.level, plan.requirements, plan.fingerprint, plan.origin, 1, "passed",
                        f"{DAY}14:00:00Z", f"{DAY}14:01:00Z", 2.25, made)  # fmt: skip


def script(number: int, known: list[str], steps: int) -> Planned:
    level = ("OQ", "OQ", "OQ", "OQ", "PQ", "IQ")[number % 6]
    serves = known[number % len(known)]
    key = f"{level}-{serves[4:7]}-{number:03}"
    rows = tuple((one.action, one.given, one.expected) for one in (step(None, "", at, level) for at in range(1, steps + 1)))
    origin = results.PERSON if level == "PQ" and number % 12 == 4 else results.SITE
    return Planned(key, key, f"After a break both components are asked again ({number})", "To see that nobody signs at a screen that was left.", level,
                   (serves,), sha(key), rows, origin, risk=HIGH, area="negative")  # fmt: skip


def run(place: Path | None, plan: tuple[Planned, ...], steps: int, name: str = "RUN-00001", *, official: bool = True) -> Run:
    made = tuple(result(place, name, one, steps) for one in plan)
    compared = (
        Compared("build", BUILD, BUILD),
        Compared("address", "https://qms.example", "http://127.0.0.1", "a copy is not reached from outside"),
    )
    return Run(name, official, () if official else ("no approved plan", "no approved protocol"), f"{DAY}13:58:00Z", f"{DAY}14:22:00Z", ABOUT.build,
               BUILD, 3, CONFIGURATION,
               "PostgreSQL 15.14", "copy on host qms-1", "val", {"pytest": "9.2", "Python": "3.11.9"}, tuple(one.key for one in plan), compared,
               made, seconds=1440.0)  # fmt: skip


def matrix(known: dict[str, Requirement], duties: dict[str, Obligation], plan: tuple[Planned, ...]) -> Matrix:
    rows = []
    for one in known.values():
        keys = tuple(script.key for script in plan if one.id in script.requirements)
        state = told.COVERED if keys else told.PROCEDURAL
        rows.append(
            Row(
                one.id,
                one.clauses,
                one.risks[0].risk_class,
                one.priority,
                "scripted, with negative cases",
                keys,
                ("passed",) * len(keys),
                state,
            )
        )
    by_duty = [
        Duty(key, told.COVERED if at % 3 else told.PROCEDURAL, tuple(known)[:2], "SOP-004" if not at % 3 else "")
        for at, key in enumerate(duties)
    ]
    return Matrix(tuple(rows), tuple(by_duty))


def timeline() -> tuple[Moment, ...]:
    made = [
        Moment(1000 + 10 * at, f"{DAY}{8 + at:02}:00:00Z", gate.capitalize(), "qua", f"DOC-{at:03}", gate)
        for at, gate in enumerate(GATES[:9])
    ]
    return (*made, Moment(1045, f"{DAY}13:58:00Z", "Run RUN-00001 began", "val", "RUN-00001", after="protocols approved"))


def facts(place: Path | None = None, *, count: int = 28, scripts: int = 40, steps: int = 3, official: bool = True) -> Facts:
    """Give sound facts; with a place, evidence lies there."""
    known, duties = requirements(count), obligations()
    plan = tuple(script(number, list(known), steps) for number in range(scripts))
    made = run(place, plan, steps, official=official)
    people = (
        told.Person("val", "Val Ito", ("validation",), (("SOP-021 Validation", "2026-10-02", "trained"),), "author of plan and protocols"),
        told.Person("qua", "Quinn Adeyemi", ("qa_approver",), (("SOP-021 Validation", "2026-10-03", "trained"),), "approves for Quality"),
        told.Person("adm", "Ada Morse", ("sysadmin",), (), "", privileged=True),
    )  # fmt: skip
    sign = [told.Signature(code, meaning, user, name, role, f"{DAY}09:12:44+01:00", "Europe/Vienna", pages=24, seconds=seconds)
            for code in ("VP", "OQP") for meaning, user, name, role, seconds in (("authored", "val", "Val Ito", "validation", 1900),
                                                                                  ("quality approved", "qua", "Quinn Adeyemi", "qa_approver", 61))]  # fmt: skip
    return Facts(
        ABOUT, duties, known, matrix(known, duties, plan), (made,), made.id, plan, settings=settings(plan), scope=scope(), components=components(),
        people=people,
        signatures=tuple(sign), timeline=timeline(), issues={"VP": told.Issue("DOC-041", "1", "effective", (("1", "2026-11-28", "First issue", "val"),))},
        faults=tuple(told.SeededFault(f"fault-{at}", "Signing accepts any password", "URS-SIG-001", True, "OQ-SIG-000", 2, "RUN-00002",
                                      at == 3) for at in range(6)),
        principles=tuple(told.Principle(name, "Each act carries the person.", "SOP-004", "ALCOA+ for all", (plan[0].key,
            )) for name in ("Attributable", "Legible", "Original")),
        said={"supplier": "Assessed as SUP-003 on 2026-11-01: qualified with conditions.", "trail review": "Monthly, SOP-012."},
        specification=specification(),
    )  # fmt: skip


def small(place: Path | None = None) -> Facts:
    """Give facts that are enough for most pages."""
    return facts(place, count=14, scripts=14, steps=2)


def settings(plan: tuple[Planned, ...]) -> tuple[told.Setting, ...]:
    made = [told.Setting(f"policies.limit_{at}", "platform", "Minutes without an act after which a session is locked.", "15", "5 to 30", "15", "15",
                         "15" if at else "", True,
                         "Short enough for a shared laboratory screen.", ("URS-SIG-001",), (plan[0].key,), "CHG-0004") for at in range(14)]  # fmt: skip
    return (
        *made,
        told.Setting(
            "company.letterhead", "platform", "What stands below the name on paper.", "", "", "Vienna", "Vienna", "", False
        ),
    )


def scope() -> tuple[told.Scoped, ...]:
    return (told.Scoped("Deviation", "deviations", True, True, "Records required by 21 CFR 211.192.", signed="Quinn Adeyemi, 2026-11-28"),
            told.Scoped("Complaint", "complaints", False, True, "Nothing is marketed.", off=True, signed="Quinn Adeyemi, 2026-11-28"))  # fmt: skip


def components() -> tuple[told.Component, ...]:
    return (told.Component("Indelible, configured", "0.1.0", BUILD, "4", "Configured by files; no code of this company."),
            told.Component("PostgreSQL", "15.14", sha("pg"), "1", "Infrastructure, unchanged.", "Quinn Adeyemi, 2026-11-28"))  # fmt: skip


def specification() -> dict[str, bytes]:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 150" font-family="Inter" font-size="11">'
        '<rect x="30" y="12" width="190" height="34" rx="5" fill="#fff" stroke="#141b24"/><text x="110" y="33">Open</text>'
        '<rect x="30" y="90" width="190" height="34" rx="5" fill="#e9f5ee" stroke="#141b24"/><text x="105" y="111">Closed</text>'
        '<path d="M125 46V90" stroke="#434e5e"/></svg>'
    )
    return {"configuration-specification.json": b"{}\n", "lifecycles/deviation.svg": drawn.encode()}


def altered(given: Facts, key: str, **values: Any) -> Facts:
    """Give the facts with one result of the run changed."""
    changed = tuple(replace(one, **values) if one.key == key else one for one in given.runs[-1].results)
    return replace(given, runs=(*given.runs[:-1], replace(given.runs[-1], results=changed)))
