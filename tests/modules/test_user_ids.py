"""User ids: one person's for ever, plain, of no function, and like nobody else's; and accounts that nobody uses (11.100(a), 11.300)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from indelible.infra import canonical, clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import AccessGrant, Account, Event, Record
from indelible.practice import accounts, dormancy
from tests.homes import SEEN, TestHome, hire

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)


def invited(home: TestHome, user_id: str) -> str:
    fields = {"printed_name": "New Comer", "job_title": "Scientist", "user_id": user_id}
    return accounts.invite(home.people["adm"], fields, identity=SEEN)[0].number


def rules_against(home: TestHome, user_id: str) -> set[str | None]:
    """Try to enter a person with a user id, see that nobody was entered, and give what stands in the way."""
    before = Record.objects.filter(type="person").count()
    with pytest.raises((Refused, Invalid)) as caught:
        invited(home, user_id)
    assert Record.objects.filter(type="person").count() == before
    return {caught.value.rule, *(one.rule for one in caught.value.missing)}


@pytest.mark.parametrize(
    "user_id",
    ["admin", "ADMIN", "admin2", "admin_02", "administrator", "root", "qa", "qa1", "lab1", "lab-2", "test", "test.7", "system", "user",
     "user99", "guest", "shared", "service-1"],
)  # fmt: skip
def test_an_id_of_a_function_is_nobodys(home: TestHome, user_id: str) -> None:
    assert "user_id_is_one_persons" in rules_against(home, user_id)


@pytest.mark.parametrize("user_id", ["qadir", "labrie", "testa", "rootsey", "usha", "systrom", "adminski"])
def test_a_name_that_begins_like_a_function_is_a_name(home: TestHome, user_id: str) -> None:
    assert invited(home, user_id)


@pytest.mark.parametrize(
    "user_id",
    ["\u0430nn", "a\u0301nn", "\uff41\uff4e\uff4e", "ann\u200b", "ann\u00ad", "ann ann", "ann\n", "ann\0", "\u00e1nn", "\u24d0nn",
     "x", "-ann", ".ann", "ann@home", "ann/../x", "a" * 65, "a" * 10_000, "", "\u0130lker"],
)  # fmt: skip
def test_letters_of_another_script_and_signs_that_nobody_sees_are_refused(home: TestHome, user_id: str) -> None:
    assert rules_against(home, user_id)


@pytest.mark.parametrize("user_id", ["a.nn", "ann_", "a-n-n", "d0c", "rea_", "he.d"])
def test_an_id_that_looks_like_somebody_elses_is_refused(home: TestHome, user_id: str) -> None:
    assert "user_id_is_one_persons" in rules_against(home, user_id)


@pytest.mark.parametrize(("first", "second"), [("mia", "rnia"), ("will", "wi1l"), ("wes", "vves"), ("bo", "80")])
def test_signs_that_are_taken_for_one_another_are_one(home: TestHome, first: str, second: str) -> None:
    invited(home, first)

    assert "user_id_is_one_persons" in rules_against(home, second)


def test_an_id_is_taken_for_ever_and_stays_with_its_person(home: TestHome) -> None:
    number = Record.objects.get(pk=home.person("bea")).number
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Has left the company")

    assert "input" in rules_against(home, "bea")
    assert "input" in rules_against(home, " BEA ")
    with pytest.raises(Refused) as caught:
        home.act("adm", "person.edit", Record.objects.get(pk=home.person("ann")).number, fields={"user_id": "anna"})
    assert caught.value.rule == "user_id_is_one_persons"
    home.act("adm", "person.edit", Record.objects.get(pk=home.person("ann")).number, fields={"printed_name": "Ann Married"})


# Accounts that nobody uses. A home that is no demonstration: there people sign in.


def events(home: TestHome, user: str) -> list[str]:
    rows = Event.objects.filter(record_id=home.person(user)).order_by("position")
    return [canonical.decode(row.payload)["event"].partition(".")[2] for row in rows]


def test_an_unused_account_is_warned_of_once_and_then_disabled(founding: TestHome, later: Later) -> None:
    later(61 * DAY)
    acts.run(founding.people["adm"], "department.create", fields={"name": "Somebody works"})
    assert dormancy.look() == []
    assert dormancy.look() == []
    assert events(founding, "bea").count("warned_unused") == 1
    assert "warned_unused" not in events(founding, "adm")

    later(30 * DAY)
    gone = dormancy.look()

    assert Record.objects.get(pk=founding.person("bea")).number in gone
    assert Record.objects.get(pk=founding.person("bea")).state == "disabled"
    assert not Account.objects.get(user_id="bea").is_active
    assert not AccessGrant.objects.filter(person_id=founding.person("ann"), until_at=None).exists()
    assert events(founding, "adm")[-1] != "deactivated"
    assert dormancy.look() == []


def test_who_signs_in_is_not_disabled_and_is_warned_of_again_after_the_next_time(founding: TestHome, later: Later) -> None:
    later(61 * DAY)
    dormancy.look()
    Account.objects.filter(user_id="bea").update(last_login=clock.now())  # as Django does at a sign-in
    later(59 * DAY)
    dormancy.look()
    assert Record.objects.get(pk=founding.person("bea")).state == "active"
    later(2 * DAY)
    dormancy.look()

    assert events(founding, "bea").count("warned_unused") == 2


def test_the_last_administrator_is_kept(founding: TestHome, later: Later) -> None:
    hire(founding, "ad2", "Second Administrator", ["sysadmin"])
    later(100 * DAY)
    dormancy.look()

    states = {user: Record.objects.get(pk=founding.person(user)).state for user in ("adm", "ad2")}
    assert sorted(states.values()) == ["active", "disabled"]


def test_a_simulated_home_is_left_alone(home: TestHome, later: Later) -> None:
    later(400 * DAY)

    assert dormancy.look() == []
    assert Record.objects.get(pk=home.person("bea")).state == "active"


# The way back from the console


def test_an_administrator_who_has_lost_every_way_in_is_given_a_link_from_the_console(home: TestHome) -> None:
    number = Record.objects.get(pk=home.person("adm")).number
    secret = accounts.recover(number, "Left the key on a train")

    told = canonical.decode(Event.objects.filter(record_id=home.person("adm")).latest("position").payload)
    assert (told["event"], told["by"]["name"]) == ("person.link_issued", "System")
    assert told["reason"].startswith("From the console of the server: ")
    accounts.enrol(secret, "seventeen quiet harbours")


@pytest.mark.parametrize("user", ["ann", "qua", "sys", "exe"])
def test_the_console_opens_no_other_account(home: TestHome, user: str) -> None:
    with pytest.raises(Refused) as caught:
        accounts.recover(Record.objects.get(pk=home.person(user)).number, "Left the key on a train")

    assert caught.value.rule == "console_recovers_administrators"
    assert Account.objects.get(user_id=user).link_sha256 is None


def test_the_system_reactivates_nobody(home: TestHome) -> None:
    number = Record.objects.get(pk=home.person("bea")).number
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Has left the company")

    with pytest.raises(Refused):
        acts.run(SYSTEM, "person.reactivate", number, reason="Nobody asked for this")


@pytest.mark.parametrize("reason", ["", "   ", "lost", "aaaaaaaaaaaa"])
def test_the_console_gives_no_link_without_a_reason(home: TestHome, reason: str) -> None:
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        accounts.recover(Record.objects.get(pk=home.person("adm")).number, reason)

    assert caught.value.rule == "reason_given"
    assert (Account.objects.get(user_id="adm").link_sha256, Event.objects.count()) == (None, before)
