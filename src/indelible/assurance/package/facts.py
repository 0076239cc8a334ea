"""The only place that says what a validation package is made of, as plain data.

Whoever fills it (the runner, the records, a test) says what is known; a thing that nobody knows stays empty, and the
documents then say so in its place. Times are ISO 8601 with their offset. Results, requirements and obligations keep the
shape that they have in `qualification.results` and `catalogue.requirement`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from indelible.assurance.catalogue.loading import Draft
from indelible.assurance.catalogue.requirement import Obligation, Requirement
from indelible.assurance.qualification.results import LEVELS, Run, ScriptResult

COVERED, PROCEDURAL, EXCLUDED, LEVERAGED = "covered", "procedural", "excluded", "leveraged"
FAILED, NOT_RUN, NO_TEST, THINNER, STALE, OPEN = "failed", "not run", "no test", "thinner than its risk", "stale", "open"
GAPS = (FAILED, NOT_RUN, NO_TEST, THINNER, STALE, OPEN)
STATES = (COVERED, LEVERAGED, PROCEDURAL, EXCLUDED, *GAPS)


@dataclass(frozen=True, slots=True)
class About:
    """What the package is of; `made_at` is the time of its making and the only one that its pages show of themselves."""

    number: str  # VAL-001-01: system and package
    company: str
    system: str
    version: str
    environment: str  # PRODUCTION, VALIDATION, DEMO
    zone: str
    build: str
    build_sha256: str
    baseline: int
    configuration_sha256: str
    engine: str
    made_at: str
    made_by: str
    purpose: str = ""
    boundaries: str = ""  # where the system ends: what surrounds it
    predicates: tuple[str, ...] = ()  # predicate rules of the records in scope


@dataclass(frozen=True, slots=True)
class Planned:
    """One script as planned: what its protocol prints before anything runs; steps are (action, given, expected)."""

    key: str
    script: str
    title: str
    aim: str
    level: str
    requirements: tuple[str, ...]
    fingerprint: str
    steps: tuple[tuple[str, str, str], ...]
    origin: str
    version: str = "1"
    risk: str = ""
    prerequisites: str = ""
    data: str = ""
    accounts: str = ""
    acceptance: str = "Each step gives exactly its expected result."
    area: str = ""  # positive, negative, limit, fault: what it tries


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement in the matrix: what it serves, how deep it is to be tested, what tested it, and its state."""

    requirement: str
    obligations: tuple[str, ...]
    risk_class: int
    priority: str
    depth: str
    scripts: tuple[str, ...]
    verdicts: tuple[str, ...]
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation with its state: by which requirements, by which record of people, or whose open duty it is."""

    obligation: str
    state: str
    requirements: tuple[str, ...] = ()
    evidence: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Requirements, obligations, and scripts that name no or an unknown requirement."""

    rows: tuple[Row, ...] = ()
    duties: tuple[Duty, ...] = ()
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the configuration: approved, as it runs, and the value with which it was tested."""

    key: str
    module: str
    meaning: str
    default: str
    range: str
    specified: str
    running: str
    tested: str  # "" where no script tested it
    gxp: bool
    why: str = ""
    requirements: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    changed_by: str = ""  # number of the change that brought it


@dataclass(frozen=True, slots=True)
class Scoped:
    """One module or type: inside the validation or not, and why; `signed` says by whom and when that was signed."""

    name: str
    module: str
    inside: bool
    gxp: bool
    why: str
    off: bool = False
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One component with its GAMP category (1, 3, 4, 5): a proposal until it is signed."""

    name: str
    version: str
    sha256: str
    category: str
    why: str
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One person: roles on the day, training on the day as (course, date, state), and what they did for the package."""

    user_id: str
    name: str
    roles: tuple[str, ...]
    training: tuple[tuple[str, str, str], ...] = ()
    did: str = ""
    privileged: bool = False
    user: bool = True  # holds an account of the live system


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature below a document of the package, by the code of the document; pages and seconds where they are known."""

    document: str
    meaning: str
    user_id: str
    name: str
    role: str
    at: str
    zone: str
    sha256: str = ""
    pages: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Issue:
    """What document control knows of one document: its record, version, status, and revisions (version, at, reason, by)."""

    record: str
    version: str
    status: str
    revisions: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TestDeviation:
    """One deviation of a test, with everything that was decided about it."""

    __test__ = False
    number: str
    run: str
    script: str
    step: int
    description: str
    expected: str
    observed: str
    state: str  # open, analysed, correcting, accepted, closed
    kind: str = ""  # system, script, tester, environment, data
    severity: str = ""  # critical, major, minor
    cause: str = ""
    impact: str = ""
    correction: str = ""
    retest: str = ""
    justification: str = ""
    approved_by: str = ""
    opened_at: str = ""
    closed_at: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One act of the timeline, with its place in the ledger: order counts, time is shown.

    `gate` is the one of `timeline.GATES` that this act passes, `after` the one that had to be passed before it.
    """

    position: int
    at: str
    what: str
    by: str
    record: str = ""
    gate: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class SeededFault:
    """One fault that was planted on purpose: what it broke, and which step of which script caught it."""

    name: str
    what: str
    requirement: str
    caught: bool
    script: str = ""
    step: int = 0
    run: str = ""
    drawn: bool = False  # by dice, unknown before the run


@dataclass(frozen=True, slots=True)
class Principle:
    """One ALCOA+ principle: by which control of the system, which procedure, which course, and which tests."""

    name: str
    control: str
    procedure: str
    course: str
    scripts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the package says. What is empty is said to be missing in its place."""

    about: About
    obligations: Mapping[str, Obligation]
    requirements: Mapping[str, Requirement]
    matrix: Matrix
    runs: tuple[Run, ...]  # every one, in order: official, trial, aborted, with a seeded fault
    judged: str = ""  # id of the run that the package is about; "" before any run
    plan: tuple[Planned, ...] = ()
    settings: tuple[Setting, ...] = ()
    specification: Mapping[str, bytes] = field(default_factory=dict)  # files of assurance.specification, by name
    scope: tuple[Scoped, ...] = ()
    components: tuple[Component, ...] = ()
    people: tuple[Person, ...] = ()
    signatures: tuple[Signature, ...] = ()
    issues: Mapping[str, Issue] = field(default_factory=dict)  # by code of the document
    deviations: tuple[TestDeviation, ...] = ()
    timeline: tuple[Moment, ...] = ()
    faults: tuple[SeededFault, ...] = ()
    kill_ratio: str = ""  # of mutations of signing, authority, ledger and gates, with its survivors
    principles: tuple[Principle, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)  # topics of `topics.py`: what the company has, in its words
    limits: tuple[str, ...] = ()  # beside those that follow from the facts
    drafts: tuple[Draft, ...] = ()  # rules that are not in force: looked at ahead, never counted
    beside: tuple[str, ...] = ()  # ids of runs that count beside it: what people executed, and what they looked at
    browser: bool = True  # a real browser took part
    previous: Mapping[str, Any] | None = None  # package.json of the package before

    @property
    def run(self) -> Run | None:
        """Give the run that the package is about."""
        return next((one for one in self.runs if one.id == self.judged), None)

    @property
    def official(self) -> bool:
        """Say whether the run counts; without one nothing does."""
        return self.run is not None and self.run.official

    @property
    def counting(self) -> list[Run]:
        """Give the runs that count: the one that the package is about, and those beside it, in their order."""
        return [one for one in self.runs if one.id == self.judged or one.id in self.beside]

    def executions(self, level: str) -> list[tuple[Run, ScriptResult]]:
        """Give what was executed at a level in the runs that count, each with its run, by script and attempt."""
        found = [(run, one) for run in self.counting for one in run.results if one.level == level]
        return sorted(found, key=lambda pair: (pair[1].key, pair[0].started, pair[1].attempt))

    def final(self, level: str = "") -> dict[str, ScriptResult]:
        """Give the last result of each script in the runs that count: what a person saw follows what no program could see."""
        levels = (level,) if level else LEVELS
        return {one.key: one for each in levels for _, one in self.executions(each)}

    def planned(self, level: str) -> list[Planned]:
        """Give the scripts of a level as planned; those that only their results know are told from these."""
        known = {one.key for one in self.plan}
        late = [_told(one) for _, one in self.executions(level) if one.key not in known]
        found = {one.key: one for one in (*late, *self.plan) if one.level == level}
        return [found[key] for key in sorted(found)]

    def every_plan(self) -> list[Planned]:
        """Give all scripts as planned, level by level."""
        return [one for level in LEVELS for one in self.planned(level)]


def _told(result: ScriptResult) -> Planned:
    steps = tuple((one.action, one.given, one.expected) for one in result.steps)
    return Planned(result.key, result.script, result.title, result.aim, result.level, result.requirements, result.fingerprint,
                   steps, result.origin)  # fmt: skip
