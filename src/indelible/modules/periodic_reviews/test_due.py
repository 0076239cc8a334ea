"""OQ of periodic review: a system in use is reviewed at once after a critical incident, without anybody asking for it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

WHY = "The script lays down that this is so"
RISK = {
    "failure": "A value is lost",
    "cause": "It is not saved",
    "effect": "A wrong lot is used",
    "severity": "high",
    "probability": "medium",
    "detectability": "low",
    "because": "Nobody sees it",
    "control": "Saved at once",
}
ON = {"build": "4.2", "baseline": "-"}
STEPS = [
    {"action": "Enter a result of 5.2", "given": "5.2", "expected": "5.2 is stored"},
    {"action": "Enter a result of 99", "given": "99", "expected": "refused: out of range"},
]
NEEDS = (
    "gxp_system.in_validation.release",
    "gxp_system.assessed.begin_validation",
    "document.draft.list_rows",
    "document:validation_kind",
    "test_run.planned.start",
    "periodic_review.collecting.submit",
    "incident:class",
)
REVIEWS = """SELECT r.number, r.author_id FROM record r JOIN link l ON l.record_id = r.id
    WHERE r.type = 'periodic_review' AND l.relation = 'system' AND l.target = ? ORDER BY r.number"""
PATIENCE = 60  # seconds for what the system does by itself


def yes(it):
    return "yes" if it else "no"


def a_system(site, **fields):
    """Propose a system that was made here; the first entry stands for this installation, so it is never taken."""
    given = {
        "name": "Laboratory system of a script",
        "version": "4.2",
        "process_owner": "q.dept_approver",
        "owner": "q.system_owner",
        "department": site.department,
        "supplied": "made here",
        "gxp_use": "GMP",
        "signatures": False,
        "components": [{"component": "Database", "category": "1", "because": "Used as bought"}],
        "risk_patient": "low",
        "risk_product": "medium",
        "risk_data": "high",
        "risk": "high",
    }
    values = site.filling.values("gxp_system", "assessed", **given | fields)
    number = site.person("validation").create("gxp_system", **values).number
    return a_system(site, **fields) if number == "SYS-001" else number


def a_document(site, of, kind, **fields):
    """Draft a validation document of a system."""
    given = {
        "title": f"{kind} of {of}",
        "class": "validation",
        "validation_kind": kind,
        "system": [of],
        "owner": "q.validation",
        "department": site.department,
        **fields,
    }
    values = site.filling.values("document", "in_approval", **given)
    return site.person("validation").create("document", **values).number


def approved(site, number, *, listing=True):
    """Let a validation document be listed, reviewed and approved."""
    if listing:
        site.person("validation").act(number, "list_rows")
    for move in ("submit", "agree", "approve"):
        site.walk(number, move)
    return site.until(number, "effective")


def in_validation(site):
    """Give a system with its approved plan."""
    number = a_system(site)
    site.walk(number, "assess")
    approved(site, a_document(site, number, "plan"), listing=False)
    site.person("validation").act(number, "begin_validation")
    return number


def a_requirement(site, of, **fields):
    given = {
        "text": "The system shall store a result as entered",
        "area": "OWN",
        "system": [of],
        "impact": ["data"],
        "touches": "record_change",
        "risks": [RISK],
        "priority": "high",
        "depth": "scripted with negative cases",
        "source": "own",
    }
    values = site.filling.values("validation_requirement", "in_review", **given | {"document": None} | fields)
    return site.person("validation").create("validation_requirement", **values).number


def a_script(site, of, *requirements, **fields):
    given = {
        "title": "Results are stored",
        "series": "OQ-OWN",
        "system": [of],
        "requirements": list(requirements),
        "risk": "high",
        "steps": STEPS,
        "run_by": "person",
        "expected_by": "q.dept_approver",
        "source": "own",
    }
    values = site.filling.values("test_script", "in_review", **given | {"protocol": None} | fields)
    return site.person("validation").create("test_script", **values).number


def a_protocol(site, of, *scripts):
    """Put scripts of one level into a protocol that is then approved."""
    author = site.person("validation")
    made = a_document(site, of, f"{scripts[0][:2]} protocol")
    for one in scripts:
        author.edit(one, protocol=[made])
        author.act(one, "propose")
    approved(site, made)
    for one in scripts:
        site.until(one, "approved")
    return made


def a_run(site, of, test, attempt=1, **fields):
    """Plan a run by an author, as the next attempt."""
    given = {
        "title": f"{test}, attempt {attempt}",
        "script": [test],
        "attempt": str(attempt),
        "purpose": "official",
        "system": [of],
        "origin": "person",
        "executor": "q.author",
        "build": "4.2",
        "baseline": "-",
        "compared": "same",
    }
    values = site.filling.values("test_run", **given | fields)
    return site.person("validation").create("test_run", **values).number


def step(person, number, place, actual, *, good=True, **more):
    """Record one step."""
    return person.act(number, "record_step", step=place, actual=actual, passed=good, **more)


def carried_out(site, of, test, attempt=1, **fields):
    """Let an author carry a script out with every step as expected, and sign that it was done."""
    number, doer = a_run(site, of, test, attempt, **fields), site.person("author")
    doer.act(number, "start")
    for place, row in enumerate(doer.fields(test)["steps"], 1):
        step(doer, number, place, row["expected"])
    doer.sign(number, "finish")
    return number


def ready(site, *, passed=True):
    """Give a system in validation whose requirement is approved and whose script of IQ was passed; with an approved script of OQ."""
    of = in_validation(site)
    need, author = a_requirement(site, of), site.person("validation")
    holder = a_document(site, of, "requirements")
    author.edit(need, document=[holder])
    author.act(need, "propose")
    approved(site, holder)
    site.until(need, "approved")
    first = a_script(site, of, need, series="IQ-OWN", title="Installed as specified", steps=STEPS[:1])
    test = a_script(site, of, need)
    a_protocol(site, of, first)
    a_protocol(site, of, test)
    if passed:
        site.person("qa_ops").sign(carried_out(site, of, first), "accept")
    return of, need, first, test


def to_approval(site, of, kind, **fields):
    """Draft a report or summary on what is in use, and let it be reviewed; gives its number."""
    number = a_document(site, of, kind, **ON | fields)
    if kind != "summary report":
        site.person("validation").act(number, "list_rows")
    for move in ("submit", "agree"):
        site.walk(number, move)
    return number


def in_force(site, number):
    """Approve what was reviewed; gives the state that follows."""
    site.walk(number, "approve")
    return site.until(number, "effective")


def in_use(site):
    """Take a system through its validation into use; gives its number."""
    of, _need, _first, test = ready(site)
    author, day = site.person("validation"), lambda days: (site.now() + timedelta(days=days)).date().isoformat()
    site.person("qa_ops").sign(carried_out(site, of, test), "accept")
    for kind in ("IQ report", "OQ report", "summary report"):
        in_force(site, to_approval(site, of, kind))
    procedure = site.effective(title="Use of the system of a script")
    training = site.filling.values(
        "training", trainee="q.reader", kind="practical", because="other", document=[procedure], what="Use of the system"
    )
    number = site.person("trainer").create("training", **training).number
    site.person("trainer").edit(number, taught="A result was entered and read")
    site.walk(number, "sign_off")
    proof = author.upload("restore.txt", b"All rows were there again.\n").json["sha256"]
    author.edit(
        of, administrators=["q.sysadmin"], procedure=[procedure], backup="Nightly", next_review=day(180),
        restore_tested_on=day(-1), restore_evidence=[proof],
    )  # fmt: skip
    for who in ("system_owner", "qa_approver"):
        site.person(who).sign(of, "release")
    return of


def reported(site, of):
    """Report an incident of a system, and bring it to where it is judged; gives its number."""
    at = (site.now() - timedelta(minutes=5)).isoformat(timespec="seconds")
    values = site.filling.values(
        "incident", title="Values were lost", system=of, occurred_at=at, detected_at=at, kind="availability"
    )
    number = site.person("reader").create("incident", **values).number
    known = site.person("qa_ops").fields(number)
    asked = site.filling.values("incident", "investigating", owner="q.author", quality_concerned=False, personal_data=False)
    site.person("qa_ops").edit(number, **{name: value for name, value in asked.items() if known.get(name) is None})
    for move in ("contain", "assess"):
        site.walk(number, move)
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-PRV-003",
    title="A critical incident of a system in use opens its review, once, and nobody has to ask for it",
    negative=True,
    requirements=("URS-PRV-001",),
)
def test_opened_at_once(steps, site, database):
    """Opened by the system within an hour of the judgement; not for what is not critical, and not for what is not in use."""
    made, judge = {}, site.person("author")

    def reviews(of):
        rows = database.rows(REVIEWS, made[of])
        return f"{len(rows)}, without a person: {yes(all(one['author_id'] is None for one in rows))}"

    @steps("Release a system, and propose another one", expected="in_use, proposed")
    def _():
        made["used"], made["proposed"] = in_use(site), a_system(site)
        return ", ".join(judge.state(made[one]) for one in ("used", "proposed"))

    @steps("Let two days go by, and report an incident of each that is judged major", expected="0, without a person: yes")
    def _():
        site.advance("2d")
        for one in ("used", "proposed"):
            made[f"incident of {one}"] = reported(site, made[one])
            judge.edit(made[f"incident of {one}"], **{"class": "major", "class_reason": "It was noticed at once"})
        site.advance("1h")
        return reviews("used")

    @steps("Judge both critical, and let an hour go by", expected="1, without a person: yes; of the one not in use: 0")
    def _():
        for one in ("used", "proposed"):
            judge.edit(made[f"incident of {one}"], **{"class": "critical", "class_reason": "Values are lost"})
        site.advance("1h")
        return f"{reviews('used')}; of the one not in use: {reviews('proposed').partition(',')[0]}"

    @steps("Read what it begins with", expected="critical incident; named: yes; figures: yes")
    def _():
        number = database.rows(REVIEWS, made["used"])[0]["number"]
        end = time.monotonic() + PATIENCE
        while not judge.fields(number)["topics"] and time.monotonic() < end:
            time.sleep(0.3)
        found = judge.fields(number)
        named = made["incident of used"] in str(found["cause_text"])
        return f"{found['cause']}; named: {yes(named)}; figures: {yes(found['topics'])}"

    @steps("Let another day go by", expected="1, without a person: yes")
    def _():
        site.advance("1d")
        return reviews("used")
