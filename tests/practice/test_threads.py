"""A record's thread: followed both ways as far as one person may see, bounded, and honest about what is left out."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indelible.kernel.models import Record
from indelible.practice import queries, threads
from indelible.practice.threads import Thread
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import action, capa, head, reported

CHAIN = threads.DEPTH + 2


def thread(home: TestHome, who: str, number: str) -> Thread:
    return threads.follow(home.view(who), head(number))


def numbers(found: Thread) -> set[str]:
    return {knot.record.number for knot in found.knots.values()}


def sample(home: TestHome, *related: str, who: str = "ann") -> str:
    given = {"name": "Level of tank 2", "taken_at": "2026-01-02T08:00:00+00:00", "analyst": who, "kind": "routine"}
    return home.act(
        who, "sample.create", fields=given | {"related": list(related)}, reason="Taken before the record was there"
    ).number


def test_the_chain_is_followed_from_either_end_and_from_the_middle(home: TestHome) -> None:
    event = reported(home)
    plan = capa(home, event)
    work = action(home, plan)

    for start in (event, plan, work):
        around = thread(home, "qua", start)
        assert (numbers(around), around.left_out) == ({event, plan, work}, 0), start
    found = thread(home, "qua", event)
    named = {key: knot.record.number for key, knot in found.knots.items()}
    told = {(named[one.naming], one.label, named[one.named], one.follows) for one in found.strands}
    assert told == {(plan, "Source", event, True), (work, "Belongs to", plan, True)}


def test_nothing_is_reached_through_what_somebody_may_not_see(home: TestHome) -> None:
    hidden = home.draft(title="A draft that readers do not see")
    near = sample(home, hidden)
    beyond = sample(home, hidden)

    assert numbers(thread(home, "ann", near)) == {near, hidden, beyond}
    assert numbers(thread(home, "rea", near)) == {near}, "the other sample hangs on the hidden draft only"


def test_what_is_hidden_is_not_counted_either(home: TestHome) -> None:
    procedure = home.until(home.draft(), "effective")
    root = sample(home, procedure, *(home.draft(title="Hidden") for _ in range(3)))
    task = action(
        home, capa(home, reported(home), documents=[procedure[:-3]]), evidence_records=[home.draft(title="Hidden")]
    )

    assert task in numbers(thread(home, "ann", root))
    found = thread(home, "rea", root)
    assert not [number for number in numbers(found) if not shown(home, "rea", number)]
    assert found.left_out == 0


def shown(home: TestHome, who: str, number: str) -> bool:
    return Record.objects.filter(queries.visible(home.view(who)), number=number).exists()


def test_the_way_ends_after_four_links_and_says_how_many_are_left(home: TestHome) -> None:
    chain = [sample(home)]
    for _ in range(CHAIN):
        chain.append(sample(home, chain[-1]))

    found = thread(home, "rea", chain[0])

    assert numbers(found) == set(chain[: threads.DEPTH + 1])
    assert found.left_out == 1
    assert [knot.away for knot in found.knots.values()] == list(range(threads.DEPTH + 1))


def test_no_more_records_are_shown_than_the_bound_and_the_rest_is_counted(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = sample(home)
    naming = [sample(home, root) for _ in range(7)]
    monkeypatch.setattr(threads, "MOST", 4)

    found = thread(home, "rea", root)

    assert len(found.knots) == 4
    assert numbers(found) <= {root, *naming}
    assert found.left_out == 4


def test_what_many_records_name_is_shown_and_not_passed_through(home: TestHome) -> None:
    tank = sample(home)
    many = [sample(home, tank) for _ in range(threads.MANY + 1)]

    found = thread(home, "rea", many[0])

    assert numbers(found) == {many[0], tank}
    (knot,) = (knot for knot in found.knots.values() if knot.record.number == tank)
    assert (knot.passed, knot.named_by) == (False, threads.MANY + 1)
    assert found.left_out == threads.MANY
    assert numbers(thread(home, "rea", tank)) == {tank, *many}, "from its own page all of them are there"


def test_departments_and_references_between_documents_tie_nothing_together(home: TestHome) -> None:
    other = home.until(home.draft(title="Other"), "effective")
    procedure = home.draft(related=[other])
    department = home.departments["Quality Control"]

    found = thread(home, "ann", procedure)

    assert numbers(found) == {procedure}
    assert not {department, other} & numbers(found)
    assert found.left_out == 0


def test_it_costs_the_same_few_statements_however_many_records_are_linked(home: TestHome) -> None:
    root = sample(home)
    counted = []
    for rows in (2, 12):
        for one in [sample(home, root) for _ in range(rows)]:
            sample(home, one)
        view = home.view("rea")
        with CaptureQueriesContext(connection) as seen:
            threads.follow(view, head(root))
        counted.append(len(seen.captured_queries))
    assert counted[0] == counted[1] <= 30


def test_a_circle_is_gone_round_once(home: TestHome) -> None:
    first = sample(home)
    second = sample(home, first)
    home.act("ann", "sample.edit", first, fields={"related": [second]})

    found = thread(home, "rea", first)

    assert numbers(found) == {first, second}
    assert len(found.strands) == 2


def test_a_link_by_hand_is_one_of_the_thread(home: TestHome) -> None:
    first, second = sample(home), sample(home)
    home.act("ann", "sample.link", first, to=second)

    found = thread(home, "rea", second)

    assert [(one.relation, one.label) for one in found.strands] == [("by_hand", "Linked by hand")]


def test_the_address_gives_the_same_and_a_narrow_token_sees_less(home: TestHome) -> None:
    event = reported(home)
    plan = capa(home, event)
    action(home, plan)

    whole = caller(home, "qua").get(f"/records/capa/{plan}/thread").json()
    narrow = caller(home, "qua", "capa").get(f"/records/capa/{plan}/thread").json()

    assert {node["number"] for node in whole["nodes"]} > {event, plan}
    assert {"naming": plan, "named": event, "relation": "sources", "label": "Source", "follows": True} in whole["edges"]
    assert [node["number"] for node in narrow["nodes"]] == [plan]
    assert (narrow["edges"], narrow["left_out"]) == ([], 0)
    assert caller(home, "qua").get(f"/records/deviation/{plan}/thread").status_code == 404
