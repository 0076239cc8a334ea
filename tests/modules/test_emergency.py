"""Emergency access takes two people, lasts for hours, gives no role that signs for Quality, and ends by itself (11.10(d))."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel import reactions, timers
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import AccessGrant, Event, Record, Signature
from tests.faces.calling import caller
from tests.homes import TestHome

ASKED = {"role": "sysadmin", "urgency": "emergency", "hours": "8", "why": "The only administrator is in hospital",
         "tried": "Called Adm Inistrator and her deputy at 07:10 and 07:40"}  # fmt: skip
Later = Callable[[timedelta], None]


@pytest.fixture
def later() -> Iterator[Later]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


def asked(home: TestHome, by: str = "sys", to: str = "rea", **fields: Any) -> str:
    """Ask for emergency access for somebody; gives the number of the request."""
    return home.act(by, "grant.create", fields={"person": to, **ASKED, **fields}).number


def holds(home: TestHome, user: str, role: str = "sysadmin") -> bool:
    return any(held.role == role for held in home.view(user).held)


def refused(home: TestHome, user: str, act: str, number: str, **more: Any) -> set[str | None]:
    """Let somebody try, see that nothing came of it, and give the rules that stood in the way."""
    before = Event.objects.count(), AccessGrant.objects.count()
    with pytest.raises(Refused) as caught:
        home.sign(user, act, number, **more)
    assert (Event.objects.count(), AccessGrant.objects.count()) == before
    return {caught.value.rule, *(one.rule for one in caught.value.missing)}


def test_one_asks_another_authorises_and_it_ends_by_itself(home: TestHome, later: Later) -> None:
    number = asked(home)
    assert not holds(home, "rea")

    begun = clock.now()
    home.sign("exe", "grant.open_in_emergency", number)

    assert holds(home, "rea")
    record = Record.objects.get(number=number)
    assert list(Signature.objects.filter(record_id=record.pk).values_list("meaning", flat=True)) == ["authorised"]
    until = AccessGrant.objects.get(record_id=record.pk).until_at
    assert until is not None
    assert abs(until - begun - timedelta(hours=8)) < timedelta(minutes=1)

    later(timedelta(hours=7, minutes=50))
    timers.run_due()
    assert holds(home, "rea")
    later(timedelta(minutes=20))
    assert not holds(home, "rea"), "the right is gone at its moment, whether or not a timer runs"
    timers.run_due()
    assert Record.objects.get(number=number).state == "ended"


def test_a_quality_approver_authorises_it_too_and_an_administrator_ends_it_earlier(home: TestHome) -> None:
    number = asked(home, by="hed")
    home.sign("qua", "grant.open_in_emergency", number)

    home.act("adm", "grant.end", number, reason="The administrator is back")

    assert not holds(home, "rea")


@pytest.mark.parametrize("user", ["sys", "hed", "adm", "rob", "doc", "ann", "rea", "gue"])
def test_nobody_else_authorises_it(home: TestHome, user: str) -> None:
    assert refused(home, user, "grant.open_in_emergency", asked(home)) & {"signer_authority", "not_visible", "no_grant"}


def test_who_asked_does_not_authorise(home: TestHome) -> None:
    number = asked(home, by="qua")

    assert "grant_approver_is_not_requester_nor_subject" in refused(home, "qua", "grant.open_in_emergency", number)


def test_who_would_receive_it_does_not_authorise(home: TestHome) -> None:
    number = asked(home, to="exe", role="system_owner")

    assert "grant_approver_is_not_requester_nor_subject" in refused(home, "exe", "grant.open_in_emergency", number)


@pytest.mark.parametrize(
    "role", ["qa_approver", "qa_ops", "executive", "author", "doc_control", "trainer", "supplier_manager", "internal_auditor", "validation"]
)  # fmt: skip
def test_a_role_that_signs_for_quality_or_a_function_is_granted_in_the_usual_way_only(home: TestHome, role: str) -> None:
    number = asked(home, role=role)

    assert "emergency_is_narrow" in refused(home, "exe", "grant.open_in_emergency", number)


@pytest.mark.parametrize("hours", ["25", "24.5", "0", "-1", "9000", "many"])
def test_nothing_longer_than_a_day_is_even_asked_for(home: TestHome, hours: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked(home, hours=hours)

    assert [one.field for one in caught.value.missing] == ["hours"]


@pytest.mark.parametrize("given", [{"tried": "n/a"}, {"tried": "nobody"}, {"until": "2099-01-01"}])
def test_what_is_said_badly_is_not_authorised(home: TestHome, given: dict[str, str]) -> None:
    assert "emergency_is_narrow" in refused(home, "exe", "grant.open_in_emergency", asked(home, **given))


@pytest.mark.parametrize("missing", ["hours", "tried"])
def test_what_is_not_said_is_asked_for(home: TestHome, missing: str) -> None:
    given = {name: value for name, value in ASKED.items() if name != missing}
    number = home.act("sys", "grant.create", fields={"person": "rea", **given}).number

    with pytest.raises(Refused) as caught:
        home.sign("exe", "grant.open_in_emergency", number)

    assert missing in {one.field for one in caught.value.missing}


def test_a_normal_request_is_not_opened_in_an_emergency(home: TestHome) -> None:
    number = home.act(
        "sys", "grant.create", fields={"person": "rea", "role": "sysadmin", "why": "Looks after the server"}
    ).number

    with pytest.raises(Refused):
        home.sign("exe", "grant.open_in_emergency", number)
    assert not holds(home, "rea")


def test_roles_that_exclude_each_other_stay_apart_in_an_emergency(home: TestHome) -> None:
    assert "roles_do_not_conflict" in refused(home, "exe", "grant.open_in_emergency", asked(home, to="ann"))


def test_a_program_authorises_nothing(home: TestHome) -> None:
    number = asked(home)

    answer = caller(home, "exe").act(f"/records/grant/{number}", "open_in_emergency")

    assert answer.status_code in (403, 409)
    assert not holds(home, "rea")


def test_an_approval_in_the_usual_way_of_an_emergency_ends_with_its_hours_too(home: TestHome) -> None:
    number = asked(home, by="hed")
    for user in ("sys", "qua"):
        home.sign(user, "grant.approve", number)

    until = AccessGrant.objects.get(record_id=Record.objects.get(number=number).pk).until_at

    assert until is not None
    assert until < clock.now() + timedelta(hours=8, minutes=1)


def test_sleeping_and_waking_give_no_hour_more(home: TestHome, later: Later) -> None:
    number = asked(home, to="rea", role="system_owner")
    home.sign("exe", "grant.open_in_emergency", number)
    reactions.run_pending()
    assert Record.objects.get(number=number).state == "asleep"  # without the file of a system owner
    until = clock.now() + timedelta(hours=8)
    later(timedelta(hours=3))
    home.complete("rea", "system_owner")
    reactions.run_pending()

    assert holds(home, "rea", "system_owner")
    ends = AccessGrant.objects.get(record_id=Record.objects.get(number=number).pk).until_at
    assert ends is not None
    assert ends <= until
