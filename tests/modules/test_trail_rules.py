"""What is out of the ordinary in a period: each rule on a planted case and on what looks like it, ranking, sample, and the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from indelible.assurance import backup
from indelible.kernel import acts, config, records, signatures
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record, Refusal
from indelible.modules.trail_reviews import collecting, looking
from indelible.practice.exported import note
from tests.configuration import changing
from tests.faces.browsing import export_of, sign_in
from tests.homes import PASSWORD, TestHome, hire
from tests.modules.events import WHY, ago, head, reported
from tests.modules.trails import Days, begun, lines, working

Plant = Callable[[TestHome, Days], object]


@pytest.fixture
def days(home: TestHome) -> Iterator[Days]:
    with working() as days:
        days.at(11)
        yield days


def clock_noted(_home: TestHome, _days: Days) -> None:
    backup.noted("installation.note_clock_step", "The server's clock stepped by +61.0 seconds")


def clock_moved(_home: TestHome, _days: Days) -> None:
    home = Record.objects.get(type="installation")
    acts.run(SYSTEM, "installation.edit", home.pk, fields={"clock_offset": "60"}, reason="Simulated clock moved by a minute")


def verified_only(_home: TestHome, _days: Days) -> None:
    backup.noted("installation.note_backup", "A backup was made and proven whole")


def typed(user_id: str, password: str) -> Plant:
    """Give a plant: in Ann's session a signature is tried with a user id and a password."""

    def plant(home: TestHome, _days: Days) -> None:
        number = home.draft()
        with pytest.raises(Refused):
            signatures.present(RequestFactory().post("/"), home.people["ann"], act="document.submit", number=number, user_id=user_id,
                               statement="00" * 32, password=password)  # fmt: skip

    return plant


def hired(home: TestHome, _days: Days) -> None:
    hire(home, "ned", "Ned New", ["author"])


def granted_by_request(home: TestHome, _days: Days) -> None:
    home.complete("rea", "author")
    number = home.act(
        "hed", "grant.create", fields={"person": "rea", "role": "author", "why": "Writes the new procedures"}
    ).number
    home.sign("sys", "grant.approve", number)


def requested(hour: int, day: int = 0) -> Plant:
    """Give a plant: a role is asked for at an hour of a day."""

    def plant(home: TestHome, days: Days) -> None:
        days.at(hour, 30, day=day)
        home.act("hed", "grant.create", fields={"person": "rea", "role": "author", "why": "Writes the new procedures"})

    return plant


def own_account(home: TestHome, days: Days) -> None:
    days.at(22)
    home.act("ann", "person.set_password", records.find(home.person("ann")).number)


def edits(often: int, minutes: int) -> Plant:
    """Give a plant: a draft is changed so often, at even intervals within so many minutes."""

    def plant(home: TestHome, days: Days) -> None:
        number = home.draft()
        for at in range(often):
            days.later(timedelta(minutes=minutes) / often)
            home.act("ann", "document.edit", number, fields={"audience": f"Everybody, {at}"}, reason=WHY)

    return plant


def amended(home: TestHome, _days: Days) -> None:
    number = home.until(home.draft(), "in_review")
    home.act("ann", "document.amend", number, fields={"audience": "All"}, reason=WHY)


def voided(home: TestHome, _days: Days) -> None:
    home.sign("qua", "deviation.void", reported(home), reason=WHY)


def edited(home: TestHome, _days: Days) -> None:
    home.act("ann", "document.edit", home.draft(), fields={"audience": "All"}, reason=WHY)


def tried_no_reason(home: TestHome, _days: Days) -> None:
    with pytest.raises(Refused):
        home.act("adm", "person.deactivate", records.find(home.person("gue")).number, reason=". ")


def weak_edit(reason: str) -> Plant:
    """Give a plant: a draft is changed for a reason."""
    return lambda home, _days: home.act("ann", "document.edit", home.draft(), fields={"audience": "All"}, reason=reason)


def invited(home: TestHome, _days: Days) -> None:
    hire(home, "ned", "Ned New", [])


def late(hours: int) -> Plant:
    """Give a plant: what was discovered so many hours ago is reported now."""
    return lambda home, _days: reported(home, discovered_at=ago(hours=hours), occurred_at=ago(hours=hours + 1))


def read_at(hour: int, minute: int = 0, day: int = 0) -> Plant:
    """Give a plant: a deviation is reported at an hour of a day."""

    def plant(home: TestHome, days: Days) -> None:
        days.at(hour, minute, day=day)
        reported(home)

    return plant


def configured(home: TestHome, _days: Days) -> None:
    changing.folder_of(home)
    changing.applied(home, changing.approved(home))


def exported(rows: int) -> Plant:
    """Give a plant: Ann takes so many rows out of the system."""
    return lambda home, _days: note(home.view("ann"), "Audit trail", rows, ["Person: Ann Author"])


FOUND: list[tuple[str, Plant, int]] = [
    ("clock step", clock_noted, 1),
    ("clock step", clock_moved, 1),
    ("somebody else's credentials", typed("bea", PASSWORD), 1),
    ("failed signing", typed("ann", "not the password of Ann"), 1),
    ("grant outside a request", hired, 1),
    ("access changed off hours", requested(22), 1),
    ("access changed off hours", requested(12, day=4), 1),
    ("repeated edits", edits(40, 4), 40),
    ("edit after approval", amended, 1),
    ("void", voided, 1),
    ("weak reason", weak_edit("Better wording"), 1),
    ("weak reason", tried_no_reason, 1),
    ("late entry", late(30), 1),
    ("configuration change", configured, 1),
    ("bulk export", exported(100), 1),
    ("administrator act", invited, 3),
    ("off hours", read_at(5, 59, day=1), 2),
    ("off hours", read_at(21), 2),
    ("off hours", read_at(12, day=4), 2),
]
NOT_FOUND: list[tuple[str, Plant]] = [
    ("clock step", verified_only),
    ("somebody else's credentials", typed("ann", "not the password of Ann")),
    ("somebody else's credentials", typed("bea", "not the password of Bea")),
    ("failed signing", typed("bea", PASSWORD)),
    ("grant outside a request", granted_by_request),
    ("access changed off hours", granted_by_request),
    ("access changed off hours", read_at(22)),
    ("access changed off hours", own_account),
    ("repeated edits", edits(39, 4)),
    ("repeated edits", edits(44, 6)),
    ("edit after approval", edited),
    ("void", edited),
    ("weak reason", weak_edit("Three different words")),
    ("weak reason", hired),
    ("late entry", late(2)),
    ("administrator act", edited),
    ("off hours", read_at(20, 59)),
    ("off hours", read_at(6, 1, day=1)),
    ("off hours", clock_noted),
    ("configuration change", verified_only),
    ("bulk export", exported(99)),
    ("bulk export", exported(49)),
]


def of(found: list[tuple[Any, ...]]) -> list[str]:
    return [f"{one[0]}-{at}" for at, one in enumerate(found)]


@pytest.mark.parametrize(("rule", "plant", "times"), FOUND, ids=of(FOUND))
def test_what_is_planted_is_found(home: TestHome, days: Days, rule: str, plant: Plant, times: int) -> None:
    plant(home, days)

    found = lines(begun(home, days, last=4), rule)

    assert [int(one["times"]) for one in found] == [times]


@pytest.mark.parametrize(("rule", "plant"), NOT_FOUND, ids=of(NOT_FOUND))
def test_what_looks_like_it_is_not(home: TestHome, days: Days, rule: str, plant: Plant) -> None:
    plant(home, days)

    assert lines(begun(home, days, last=4), rule) == []


def test_a_line_names_event_time_and_person(home: TestHome, days: Days) -> None:
    number = reported(home)
    home.sign("qua", "deviation.void", number, reason=WHY)

    (line,) = lines(begun(home, days), "void")

    told = {name: line[name] for name in ("severity", "event", "who", "user_id", "quality", "concerns")}
    assert told == {"severity": "medium", "event": f"{number} {head(number).position}", "who": "Qua Quality", "user_id": "qua",
                    "quality": True, "concerns": None}  # fmt: skip
    assert line["at"].startswith(f"{days.day()} 11:")
    assert line["what"] == f"deviation voided: {WHY}"


def test_an_export_is_noted_of_who_took_it(home: TestHome, days: Days) -> None:
    for at in range(12):
        home.draft("ann", title=f"Handling {at}")
        home.act("ann", "document.edit", f"SOP-{at + 1:03}.01", fields={"audience": "Everybody"}, reason=WHY)

    rows = export_of(sign_in("ann").get("/trail/csv"))

    (line,) = lines(begun(home, days), "bulk export")
    assert len(rows) >= 100
    assert (line["who"], line["user_id"], line["concerns"]) == ("Ann Author", "ann", "ann")
    assert line["what"].startswith(f"person exported: {len(rows)} rows were exported: Audit trail")


def test_a_small_export_leaves_no_event(home: TestHome, days: Days) -> None:
    sign_in("ann").get("/records/document/csv")
    assert not Event.objects.filter(payload__contains='"person.exported"').exists()


def test_a_refused_attempt_names_its_record_and_never_what_was_typed(home: TestHome, days: Days) -> None:
    typed("bea", PASSWORD)(home, days)

    (line,) = lines(begun(home, days), "somebody else's credentials")

    assert line["event"] == Record.objects.get(type="document").number
    assert (line["who"], line["user_id"]) == ("Ann Author", "ann")
    assert PASSWORD not in str(line)


def test_what_happened_before_or_after_the_days_is_not_in_it(home: TestHome, days: Days) -> None:
    days.first += timedelta(days=1)
    voided(home, days)
    days.at(11, day=0)
    before = Event.objects.count()
    number = reported(home)
    made = Event.objects.count() - before
    review = begun(home, days)

    assert lines(review) == []
    values = records.values(head(review))
    assert (values["events"], values["refusals"]) == (str(made), "0")
    assert head(number).state == "triage"


def test_the_most_serious_lines_come_first(home: TestHome, days: Days) -> None:
    voided(home, days)
    weak_edit("Better wording")(home, days)
    reported(home, discovered_at=ago(hours=30), occurred_at=ago(hours=31))
    requested(22)(home, days)
    clock_noted(home, days)

    found = lines(begun(home, days))

    assert [one["line"] for one in found] == [str(at) for at in range(1, len(found) + 1)]
    assert [one["rule"].partition(",")[0] for one in found] == [
        "clock step", "access changed off hours", "void", "weak reason", "late entry", "off hours",
    ]  # fmt: skip


def test_forty_edits_are_one_line_that_names_them(home: TestHome, days: Days) -> None:
    edits(45, 4)(home, days)

    (line,) = lines(begun(home, days), "repeated edits")

    assert (line["times"], line["event"]) == ("45", "SOP-001.01 2 to 46")


# --- counted, drawn, and left ---------------------------------------------------------------------------------------------


def test_everything_is_flagged_drawn_or_said_not_to_be_looked_at(home: TestHome, days: Days) -> None:
    for plant in (voided, hired, tried_no_reason, *[edited] * 20):
        plant(home, days)
    number = begun(home, days)
    values = records.values(head(number))
    rows = [{name: int(value) for name, value in one.items() if name != "kind"} for one in values["not_looked_at"]]

    assert all(one["all"] == one["flagged"] + one["sampled"] + one["rest"] and one["rest"] >= 0 for one in rows)
    assert sum(one["all"] for one in rows) == int(values["events"]) + int(values["refusals"])
    assert sum(one["sampled"] for one in rows) == len(values["sample"]) == 10
    assert {one["kind"]: one["flagged"] for one in values["not_looked_at"]}["Refused attempts"] == "1"


def test_the_sample_can_be_drawn_again_by_anybody(home: TestHome, days: Days) -> None:
    for _ in range(20):
        edited(home, days)
    number = begun(home, days)
    values, first = records.values(head(number)), Event.objects.get(record_id=head(number).pk, position=1)

    assert values["seed"] == bytes(first.leaf).hex()
    kinds = {kind for kind, declared in config.current().types.items() if declared.gxp is not None}
    leaves = [bytes(one.leaf).hex() for one in Event.objects.filter(at__lt=first.at, at__gte=days.moment - timedelta(hours=24))
              if Record.objects.get(pk=one.record_id).type in kinds]  # fmt: skip
    again = sorted(leaves, key=lambda leaf: hashlib.sha256(f"{values['seed']}{leaf}".encode()).hexdigest())[:10]
    assert [one["leaf"] for one in values["sample"]] == again


def test_what_is_flagged_is_not_drawn(home: TestHome, days: Days) -> None:
    for _ in range(6):
        edited(home, days)
        voided(home, days)
    number = begun(home, days)

    flagged = {one["event"] for one in lines(number)}
    assert not flagged & {one["event"] for one in records.values(head(number))["sample"]}


@pytest.mark.parametrize(("many", "drawn"), [(0, 0), (4, 4), (10, 10), (499, 10), (501, 11), (3000, 60), (9000, 60)])
def test_two_in_a_hundred_are_drawn_ten_at_least_and_sixty_at_most(many: int, drawn: int) -> None:
    leaves = {at: hashlib.sha256(str(at).encode()).hexdigest() for at in range(many)}

    assert len(collecting.draw("ab", leaves)) == drawn
    assert many < 1000 or collecting.draw("ab", leaves) != collecting.draw("ac", leaves)


def test_more_lines_than_people_can_decide_on_are_said_for_each_rule(
    home: TestHome, days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LINES", 2)
    for _ in range(4):
        voided(home, days)

    found = lines(begun(home, days))

    assert [(one["event"], one["times"]) for one in found[2:]] == [("Further ones", "2")]
    assert found[2]["quality"], "decided outside of Quality, whoever of them it was"


# --- which rules apply ----------------------------------------------------------------------------------------------------


def test_every_rule_that_ships_is_known_and_every_known_one_ships(home: TestHome) -> None:
    rules, unknown = collecting.rules_of(home.view("rob").configuration.type("trail_review"))

    assert (sorted(one.rule.name for one in rules), unknown) == (sorted(looking.RULES), [])
    assert [one.rule.severity for one in rules] == sorted((one.rule.severity for one in rules), key=looking.SEVERITIES.index)


def test_numbers_are_those_of_the_configuration() -> None:
    rules, unknown = looking.applied(
        ["repeated edits, 3 in 2 minutes", "void", "repeated edits", "weak reason, many", "magic"]
    )

    assert [(one.rule.name, one.numbers) for one in rules] == [("repeated edits", (3, 2)), ("void", ())]
    assert unknown == ["repeated edits", "weak reason, many", "magic"]


def test_a_rule_that_this_build_does_not_know_is_said_not_to_be_applied(home: TestHome, days: Days) -> None:
    number = begun(home, days)
    configuration = home.view("rob").configuration
    declared = configuration.type("trail_review").model_copy(deep=True)
    field = declared.field("lines")
    assert field is not None
    column = next(one for one in field.columns if one.name == "rule")
    column.choices[:] = ["void", "magic, 3"]
    other = configuration.model_copy(update={"types": {**configuration.types, "trail_review": declared}})

    fields = collecting.collect(head(number), records.values(head(number)), other)

    assert [(one["rule"], one.get("found")) for one in fields["rules"]] == [("void", "0"), ("magic, 3", None)]
    assert fields["scope"].endswith("do not know them: magic, 3.") or "magic, 3" in fields["scope"]


def test_its_own_refusals_of_the_day_are_counted(home: TestHome, days: Days) -> None:
    before = Refusal.objects.count()
    typed("ann", "wrong, wrong and wrong")(home, days)

    number = begun(home, days)

    assert records.values(head(number))["refusals"] == str(Refusal.objects.count() - before) == "1"
