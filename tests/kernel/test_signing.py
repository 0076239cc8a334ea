"""Electronic signatures refused and given: whose presence, for what, when; which roles; what a signature counts for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory

from indelible.infra import canonical, clock
from indelible.kernel import acts, signatures, timers
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Event, Presence, Record, Refusal, Signature
from indelible.practice import queries
from tests import homes
from tests.homes import TestHome
from tests.properties import paper

LIFETIME = timedelta(minutes=2)


@pytest.fixture
def real(founding: TestHome) -> TestHome:
    """Give a real home, not simulated, with stage A released on paper: documents are signed with user id and password."""
    paper.release_stage_a(founding)
    return founding


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product."""
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


def shown(home: TestHome, user: str, act: str, number: str) -> str:
    """Give the hash of what a person would be shown now."""
    return queries.to_sign(home.view(user), Record.objects.get(number=number), act.partition(".")[2]).sha256


def proof(home: TestHome, user: str, act: str, number: str) -> UUID:
    """Prove presence for exactly what is shown now."""
    return home.presence(user, act, number, shown(home, user, act, number))


@contextmanager
def nothing_is_signed(rule: str) -> Iterator[None]:
    """Expect a refusal by a rule that leaves no signature, no event, and one note."""
    before = Signature.objects.count(), Event.objects.count(), Refusal.objects.count()
    with pytest.raises(Refused) as refused:
        yield
    assert refused.value.rule == rule
    assert (Signature.objects.count(), Event.objects.count(), Refusal.objects.count()) == (*before[:2], before[2] + 1)


def names(number: str) -> list[tuple[str, str]]:
    """Give who signed what, in order."""
    record = Record.objects.get(number=number)
    return [(s.printed_name, s.meaning) for s in Signature.objects.filter(record_id=record.id).order_by("position")]


# --- presence: whose, where, for what, when, how often -----------------------------------------------------------------


def test_the_presence_of_another_person_signs_nothing(home: TestHome) -> None:
    number = home.draft()
    theirs = signatures.simulate(home.person("bea"), "session-ann", shown(home, "ann", "document.submit", number))

    with nothing_is_signed("presence"):
        home.act("ann", "document.submit", number, presence=theirs)


def test_a_presence_of_another_session_signs_nothing(home: TestHome) -> None:
    number = home.draft()
    elsewhere = signatures.simulate(home.person("ann"), "session-left-open", shown(home, "ann", "document.submit", number))

    with nothing_is_signed("presence"):
        home.act("ann", "document.submit", number, presence=elsewhere)


def test_a_presence_for_another_record_or_another_meaning_signs_nothing(home: TestHome) -> None:
    number, other = home.until(home.draft(), "in_approval"), home.until(home.draft(), "in_approval")
    for_other, for_return = proof(home, "hed", "document.approve", other), proof(home, "hed", "document.return", number)

    for presence in (for_other, for_return):
        with nothing_is_signed("look_again"):
            home.act("hed", "document.approve", number, presence=presence)


def test_who_was_shown_the_record_before_a_remark_looks_again(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    before = proof(home, "hed", "document.approve", number)
    home.act("qua", "document.comment", number, text="Step 3 names a buffer that we no longer use")

    with pytest.raises(Conflict, match="Look again"):
        home.act("hed", "document.approve", number, presence=before)


@pytest.mark.parametrize(("waited", "signed"), [(LIFETIME - timedelta(seconds=5), True), (LIFETIME, False)])
def test_a_presence_lasts_two_minutes(home: TestHome, later: Callable[[timedelta], None], waited: timedelta,
                                      signed: bool) -> None:  # fmt: skip
    number = home.draft()
    presence = proof(home, "ann", "document.submit", number)
    later(waited)

    if signed:
        assert home.act("ann", "document.submit", number, presence=presence).state == "in_review"
        return
    with nothing_is_signed("presence"):
        home.act("ann", "document.submit", number, presence=presence)


def test_a_presence_is_used_up_by_its_signature(home: TestHome) -> None:
    number = home.draft()
    presence = proof(home, "ann", "document.submit", number)
    home.act("ann", "document.submit", number, presence=presence)
    home.sign("rob", "document.return", number, reason="Section 2 is missing")

    assert not Presence.objects.filter(pk=presence).exists()
    with nothing_is_signed("presence"):
        home.act("ann", "document.submit", number, presence=presence)


def test_a_refused_attempt_does_not_use_the_presence_up(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    presence = proof(home, "rob", "document.return", number)

    with nothing_is_signed("reason_given"):
        home.act("rob", "document.return", number, presence=presence)
    assert home.act("rob", "document.return", number, presence=presence, reason="Section 2 is missing").state == "draft"


def test_values_cannot_be_smuggled_in_with_a_signature(home: TestHome) -> None:
    number = home.draft()
    presence = proof(home, "ann", "document.submit", number)

    with pytest.raises(Invalid, match="nothing else"):
        home.act("ann", "document.submit", number, presence=presence, fields={"title": "Another title"})
    assert names(number) == []


# --- components: password, account, method -----------------------------------------------------------------------------


def test_a_simulated_presence_signs_nothing_in_a_real_home(real: TestHome) -> None:
    number = real.draft()
    simulated = signatures.simulate(real.person("ann"), "session-ann", shown(real, "ann", "document.submit", number))

    with nothing_is_signed("presence"):
        real.act("ann", "document.submit", number, presence=simulated)
    assert real.sign("ann", "document.submit", number).state == "in_review"


@pytest.mark.parametrize(("user_id", "password", "rule"), [
    ("ann", "not the password of ann", "signature_components"), ("nobody", homes.PASSWORD, "signature_components"),
    ("", "", "signature_components"), ("ann", "", "signature_components"), ("bea", homes.PASSWORD, "wrong_owner"),
])  # fmt: skip
def test_wrong_components_give_no_presence_and_are_noted_without_what_was_typed(
    real: TestHome, user_id: str, password: str, rule: str
) -> None:
    number = real.draft()
    statement = shown(real, "ann", "document.submit", number)
    request = RequestFactory().post("/")

    with nothing_is_signed(rule):
        signatures.present(request, real.people["ann"], act="document.submit", number=number, user_id=user_id,
                           password=password, statement=statement)  # fmt: skip

    noted = Refusal.objects.latest("id").payload
    assert Presence.objects.count() == 0
    assert number in noted
    assert not password or password not in noted


def test_an_account_that_was_deactivated_after_the_password_signs_nothing(real: TestHome) -> None:
    number = real.draft()
    presence = proof(real, "ann", "document.submit", number)
    real.act("adm", "person.deactivate", Record.objects.get(pk=real.person("ann")).number, reason="Left the company today")

    with nothing_is_signed("active_person"):
        acts.run(real.people["ann"], "document.submit", number, presence=presence)


def test_a_role_that_ended_after_the_password_signs_nothing(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    presence = proof(home, "hed", "document.approve", number)
    grant = AccessGrant.objects.get(person_id=home.person("hed"))
    acts.run(SYSTEM, "grant.end", grant.record_id, reason="Moved to another department")

    with pytest.raises(NotFound):
        home.act("hed", "document.approve", number, presence=presence)
    assert names(number)[-1] == ("Rob Reviewer", "reviewed")


# --- who never signs ---------------------------------------------------------------------------------------------------


def test_a_token_never_signs_whatever_it_brings_along(home: TestHome) -> None:
    number = home.draft()
    token = Context(home.person("ann"), "token", session="token-1", scopes=("*",))
    presences = [None, proof(home, "ann", "document.submit", number),
                 signatures.simulate(home.person("ann"), "token-1", shown(home, "ann", "document.submit", number))]  # fmt: skip

    for presence in presences:
        with nothing_is_signed("human_signature_required"):
            acts.run(token, "document.submit", number, presence=presence)


def test_a_token_does_not_count_a_signature_on_paper(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    page: dict[str, Any] = {**paper.page(home, Record.objects.get(number=number), "approve", "hed")}
    token = Context(home.person("doc"), "token", session="token-1", scopes=("*",))

    with nothing_is_signed("human_signature_required"):
        acts.run(token, "document.certify", number, **page)


@pytest.mark.parametrize("ctx", [SYSTEM, timers.TIMER, Context(None, "import"), Context(None, "command")])
def test_without_a_person_nothing_is_signed(home: TestHome, ctx: Context) -> None:
    number = home.draft()
    presence = proof(home, "ann", "document.submit", number)

    with nothing_is_signed("signer_authority"):
        acts.run(ctx, "document.submit", number, presence=presence)


def test_an_administrator_signs_nothing_even_where_a_record_names_them(home: TestHome) -> None:
    number = home.until(home.draft(reviewers=["adm"]), "in_review")

    with nothing_is_signed("signer_authority"):
        home.act("adm", "document.agree", number)


def test_a_named_reviewer_without_a_role_that_may_review_signs_nothing(home: TestHome) -> None:
    number = home.until(home.draft(reviewers=["rea"]), "in_review")

    with nothing_is_signed("signer_authority"):
        home.act("rea", "document.agree", number)


# --- which signatures a step needs -------------------------------------------------------------------------------------


def sample(home: TestHome) -> str:
    """Take a complaint sample by Ann, analysed by Bea, to its check: three signatures in sequence."""
    fields = {"name": "Buffer 7", "taken_at": clock.iso(clock.now()), "analyst": "bea", "kind": "complaint",
              "within_limits": True, "result": "5", "comment_on_result": "Clear"}  # fmt: skip
    number = home.act("ann", "sample.create", fields=fields).number
    home.act("rob", "sample.confirm", number, field="result")
    home.act("bea", "sample.test", number)
    home.sign("bea", "sample.finish", number)
    return number


def test_signatures_in_sequence_wait_for_their_turn(home: TestHome) -> None:
    number = sample(home)

    for early in ("qua", "exe"):
        with nothing_is_signed("signer_authority"):
            home.act(early, "sample.accept", number)
    states = [home.sign(user, "sample.accept", number).state for user in ("rob", "qua", "exe")]

    assert states == ["in_check", "in_check", "accepted"]
    assert [meaning for _, meaning in names(number)] == ["performed", "verified", "quality_approved", "approved"]


def test_one_person_with_two_roles_gives_one_of_the_signatures_of_a_step(home: TestHome) -> None:
    both = homes.hire(home, "two", "Two Roles", [("dept_approver", "Quality Control"), "qa_approver"])
    home.people["two"] = both
    number = home.until(home.draft(), "in_approval")
    assert home.sign("two", "document.approve", number).state == "in_approval"

    with pytest.raises(Refused) as refused:
        home.sign("two", "document.approve", number)
    assert {m.rule for m in refused.value.missing} == {"signers_of_a_step_are_distinct"}
    assert home.sign("qua", "document.approve", number).state == "approved"


def test_each_named_reviewer_gives_their_own_signature_and_nobody_gives_it_for_them(home: TestHome) -> None:
    number = home.until(home.draft(reviewers=["rob", "sys"]), "in_review")
    assert home.sign("rob", "document.agree", number).state == "in_review"

    for user in ("rob", "quy"):
        with nothing_is_signed("signer_authority"):
            home.act(user, "document.agree", number)
    assert home.sign("sys", "document.agree", number).state == "in_approval"


# --- what a signature counts for ---------------------------------------------------------------------------------------


def test_a_voided_signature_is_given_again_and_both_stay_readable(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})
    home.until(number, "in_approval")
    assert home.sign("qua", "document.approve", number).state == "in_approval"

    assert home.sign("hed", "document.approve", number).state == "approved"
    assert names(number).count(("Hed Head", "approved")) == 2


def test_a_signature_counts_for_its_round_only(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    home.sign("qua", "document.return", number, reason="The audience lacks the night shift")
    version = Record.objects.get(number=number).version
    home.until(number, "in_approval")

    assert Record.objects.get(number=number).version == version
    assert home.sign("qua", "document.approve", number).state == "in_approval"


def test_a_signature_counts_for_its_version_only_and_the_edit_names_it(home: TestHome) -> None:
    fields = {"person": "rea", "role": "qa_approver", "why": "Deputy of the quality approvers"}
    number = home.act("hed", "grant.create", fields=fields).number
    home.sign("exe", "grant.approve", number)
    done = home.act("hed", "grant.edit", number, fields={"why": "Deputy of the quality approvers from autumn on"})
    event = canonical.decode(Event.objects.get(record_id=done.record, position=done.position).payload)

    assert [(v["name"], v["meaning"]) for v in event["voided"]] == [("Exe Cutive", "approved")]
    assert home.sign("qua", "grant.approve", number).state == "requested"
    assert home.sign("exe", "grant.approve", number).state == "active"


def test_leaving_a_step_by_another_way_voids_what_was_signed_there_once(home: TestHome) -> None:
    fields = {"person": "rea", "role": "qa_approver", "why": "Deputy of the quality approvers"}
    number = home.act("hed", "grant.create", fields=fields).number
    home.sign("exe", "grant.approve", number)
    done = home.act("sys", "grant.refuse", number, reason="There are two deputies already")
    head = Record.objects.get(number=number)

    event = canonical.decode(Event.objects.get(record_id=done.record, position=done.position).payload)
    assert [v["name"] for v in event["voided"]] == ["Exe Cutive"]
    assert head.signed == {"done": [], "open": []}


def test_a_role_signs_on_its_last_day_and_not_on_the_next(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = home.until(home.draft(), "in_approval")
    until = clock.now() + timedelta(days=3)
    fields = {"person": "rea", "role": "qa_approver", "why": "Deputy this week", "until": until.date().isoformat()}
    home.complete("rea", "qa_approver")
    acts.run(SYSTEM, "grant.establish", acts.run(SYSTEM, "grant.create", fields=fields).record)

    later(timedelta(days=3) - timedelta(minutes=1))
    timers.run_due()
    assert home.sign("rea", "document.approve", number).state == "in_approval"

    later(timedelta(days=5))
    assert [done.state for done in timers.run_due()].count("ended") == 1
    with pytest.raises(NotFound):
        home.act("rea", "document.approve", number)
