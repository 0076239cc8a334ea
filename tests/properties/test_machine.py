"""A company at work: random people do random things, right and wrong, to records of every type, while time goes by.

After each step everything that must always be true is checked on the records that were touched, from the stored bytes
(`tests.properties.audit`); what an attempt must lead to is worked out from the YAML (`assurance.qualification.reading`). A campaign runs
many more examples, each of them longer.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from indelible.assurance.qualification.reading import GENERIC, SIGNS, Reading, Somebody
from indelible.assurance.rebuild import rebuild
from indelible.assurance.verify import verify
from indelible.infra import clock
from indelible.kernel import acts, timers
from indelible.kernel.errors import Invalid
from indelible.kernel.models import Event, Numbering, Party, Record
from tests import homes, order
from tests.homes import TestHome
from tests.properties import audit, cells, events, identities, requests, testimony, ways
from tests.properties import cast as casting
from tests.properties.cast import SUBJECT, Cast, Player
from tests.properties.requests import CLOCK, TWISTS
from tests.properties.stage import FIELDS, SERIAL, VARIANTS, Situation, Stage

pytestmark = pytest.mark.campaign
LARGE = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
RECORDS, PEOPLE = 10, 3  # that one example makes and hires at most
EXAMPLES, STEPS = (200, 100) if LARGE else (14, 50) if order.turn() else (25, 50)  # half for each of two runs that share
# Delegations and access from outside are given for days that go by; the matrix has them.
MAKERS = [(kind, variant) for kind, variants in VARIANTS.items() if kind not in ("delegation", "contribution")
          for variant in variants if variant != "author without a role"]  # fmt: skip
MAKERS += [
    (k, v) for k, v in MAKERS if k in ("document", "sample", "grant") and v in ("plain", "own work", "complaint", "quality")
] * 4
ROLES = ("author", "qa_ops", "qa_approver", "executive", "system_owner")
NUMBERS = st.integers(min_value=0, max_value=10_000)
Try = tuple[bool, int, int, str, int]
TRIES: st.SearchStrategy[Try] = st.tuples(
    st.sampled_from([True, True, False]), NUMBERS, NUMBERS, st.sampled_from(TWISTS), NUMBERS
)
HIRED = count(1)


class Company(RuleBasedStateMachine):
    """One home for all examples of a run; each example works on records of its own, and people of its own leave.

    What can be drawn next never depends on what came of the steps before: the home remembers the other examples, so the same
    steps may end otherwise. A step that has nothing to work on does nothing.
    """

    cast: ClassVar[Cast]
    counts: ClassVar[Counter[str]]
    assigned: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.records: list[UUID] = []
        self.hired: list[str] = []
        self.checked = self._newest()
        self.noticed: tuple[int, str] | None = None

    @initialize(which=st.sampled_from(MAKERS), n=NUMBERS)
    def begin(self, which: tuple[str, str], n: int) -> None:
        self.make(which)
        self.hire(ROLES[n % len(ROLES)])

    @rule(which=st.sampled_from(MAKERS))
    def make(self, which: tuple[str, str]) -> None:
        """Somebody who may makes a complete record, as long as there are few."""
        kind, variant = which
        if len(self.records) >= RECORDS:
            return
        self.records.append(VARIANTS[kind][variant][0](self.cast))

    @rule(kind=st.sampled_from(sorted(FIELDS)), who=NUMBERS, n=NUMBERS, unusable=st.booleans())
    def create(self, kind: str, who: int, n: int, unusable: bool) -> None:
        """Anybody tries to make a record, with fields that are enough or with nonsense."""
        player = self._player(who)
        basis = events.basis(self.cast, kind, player)
        before = audit.print_of_everything()
        answer = self.cast.reading.answer(kind, "create", player.who)
        tried = ways.attempt(player, f"{kind}.create", None, fields=basis | requests.creation(kind, n, unusable=unusable))
        late = kind == "finding" and player.name in self.hired  # who came afterwards is of no team that audits
        good = answer.word == "allowed" and not unusable and not late
        assert (tried.outcome is not None) == good, f"{kind}.create by {player.name}: {tried}, {answer}"
        if tried.outcome is not None:
            self.records.append(tried.outcome.record)
        else:
            assert tried.refusals == 1
            assert audit.print_of_everything() == before

    @rule(who=st.sampled_from(["ann", "doc", "rob", "exa"]), ahead=st.integers(min_value=-3, max_value=9))
    def bring_a_number(self, who: str, ahead: int) -> None:
        """Somebody brings the number that the company uses already; only who may, and only one that was never given."""
        last = Numbering.objects.filter(pk="WI").values_list("last", flat=True).first() or 0
        number = f"WI-{last + ahead:03}"
        free = last + ahead > 0 and not Record.objects.filter(series=number).exists()
        player, before = self.cast.players[who], audit.print_of_everything()
        fields = {"title": f"Title {next(SERIAL)}", "class": "work instruction"}
        tried = ways.attempt(player, "document.create", None, fields=fields, number=number)
        assert (tried.outcome is not None) == (free and who in ("ann", "doc")), f"{number} by {who}: {tried}"
        if tried.outcome is None:
            assert audit.print_of_everything() == before
        else:
            assert tried.outcome.number == f"{number}.01"
            self.assigned.add(number)

    @rule(which=NUMBERS, tries=st.lists(TRIES, min_size=3, max_size=16))
    def work_on(self, which: int, tries: list[Try]) -> None:
        """People try acts on a record: mostly ones that the YAML allows, sometimes any; sometimes with something wrong."""
        for lean, who, what, twist, n in tries:
            stage = self._stage(which)
            cell = self._likely(stage, who) if lean else None
            verbs = stage.verbs()
            cell = cell or cells.read(stage, self._player(who), verbs[what % len(verbs)])
            self._try(requests.make(stage, cell, twist, n))
            self.everything_holds_together()

    @rule(which=NUMBERS, who=NUMBERS, n=NUMBERS)
    def ask_twice(self, which: int, who: int, n: int) -> None:
        """A request is sent again: it acts once; under the same key another request is refused."""
        stage = self._stage(which)
        cell = self._likely(stage, who)
        if cell is None or cell.player.who.id is None:
            return
        request = requests.make(stage, cell, "", n)
        if not request.good:
            return
        given = {"reason": ways.REASON, "key": f"key-{next(SERIAL)}", **request.given}
        act = f"{stage.situation.kind}.{cell.verb}"
        first = acts.run(cell.player.ctx, act, stage.record, **given)
        before = audit.print_of_everything()
        again = acts.run(cell.player.ctx, act, stage.record, **given)
        assert (again.leaf, again.position, again.replayed) == (first.leaf, first.position, True)
        with pytest.raises(Invalid, match="idempotency key"):
            acts.run(cell.player.ctx, act, stage.record, **{**given, "reason": "Another reason than before"})
        assert audit.print_of_everything() == before
        self._notice()

    @rule(hours=st.sampled_from([1, 30, 80]))
    def time_goes_by(self, hours: int) -> None:
        """The clock moves, and the system makes the moves whose time has come."""
        CLOCK.ahead += timedelta(hours=hours)
        timers.run_due()
        self._notice()

    @rule(role=st.sampled_from(ROLES))
    def hire(self, role: str) -> None:
        """Somebody comes and receives a role, as long as few have come."""
        if len(self.hired) >= PEOPLE:
            return
        name = f"hired{next(HIRED)}"
        ctx = homes.hire(self.cast.home, name, f"Hired {name}", [role])
        self.cast.home.people[name] = ctx
        self.cast.players[name] = Player(name, ctx, Somebody(str(ctx.person_id), frozenset({(role, None)})))
        self.hired.append(name)
        self.records.append(self.cast.home.person(name))
        self._notice()

    @rule(n=NUMBERS, leave=st.booleans())
    def lose(self, n: int, leave: bool) -> None:
        """Somebody's role ends, or they leave the company."""
        there = [player for name in self.hired if (player := self.cast.players[name]).who.active]
        if not there:
            return
        player = there[n % len(there)]
        if leave:
            acts.run(self.cast.players["adm"].ctx, "person.deactivate", player.ctx.person_id, reason="Left the company")
        else:
            casting.end_roles(player.ctx)
        self._notice()

    def _try(self, request: requests.Request) -> None:
        cell, before = request.cell, audit.print_of_everything()
        act = f"{cell.stage.situation.kind}.{cell.verb}"
        tried = ways.attempt(cell.player, act, cell.stage.record, **request.given)
        self.counts[", ".join([cell.kind, *sorted(request.wrong)])] += 1
        if request.good:
            faults = cells.accepted(cell, tried)
        elif not request.wrong:
            faults = cells.denied(cell, tried)
        else:
            faults = [] if tried.error is not None and tried.refusals == 1 else [f"{tried}, although {request.wrong}"]
        assert not faults, f"{cell.name} {request.twist}: {faults}"
        assert request.good or audit.print_of_everything() == before, f"{cell.name}: a refusal changed something"
        self._notice()

    def _stage(self, which: int) -> Stage:
        record = self.records[which % len(self.records)]
        head = Record.objects.get(pk=record)
        stage = Stage(self.cast, Situation(head.type, "at work", head.state), record, touched_since=False)
        stage.thing = stage.now()
        return stage

    def _player(self, who: int) -> Player:
        players = list(self.cast.players.values())
        return players[who % len(players)]

    def _likely(self, stage: Stage, who: int) -> cells.Cell | None:
        """Give an act that the YAML allows to somebody now; signatures and moves come up more often than remarks."""
        found = [
            cell for p in self.cast.players.values() for verb in stage.verbs() if (cell := cells.read(stage, p, verb)).open
        ]
        signs = [cell for cell in found if cell.answer.word == SIGNS]
        moves = [cell for cell in found if cell.verb not in GENERIC]
        weighted = [*found, *moves * 3, *signs * 6]
        return weighted[who % len(weighted)] if found else None

    def _notice(self) -> None:
        """Bring what is known of people's roles up to date with what their records say, where they can say something new.

        Roles begin and end by an event, or with the last hour of a day.
        """
        now = (self._newest(), f"{clock.now():%Y-%m-%d %H}")
        if now == self.noticed:
            return
        self.noticed = now
        for name in [*self.hired]:
            if identities.suspended(
                self.cast.home.person(name)
            ):  # until somebody sees them: `modules.test_ready_to_sign` has it
                self.hired.remove(name)
                self.cast.players.pop(name)
        for name in self.hired:
            player = self.cast.players[name]
            state = testimony.hear(self.cast.home.person(name)).last["state"]
            held = frozenset((h, None) for h in self._held(self.cast.home.person(name)))
            self.cast.players[name] = replace(player, who=replace(player.who, roles=held, active=state == "active"))
            self.cast.world.active.discard(str(player.who.id))
            self.cast.world.active |= {str(player.who.id)} if state == "active" else set()
        self.cast.world.roles[str(self.cast.home.person(SUBJECT))] = self._held(self.cast.home.person(SUBJECT))

    @staticmethod
    def _held(person: UUID) -> set[str]:
        """Give the roles that the grants of a person say, each until the end of its last day."""
        zone_end = timedelta(hours=29)  # a day ends in New York at 04:00 or 05:00 of the next one in UTC
        found = set()
        named = Party.objects.filter(person_id=person, capacity="person").values("record_id")
        for grant in Record.objects.filter(pk__in=named, type="grant", state="active"):
            told = testimony.hear(grant.pk)
            until = told.content.get("4")
            open_still = until is None or clock.now() < clock.parse(f"{until}T00:00:00+00:00") + zone_end
            if open_still:
                found.add(told.content["2"])
        return found

    @staticmethod
    def _newest() -> int:
        return int(Event.objects.order_by("-id").values_list("id", flat=True).first() or 0)

    @invariant()
    def everything_holds_together(self) -> None:
        """Check every record that the last step touched."""
        touched = set(Event.objects.filter(id__gt=self.checked).values_list("record_id", flat=True))
        self.checked = self._newest()
        faults = [fault for record in touched for fault in audit.faults_of(self.cast.reading, record)]
        faults += audit.roles_of_the_gone()
        assert not faults, faults

    def teardown(self) -> None:
        """Take the people of this example out of the play; their records stay."""
        for name in self.hired:
            self.cast.players.pop(name)
        casting.end_roles(self.cast.home.people[SUBJECT])


@pytest.fixture
def company(home: TestHome, reading: Reading) -> Iterator[type[Company]]:
    """Give the machine a home for one run, and the clock back to the others afterwards; a deputy's days would go by."""
    Company.cast, Company.counts, Company.assigned = casting.gather(home, reading), Counter(), set()
    CLOCK.start()
    yield Company
    clock.simulate(None)


def test_whatever_people_do_the_ledger_holds_together_and_the_configuration_is_obeyed(company: type[Company]) -> None:
    run_state_machine_as_test(company, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=not LARGE, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, phases=[Phase.generate],
    ))  # fmt: skip
    print(f"{Event.objects.count()} events, {Record.objects.count()} records: {dict(company.counts.most_common())}")

    assert audit.numbers(company.assigned) == []
    assert verify().findings == []
    assert rebuild().differences == []
