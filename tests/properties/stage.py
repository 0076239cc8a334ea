"""Records to try things on: each type in each of its states and in the situations that a right or a rule depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.assurance.qualification.reading import ALLOWED, GENERIC, Reading, Thing
from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Link, Record
from indelible.practice import uploads
from tests.homes import SEEN
from tests.properties import (
    accesses,
    control,
    dangers,
    drifts,
    entries,
    events,
    learning,
    personnel,
    planning,
    supplies,
    testimony,
    validating,
    ways,
)
from tests.properties import cast as casting
from tests.properties.cast import SUBJECT, Cast, Player

TOUCHED = {  # elsewhere the field that gives the title
    "grant": "why", "delegation": "why", "installation": "build", "action": "evidence", "supplier": "uses_because",
    "supplier_evidence": "reviewed_against", "finding": "done", "training": "taught", "trail_query": "answer",
}  # fmt: skip
# Of types whose later steps have fields of their own an edit touches one of those: the title is signed early.
LATER = {
    "deviation": "trail_exceptions", "change": "trail_exceptions", "capa": "interim_state", "incident": "trail_exceptions",
    "complaint": "trail_exceptions", "audit": "summary", "risk": "accepted_because", "equipment": "calibration_note",
    "commitment": "interim_state", "contribution": "judgement", "test_deviation": "retest", "trail_review": "conclusion",
}  # fmt: skip
THEIRS = {("contribution", "with_them"): "answer"}  # what somebody of another company writes
SERIAL = count(1)


@dataclass(frozen=True)
class Situation:
    """A record of a type, made in one of several ways, in a state; `half` names a move of which one signature is given."""

    kind: str
    variant: str
    state: str
    half: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}, {self.variant}, {self.state}" + (f", {self.half} begun" if self.half else "")


Maker = Callable[[Cast], UUID]


def _bare(cast: Cast) -> UUID:
    """Make a draft that names no department, owner or reviewer yet."""
    return acts.run(cast.players["ann"].ctx, "document.create", fields={"title": "Bare", "class": "form"}).record


def _rewritten(cast: Cast) -> UUID:
    """Make a draft with an earlier version, which two people could withhold."""
    made = learning.document("ann", "own", ["rob"])(cast)
    acts.run(cast.players["own"].ctx, "document.edit", made, fields={"text": "## 1 Without the name"})
    return made


def _left(cast: Cast) -> UUID:
    """Make a draft whose author holds no role any more."""
    casting.give_role(cast.home, "exa", "author")
    made = learning.document("exa", "own", ["rob"])(cast)
    casting.end_roles(cast.home.people["exa"])
    return made


def _imported(cast: Cast) -> UUID:
    """Make a draft of a document that was signed elsewhere, with its scan."""
    ctx = cast.players["doc"].ctx
    scan = uploads.receive(ctx, "signed.csv", [f"page {next(SERIAL)}".encode()])
    fields = {"title": f"Title {next(SERIAL)}", "class": "procedure", "owner": "own", "audience": "Everybody here",
              "department": cast.home.departments["Quality Control"], "reviewers": ["rob"], "text": "## 1 Purpose",
              "effective_on": "2020-01-01", "origin": "imported", "original_signers": "H. Muster", "scan": [scan.sha256],
              "original_effective_on": "2019-01-01", "place_of_original": "Binder 7"}  # fmt: skip
    return acts.run(ctx, "document.create", fields=fields).record


def _import(cast: Cast) -> UUID:
    """Make the record of an import with a report on it."""
    ctx = cast.players["doc"].ctx
    kept = [uploads.receive(ctx, "list.csv", [f"table {next(SERIAL)}".encode()]).sha256]
    fields = FIELDS["import_run"] | {"table": kept, "mapping": kept, "report": kept, "rows": "1", "brought": "1",
              "refused": "0", "differences": "0"}  # fmt: skip
    return acts.run(ctx, "import_run.create", fields=fields).record


def _delegation(user: str, days: int = 5, **more: Any) -> Maker:
    """Let a head of Quality Control ask somebody to act for them from now on who does so for another one already.

    So what comes of it shows nobody more than before, and the reading of everybody else stays true.
    """

    def make(cast: Cast) -> UUID:
        today = clock.now().date() - timedelta(days=1)  # begun in every zone
        fields = FIELDS["delegation"] | {"person": user, "deputy": casting.DEPUTY, "department": cast.home.departments["Quality Control"],
                  "begins": today.isoformat(), "until": (today + timedelta(days=days)).isoformat()}  # fmt: skip
        return acts.run(cast.players[user].ctx, "delegation.create", fields=fields | more).record

    return make


def _person(cast: Cast) -> UUID:
    serial = next(SERIAL)
    fields = {"printed_name": f"Person {serial}", "job_title": "Scientist", "user_id": f"person{serial}"}
    return acts.run(SYSTEM, "person.create", fields=fields).record


def _copy(cast: Cast) -> UUID:
    """Make a copy of a document in force."""
    fields = FIELDS["controlled_copy"] | {"document": learning.in_force(cast), "outcome": "destroyed",
              "returned_on": "2020-01-01"}  # fmt: skip
    return acts.run(cast.players["doc"].ctx, "controlled_copy.create", fields=fields).record


def _register(kind: str, user: str) -> Maker:
    def make(cast: Cast) -> UUID:
        fields = {"name": f"Entry {next(SERIAL)}"} | ({"head": "own"} if kind == "department" else {})
        return acts.run(cast.players[user].ctx, f"{kind}.create", fields=fields).record

    return make


def _sample(user: str, sort: str, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        fields = {"name": f"Sample {next(SERIAL)}", "taken_at": "2020-01-01T10:00+00:00", "analyst": "bea", "kind": sort,
                  "within_limits": True, "result": "5", "comment_on_result": "Looked clear"}  # fmt: skip
        record = acts.run(cast.players[user].ctx, "sample.create", fields=fields | more, reason=ways.REASON).record
        if not more and user != "rob":
            acts.run(cast.players["rob"].ctx, "sample.confirm", record, field="result")
        return record

    return make


FIELDS: dict[str, dict[str, Any]] = {
    "document": {"title": "One", "class": "procedure"}, "person": {"printed_name": "P", "job_title": "J"},
    "grant": {"person": SUBJECT, "role": "trainer", "why": "Needed for the work"},
    "delegation": {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": "DEP-01", "begins": "2020-01-01",
                   "until": "2020-01-02", "why": "Away for some days"},
    "controlled_copy": {"kind": "print to work by", "holder": "Quality Control", "place": "Bench 2", "copies": "1"},
    "import_run": {"title": "One", "kind": "document", "table_sha256": "0" * 64},
    "deviation": {"title": "One", "reporter": "ann"}, "capa": {"title": "One", "sources": ["DEP-01"]},
    "audit": events.AUDIT, "finding": events.FINDING, "incident": events.INCIDENT, "complaint": events.COMPLAINT,
    "addendum": {"title": "One"}, "contribution": {"title": "One", "owner": "bea"},
    "change": {"title": "One"}, "action": {"what": "One"}, "curriculum": {"title": "One"}, "quiz": {"title": "One"},
    "training": {"what": "One", "trainee": "bea", "kind": "practical", "because": "other", "due_on": "2099-01-01"},
    **supplies.FIELDS, **dangers.FIELDS, **entries.FIELDS, **planning.FIELDS, **personnel.FIELDS, **drifts.FIELDS, **validating.FIELDS,
    **control.FIELDS, "sample": {"name": "One"},
    **{kind: {"name": "One"} for kind in ("company", "department", "process", "product", "site")},
}  # fmt: skip
ALL = None
# Moves that no first signature begins here: nobody asks for an extension, what is minor takes one signature, a rule is in the way.
NEVER_BEGUN = {
    ("deviation", "plain"): {"investigate", "submit", "correct"}, ("deviation", "critical"): {"correct"},
    ("deviation", "of quality"): {"investigate", "correct"}, ("deviation", "repeated"): {"investigate", "submit", "correct"},
    ("finding", "plain"): {"close", "respond"}, ("finding", "serious"): {"respond"}, ("incident", "plain"): {"close"},
    ("incident", "of quality"): {"close"}, ("incident", "critical"): {"close"},
    ("incident", "untold"): {"submit"}, ("capa", "plain"): {"effective"}, ("change", "own system"): {"reject"}, ("quiz", "unanswerable"): {"approve"},
    **supplies.NEVER_BEGUN, **dangers.NEVER_BEGUN, **drifts.NEVER_BEGUN, **validating.NEVER_BEGUN, **control.NEVER_BEGUN,
}  # fmt: skip
EXTENSIONS = {"grant_extension", "grant_further_extension"}
WRITTEN_HERE = ("draft", "in_review", "in_approval", "approved", "effective", "superseded", "retired", "withdrawn", "void")
# What a rule stops for everybody, so that no signature is ever given there.
NEVER_SIGNED = {
    "elsewhere", "too wide an emergency", "administrator too", "guest too", "inactive person", "without its department",
}  # fmt: skip
VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "document": {
        "plain": (learning.document("ann", "own", ["rob", "sys"]), WRITTEN_HERE),
        "own work": (learning.document("mul", "hed", ["rob"]), WRITTEN_HERE),
        "imported": (_imported, ("draft", "attesting")),
        "elsewhere": (learning.document("ann", "own", ["rea"], "Operations"), ("draft", "in_review")),  # rea may not sign
        "bare": (_bare, ("draft",)),
        "rewritten": (_rewritten, ("draft", "in_review")),
        "author without a role": (_left, ("draft",)),
    },
    "grant": {
        "plain": (personnel.grant("hed", SUBJECT, "trainer"), ALL),
        "quality": (personnel.grant("sys", SUBJECT, "qa_approver"), ("requested", "active")),
        "own request": (personnel.grant("qua", SUBJECT, "system_owner"), ("requested",)),
        "own access": (personnel.grant("hed", "exe", "author"), ("requested",)),
        "without its department": (personnel.grant("sys", SUBJECT, "dept_approver"), ("requested",)),
        "administrator too": (personnel.grant("sys", "adm", "author"), ("requested",)),
        "guest too": (personnel.grant("adm", "gue", "trainer"), ("requested",)),
        "inactive person": (personnel.grant("adm", "off", "author"), ("requested",)),
        "emergency": (personnel.grant("hed", SUBJECT, "system_owner", **personnel.URGENT), ("requested", "active")),
        "own emergency": (personnel.grant("qua", SUBJECT, "system_owner", **personnel.URGENT), ("requested",)),
        "too wide an emergency": (personnel.grant("sys", SUBJECT, "qa_approver", **personnel.URGENT), ("requested",)),
        "without a file": (personnel.sleeping, ("requested", "asleep")),
    },
    "delegation": {
        "plain": (_delegation("hed"), ALL),
        "of another": (_delegation("mul", person="hed"), ("draft",)),
        "to a reader": (_delegation("mul", deputy="rea"), ("draft",)),
        "to who left": (_delegation("mul", deputy="off"), ("draft",)),
        "to oneself": (_delegation("mul", deputy="mul"), ("draft",)),
        "too long": (_delegation("mul", days=31), ("draft",)),
    },
    "sample": {
        "plain": (_sample("ann", "routine"), ALL),
        "complaint": (_sample("mul", "complaint"), ALL),
        "unconfirmed": (_sample("mul", "routine", result="6"), ("received",)),
        "incomplete": (_sample("ann", "routine", kind=None, result=None), ("received",)),
    },
    "deviation": {
        "plain": (events.deviation("ann"), ("draft", "triage", "correcting", "investigating", "qa_review", "closed", "void")),
        "twice": (events.doubled(events.deviation("ann"), "deviation", "ann"), ("triage", "duplicate")),
        "wrong type": (events.moved(events.deviation("ann"), "deviation", "ann"), ("triage", "moved")),
        "critical": (events.deviation("mul", **{"class": "critical", "capa_needed": True}), ("triage", "investigating", "qa_review")),
        "of quality": (events.deviation("ann", owner="mul", quality_concerned=True), ("investigating", "qa_review")),
        "repeated": (events.deviation("ann", lot_hold=True, product_reason="n/a", cause=None), ("triage", "investigating")),
    },
    "incident": {
        "plain": (events.incident("ann"), ("reported", "contained", "investigating", "qa_review", "closed", "void")),
        "twice": (events.doubled(events.incident("ann"), "incident", "ann"), ("contained", "duplicate")),
        "wrong type": (events.moved(events.incident("ann"), "incident", "ann"), ("reported", "moved")),
        "tampered": (events.incident("mul", kind="integrity or tamper", people_concerned=["quy"]), ("qa_review",)),
        "critical": (events.incident("ann", **{"class": "critical"}), ("qa_review",)),
        "of quality": (events.incident("ann", owner="mul", quality_concerned=True), ("investigating", "qa_review")),
        "untold": (events.incident("rea", personal_data=True, notify="The authority", impact="n/a"), ("investigating",)),
    },
    "audit": {
        "plain": (events.audit("exe"), ALL),
        "unasked": (events.audit("mul", checklist=None), ("in_progress",)),
    },
    "finding": {
        "plain": (events.finding("rob", "minor"), ALL),
        "serious": (events.finding("mul", "major"), ("open",)),
        "observation": (events.finding("quy", "observation"), ("open", "closed")),
    },
    "complaint": {
        "plain": (events.complaint("ann"), ("received", "investigating", "void")),
        "twice": (events.doubled(events.complaint("ann"), "complaint", "ann"), ("received", "duplicate")),
        "wrong type": (events.moved(events.complaint("ann"), "complaint", "ann"), ("received", "moved")),
        "decided": (events.complaint("mul", decided=True), ("investigating", "qa_review", "closed")),
        "of safety": (events.complaint("rea", adverse_event="unknown"), ("investigating",)),
        "bare": (events.complaint("ann", medical_lead=None, regulatory_lead=None, reportability=None), ("received",)),
        "of quality": (events.complaint("ann", decided=True, owner="rob", quality_concerned=True), ("qa_review",)),
    },
    "contribution": {
        "plain": (events.contribution("ann"), ("draft", "with_them", "cancelled")),
        "answered": (events.contribution("mul", answered=True), ("with_them", "answered", "judged", "closed")),
    },
    "addendum": {
        "plain": (events.addendum("mul"), ALL),
        "of somebody else": (events.addendum("ann"), ("draft",)),
        "another conclusion": (events.addendum("rob", changes_conclusion=True), ("draft",)),
    },
    "capa": {
        "plain": (events.capa("ann"), ("draft", "plan_approval", "implementing", "verifying", "monitoring", "closed_ineffective",
                                       "cancelled", "void")),
        "own work": (events.capa("mul", owner="hed", checker="hed"), ("draft",)),
        "of quality": (events.capa("ann", owner="mul"), ("plan_approval",)),
    },
    "change": {
        "plain": (events.change("ann"), ("draft", "assessment", "approval", "implementing", "verifying", "closed", "undone",
                                         "rejected", "cancelled", "void")),
        "emergency": (events.change("ann", urgency="emergency"), ("draft", "implementing_emergency")),
        "of the system": (events.change("ann", kind="configuration of this system", applied_by="qua", protected_settings=True,
                                        plan_hash="0", changed_keys="idle", requirements_and_tests="none", urgency="emergency"),
                          ("draft",)),
        "own system": (events.own_system("mul", applied_by="qua", protected_settings=False), ("approval",)),
        "regulatory": (events.change("ann", regulatory_impact=True, regulatory_lead="exe", way_back_done=False),
                       ("approval", "implementing")),
    },
    "action": {
        "plain": (events.action("ann", blocks=True), ("open", "to_verify", "closed")),
        "free": (events.action("mul", blocks=False), ("open", "cancelled")),
    },
    **supplies.VARIANTS, **dangers.VARIANTS, **entries.VARIANTS, **planning.VARIANTS, **personnel.VARIANTS, **drifts.VARIANTS,
    **validating.VARIANTS, **learning.VARIANTS, **control.VARIANTS,
    "person": {"plain": (_person, ALL)},
    "controlled_copy": {"plain": (_copy, ALL)},
    "import_run": {"plain": (_import, ALL)},
    **{
        kind: {"plain": (_register(kind, "rob"), ALL), "own": (_register(kind, "mul"), ("active",))}
        for kind in ("company", "department", "process", "product", "site")
    },
}  # fmt: skip


def situations(reading: Reading, kind: str, variant: str) -> Iterator[Situation]:
    """Give the situations of a variant: each of its states, and once more where a move needs several signatures."""
    _, states = VARIANTS[kind][variant]
    for state in states or reading.states(kind):
        yield Situation(kind, variant, state)
        for verb, move in reading.moves(kind, state).items():
            needs = move.get("signs") or []
            several = len(needs) > 1 or any("count" in need for need in needs)
            if (
                several
                and "when" not in move
                and variant not in NEVER_SIGNED
                and verb not in NEVER_BEGUN.get((kind, variant), set()) | EXTENSIONS
                and (verb != "restrict" or variant == "rewritten")
            ):
                yield Situation(kind, variant, state, half=verb)


@dataclass
class Stage:
    """One situation with a record in it; a new one is made when the last one has moved on."""

    cast: Cast
    situation: Situation
    record: UUID | None = None
    thing: Thing | None = None
    made: int = 0
    touched_since: bool = True

    def set(self) -> bool:
        """Make sure that a record stands in the situation; False where nobody can bring one there."""
        if not self.touched_since or (self.record is not None and self.now() == self.thing):
            self.touched_since = False
            return True
        make, _ = VARIANTS[self.situation.kind][self.situation.variant]
        self.record, self.made, self.touched_since = make(self.cast), self.made + 1, False
        reached = ways.reach(self.cast, self.record, self.situation.state)
        reached = reached and (self.situation.half is None or ways.step(self.cast, self.record, self.situation.half))
        self.thing = self.now()
        return reached

    def now(self) -> Thing:
        """Give what the record tells of itself now."""
        assert self.record is not None
        told = testimony.hear(self.record)
        assert not told.faults, told.faults
        return testimony.thing(self.cast.reading, told)

    def verbs(self) -> list[str]:
        """Give every act to try: all moves of the type whatever the state, the generic acts, and a word that is none."""
        states = self.cast.reading.states(self.situation.kind).values()
        return [*dict.fromkeys(verb for s in states for verb in s.get("moves") or {}), *GENERIC, "restrict", "vanish"]

    def given(self, verb: str) -> dict[str, Any]:
        """Give valid inputs for an act."""
        assert self.record is not None
        if verb in ("edit", "amend", "revise"):
            fields = {self.touched(verb): self._changed(verb)} if verb != "revise" else {}
            return {"fields": fields}
        if verb in ("link", "unlink"):
            return {"to": self._target(verb)}
        heir = "bea" if self.thing and self.thing.owner == self.cast.id("tek") else "tek"
        given: dict[str, dict[str, Any]] = {
            "comment": {"text": "A remark"}, "extend": {"days": 1}, "postpone": {"to": "2099-12-31"}, "reassign": {"to": heir},
            "confirm": {"field": "result"}, "verify_identity": dict(SEEN), "record_step": validating.step(self.thing), "decide_lines": dict(accesses.DECISION),
        }  # fmt: skip
        return given.get(verb, {})

    def _changed(self, verb: str) -> str:
        """Give another value than now: one of two where there is no free text."""
        choices = planning.CHANGES.get(self.situation.kind, {}).get(self.touched(verb))
        if choices is None or self.thing is None:
            return f"Changed {next(SERIAL)}"
        return next(one for one in choices if one != self.thing.values[self.touched(verb)])

    def touched(self, verb: str) -> str:
        """Give the field that an edit or an amendment touches."""
        kind = self.situation.kind
        usual: str = TOUCHED.get(kind, self.cast.reading.types[kind]["title"])
        return THEIRS.get((kind, self.situation.state), LATER.get(kind, usual)) if verb == "edit" else usual

    def _target(self, verb: str) -> str:
        """Give a record that everybody sees: one that is not linked yet, or (to unlink) one that is."""
        linked = set(Link.objects.filter(record_id=str(self.record)).values_list("target", flat=True))
        people = Record.objects.filter(type="person").order_by("number").values_list("number", flat=True)
        free = next(str(number) for number in people if number not in linked)
        linkers = [p for p in self.cast.players.values() if p.who.id and self._may_link(p)] if verb == "unlink" else []
        if linkers:
            self.touched_since = True
            acts.run(linkers[0].ctx, f"{self.situation.kind}.link", self.record, to=free)
        return free

    def _may_link(self, player: Player) -> bool:
        home = self.cast.world.home
        return self.cast.reading.answer(self.situation.kind, "link", player.who, self.thing, home=home).word == ALLOWED
