"""Before the first signature: identity, statement, training and letter; who lacks one of them signs nothing, and is told which (11.100)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel import acts, signatures
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.errors import Conflict, Invalid, Refused
from indelible.kernel.models import Account, Event, Record, Signature
from indelible.practice import accounts, enrolment, factors, identity
from tests import homes
from tests.faces.test_web_factors import code
from tests.homes import PASSWORD, SEEN, TestHome
from tests.modules.events import head, refused
from tests.modules.trained import in_force, read

Later = Callable[[timedelta], None]
WHY = "The record says why this is right"


def newcomer(home: TestHome, user: str = "new") -> str:
    """Enter a person whose identity nobody has seen, and give the number."""
    fields = {
        "printed_name": "New Comer",
        "job_title": "Scientist",
        "user_id": user,
        "department": home.departments["Quality Control"],
    }
    outcome, link = accounts.invite(home.people["adm"], fields)
    assert link == ""
    home.people[user] = Context(outcome.record, "session", session=f"session-{user}")
    return outcome.number


def author(home: TestHome, user: str = "new") -> None:
    """Let a newcomer in who may write, whose identity was seen, and who has accepted nothing yet."""
    number = newcomer(home, user)
    identity.verify(home.people["rob"], number, SEEN)
    accounts.enrol(accounts.renew_link(home.people["adm"], number), PASSWORD)
    homes.give(home, user, ["author"])


def lacks(home: TestHome, user: str, act: str = "document.submit") -> set[str | None]:
    """Try to sign a draft of one's own, see that nothing was signed, and give what is said to lack."""
    number = home.draft(user)
    before = Signature.objects.count()
    told = refused(home, user, act, number)
    assert Signature.objects.count() == before
    return told - {"ready_to_sign"} if "ready_to_sign" in told else {f"not asked: {told}"}


def reset(home: TestHome, user: str, by: str = "adm") -> None:
    """Let an administrator trigger a reset, and its person use the link."""
    accounts.enrol(accounts.renew_link(home.people[by], person(home, user).number), PASSWORD)


def person(home: TestHome, user: str) -> Record:
    return Record.objects.get(pk=home.person(user))


def without_letter(home: TestHome) -> None:
    """Bring the home to where no letter counts: the one that was not needed is superseded."""
    acts.run(SYSTEM, "certification_letter.supersede", "LTR-001", reason="Taken away for this test")


# The identity


def test_no_link_is_given_before_somebody_else_has_seen_who_it_is(home: TestHome) -> None:
    number = newcomer(home)

    with pytest.raises(Refused) as caught:
        accounts.renew_link(home.people["adm"], number)
    assert [one.rule for one in caught.value.missing] == ["identity_is_verified"]

    identity.verify(home.people["doc"], number, SEEN)
    accounts.enrol(accounts.renew_link(home.people["adm"], number), PASSWORD)
    event = next(e for e in told(number) if e["event"] == "person.identity_verified")
    assert (event["by"]["name"], event["note"]) == ("Doc Control", SEEN)
    assert head(number).state == "active"


@pytest.mark.parametrize(
    "said",
    [
        {}, {**SEEN, "document": "a photograph"}, {**SEEN, "way": "by telephone"}, {**SEEN, "seen_on": "2999-01-01"},
        {**SEEN, "seen_on": "yesterday"}, {**SEEN, "number": "X1234567"}, {"document": "passport", "seen_on": "2020-01-02"},
    ],
)  # fmt: skip
def test_a_check_that_does_not_say_what_was_seen_is_none(home: TestHome, said: dict[str, str]) -> None:
    number = newcomer(home)

    with pytest.raises(Invalid):
        identity.verify(home.people["doc"], number, said)

    assert identity.IDENTITY not in head(number).marks


@pytest.mark.parametrize("who", ["ann", "rea", "gue", "exe", "sys"])
def test_who_has_no_such_right_verifies_nobody(home: TestHome, who: str) -> None:
    number = newcomer(home)

    with pytest.raises(Refused) as caught:
        identity.verify(home.people[who], number, SEEN)

    assert caught.value.rule == "authority"


@pytest.mark.parametrize("who", ["adm", "doc", "rob", "hed", "qua"])
def test_nobody_verifies_the_own_identity(home: TestHome, who: str) -> None:
    with pytest.raises(Refused) as caught:
        identity.verify(home.people[who], home.person(who), SEEN)

    assert [one.rule for one in caught.value.missing] == ["identity_is_checked_by_another"]


def test_neither_a_program_nor_the_system_verifies_anybody(home: TestHome) -> None:
    number = newcomer(home)
    token = Context(home.person("doc"), "token", session="t", scopes=("person.edit",))

    for ctx in (SYSTEM, token):
        with pytest.raises(Refused):
            identity.verify(ctx, number, SEEN)


def test_an_invitation_with_an_unusable_check_makes_nobody(home: TestHome) -> None:
    fields = {"printed_name": "New Comer", "job_title": "Scientist", "user_id": "new"}

    with pytest.raises(Invalid):
        accounts.invite(home.people["adm"], fields, identity={**SEEN, "way": "by telephone"})

    assert not Record.objects.filter(title="New Comer").exists()


# The statement


def test_who_has_not_accepted_the_statement_signs_nothing_and_is_told_the_way(home: TestHome) -> None:
    author(home)

    assert lacks(home, "new") == {"statement_is_accepted"}
    number = home.draft("new")
    with pytest.raises(Refused) as caught:
        home.sign("new", "document.submit", number)
    assert "Me, Signing" in caught.value.missing[0].text

    home.accept("new")
    assert home.sign("new", "document.submit", number).state == "in_review"


def test_what_is_accepted_stands_word_for_word_in_the_event(home: TestHome) -> None:
    words = home.view("ann").configuration.policies.signing_statement
    event = next(e for e in told(person(home, "ann").number) if e["event"] == "person.statement_accepted")

    assert event["note"]["statement"] == words
    assert event["note"]["statement_sha256"] == enrolment.sha256(words)
    assert event["note"]["enrolment"] is True
    assert "signature" not in event


def test_other_words_are_accepted_anew_before_the_next_signature(home: TestHome) -> None:
    homes.under(signing_statement="I answer for everything that is signed in my name, and for nothing else.")
    number = home.draft("ann")

    assert refused(home, "ann", "document.submit", number) == {"ready_to_sign", "statement_is_accepted"}
    home.accept("ann")
    home.sign("ann", "document.submit", number)


@pytest.mark.parametrize(
    "wrong", ["none", "of somebody else", "of another session", "for other words", "over", "the secret alone"]
)
def test_nothing_less_than_all_components_for_these_words_accepts_them(home: TestHome, wrong: str, later: Later) -> None:
    author(home)
    ctx, words = home.people["new"], home.view("new").configuration.policies.signing_statement
    shown = home.view("new").person
    assert shown is not None
    statement = signatures.statement_hash(enrolment.to_accept(shown, words))
    mine, others = home.person("new"), home.person("bea")
    given: dict[str, Callable[[], Any]] = {
        "none": lambda: None,
        "of somebody else": lambda: signatures.simulate(others, ctx.session, statement),
        "of another session": lambda: signatures.simulate(mine, "another", statement),
        "for other words": lambda: signatures.simulate(mine, ctx.session, "0" * 64),
        "over": lambda: signatures.simulate(mine, ctx.session, statement),
        "the secret alone": lambda: signatures._remember(mine, ctx.session, statement, "password", ["password"]),
    }
    presence = given[wrong]()
    if wrong == "over":
        later(signatures.LIFETIME + timedelta(seconds=1))

    with pytest.raises((Refused, Conflict)):
        acts.run(ctx, enrolment.ACT, home.person("new"), presence=presence)

    assert enrolment.STATEMENT not in person(home, "new").marks


def test_nobody_accepts_it_for_another(home: TestHome) -> None:
    author(home)

    for who in ("adm", "bea", "qua"):
        with pytest.raises(Refused):
            acts.run(home.people[who], enrolment.ACT, home.person("new"))


# What suspends


def _recovered(home: TestHome) -> None:
    secret = factors.begin_codes()
    factors.add_codes(home.people["ann"], secret, code(secret))
    assert factors.gave_code(home.person("ann"), factors.make_recovery(home.people["ann"])[0])


SUSPENSIONS: dict[str, Callable[[TestHome], None]] = {
    "a link set the password": lambda home: reset(home, "ann"),
    "factors were removed": lambda home: factors.reset(
        home.people["adm"], person(home, "ann").number, seen=None, reason=WHY
    ),
    "a recovery code": _recovered,
}


@pytest.mark.parametrize(("name", "happens"), SUSPENSIONS.items(), ids=SUSPENSIONS)
def test_a_credential_given_anew_suspends_signing_until_another_one_verifies(
    home: TestHome, name: str, happens: Callable[[TestHome], None]
) -> None:
    happens(home)

    assert lacks(home, "ann") == {"identity_is_verified"}
    with pytest.raises(Refused):
        identity.verify(home.people["ann"], home.person("ann"), SEEN)
    if name != "a recovery code":  # whoever gave the credential could be the one who uses it
        with pytest.raises(Refused) as caught:
            identity.verify(home.people["adm"], home.person("ann"), SEEN)
        assert [one.rule for one in caught.value.missing] == ["identity_is_checked_by_another"]
    assert lacks(home, "ann") == {"identity_is_verified"}

    identity.verify(home.people["rob"], home.person("ann"), SEEN)
    home.sign("ann", "document.submit", home.draft("ann"))


def test_the_own_change_of_a_password_suspends_nothing(home: TestHome) -> None:
    account = Account.objects.get(user_id="ann")
    accounts.change_password(home.people["ann"], account, PASSWORD, "seventeen quiet harbours")

    home.sign("ann", "document.submit", home.draft("ann"))


def test_two_resets_by_two_people_bar_both(home: TestHome) -> None:
    homes.hire(home, "ad2", "Second Administrator", ["sysadmin"])
    reset(home, "ann", "adm")
    reset(home, "ann", "ad2")

    for who in ("adm", "ad2"):
        with pytest.raises(Refused):
            identity.verify(home.people[who], home.person("ann"), SEEN)


def test_who_comes_back_is_the_same_person_and_is_verified_and_enrolled_anew(home: TestHome) -> None:
    number = person(home, "ann").number
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Has left the company")
    home.act("adm", "person.reactivate", number, reason="Has come back to us")

    with pytest.raises(Refused):
        accounts.renew_link(home.people["adm"], number)
    identity.verify(home.people["rob"], number, SEEN)
    accounts.enrol(accounts.renew_link(home.people["adm"], number), PASSWORD)
    homes.give(home, "ann", ["author"])
    assert lacks(home, "ann") == {"identity_is_verified", "statement_is_accepted"}


# Training on the procedure


def test_who_is_not_trained_on_the_procedure_in_force_signs_nothing_but_the_own_training(home: TestHome) -> None:
    number = in_force(home)
    homes.under(signing_procedure=number[:-3])

    assert lacks(home, "ann") == {"signer_is_trained_on_signing"}
    given = {"what": "Signing", "trainee": "ann", "document": [number], "kind": "read", "because": "revision", "due_on": "2099-01-01",
             "department": [home.departments["Quality Control"]]}  # fmt: skip
    training = home.act("rob", "training.create", fields=given).number
    draft = home.draft("ann")
    with pytest.raises(Refused) as caught:
        home.sign("ann", "document.submit", draft)
    assert f"Complete {training} yourself" in caught.value.missing[0].text

    read(home, "ann", head(training))
    home.sign("ann", "document.submit", draft)


def test_a_procedure_that_is_not_in_force_asks_for_nothing(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    homes.under(signing_procedure=number[:-3])

    home.sign("ann", "document.submit", home.draft("ann"))


def test_one_refusal_names_everything_that_lacks(home: TestHome) -> None:
    number = in_force(home)
    homes.under(signing_procedure=number[:-3], signing_statement="I answer for everything that is signed in my name.")
    without_letter(home)
    reset(home, "ann")

    assert lacks(home, "ann") == {
        "identity_is_verified", "statement_is_accepted", "signer_is_trained_on_signing", "letter_is_filed",
    }  # fmt: skip


def told(number: str) -> list[dict[str, Any]]:
    """Give the events of a record."""
    return [canonical.decode(e.payload) for e in Event.objects.filter(record_id=head(number).pk).order_by("position")]
