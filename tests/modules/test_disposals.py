"""Disposals: what nobody may end, and what is left of what two people ended."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel import acts, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record, Signature, Task, Version
from indelible.modules.retention import keeping
from tests.homes import TestHome, give
from tests.modules.events import WHY, head, refused, reported
from tests.modules.retaining import (
    YEARS,
    Later,
    asked,
    carried_out,
    closed,
    held,
    lot,
    proposed,
    ruled,
    said,
    texts,
    untouched,
)

pytestmark = pytest.mark.both


def test_disposal_is_off_as_shipped(home: TestHome, later: Later) -> None:
    number = closed(home)
    later(YEARS)

    rules = refused(home, "rob", "disposal.submit", proposed(home, number))
    assert {"disposal_is_switched_on", "each_has_a_retention_rule"} <= rules
    assert untouched(number)


def test_nothing_is_due_before_its_day(home: TestHome) -> None:
    ruled()
    number = closed(home)

    assert "retention_is_over" in refused(home, "rob", "disposal.submit", proposed(home, number))
    assert untouched(number)


def test_what_is_open_is_not_disposed_of(home: TestHome, later: Later) -> None:
    ruled()
    number = reported(home)
    later(YEARS)

    assert {"records_have_ended", "retention_is_over"} <= refused(home, "rob", "disposal.submit", proposed(home, number))


def test_what_no_rule_ends_is_not_disposed_of(home: TestHome, later: Later) -> None:
    ruled()
    later(YEARS)
    company = Record.objects.get(type="company").number

    assert "each_has_a_retention_rule" in refused(home, "rob", "disposal.submit", proposed(home, company))


def test_validation_and_access_outlive_what_they_support(home: TestHome, later: Later) -> None:
    ruled(system={"label": "System", "starts": "lifted", "years": 1})
    number = held(home, closed(home))
    home.sign("quy", "legal_hold.lift", number, reason=WHY)
    later(YEARS)

    assert "supports" in said(number).because
    assert "retention_is_over" in refused(home, "rob", "disposal.submit", proposed(home, number))


def test_what_a_kept_record_names_is_kept(home: TestHome, later: Later) -> None:
    ruled()
    first = closed(home)
    second = closed(home)
    later(YEARS)
    capa = home.act("ann", "capa.create", fields={"title": "It rests on it", "sources": [first]}).number

    rules = refused(home, "rob", "disposal.submit", proposed(home, first))
    assert rules >= {"nothing_kept_rests_on_them"}
    assert untouched(first)
    assert first not in [record.number for record, _ in keeping.list_due(keeping.look())]
    assert second in [record.number for record, _ in keeping.list_due(keeping.look())]
    assert keeping.named_by(head(first), [], keeping.look()) == [capa]


def test_disposal_under_hold_is_refused_to_everybody(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)
    hold = held(home, number)

    for who in ("qua", "exe"):
        with pytest.raises(Refused) as caught:
            home.sign(who, "disposal.authorise", disposal)
        assert "no_legal_hold_covers_them" in {one.rule for one in caught.value.missing} | {caught.value.rule}
        assert any(hold in one.text for one in caught.value.missing)
    assert untouched(number)


def test_a_hold_between_the_two_signatures_stops_the_second(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)
    home.sign("qua", "disposal.authorise", disposal)
    held(home, types="deviation")

    assert "no_legal_hold_covers_them" in refused(home, "exe", "disposal.authorise", disposal)
    assert untouched(number)
    assert head(disposal).state == "to_authorise"


def test_one_person_disposes_of_nothing(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)
    home.sign("qua", "disposal.authorise", disposal)

    assert head(disposal).state == "to_authorise"
    assert untouched(number)
    refused(home, "qua", "disposal.authorise", disposal)  # not a second time
    refused(home, "quy", "disposal.authorise", disposal)  # nor two of Quality
    assert untouched(number)


def test_who_holds_both_roles_is_one_person_all_the_same(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)
    give(home, "qua", ["executive"])
    home.sign("qua", "disposal.authorise", disposal)

    assert "signers_of_a_step_are_distinct" in refused(home, "qua", "disposal.authorise", disposal)
    assert untouched(number)


def test_who_proposed_it_does_not_authorise_it(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    give(home, "rob", ["qa_approver"])
    disposal = asked(home, number)

    assert "approver_is_not_author" in refused(home, "rob", "disposal.authorise", disposal)


@pytest.mark.parametrize("who", ["ann", "rob", "hed", "sys", "adm", "gue", "rea"])
def test_nobody_else_authorises(home: TestHome, later: Later, who: str) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)

    with pytest.raises((Refused, LookupError, Exception)) as caught:
        home.sign(who, "disposal.authorise", disposal)
    assert not isinstance(caught.value, AssertionError)
    assert untouched(number)


def test_nobody_types_the_list(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = proposed(home, number)

    typed: tuple[dict[str, Any], ...] = ({"lines": []}, {"count": "0"}, {"due_on": "2020-01-01"})
    for fields in typed:
        with pytest.raises(Refused) as caught:
            home.act("rob", "disposal.edit", disposal, fields=fields)
        assert caught.value.rule == "list_is_the_systems"


def test_a_list_of_nothing_is_not_submitted(home: TestHome) -> None:
    ruled()

    assert "list_is_as_it_stands" in refused(home, "rob", "disposal.submit", proposed(home))


def test_a_list_that_was_overtaken_is_not_signed(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    disposal = asked(home, number)
    home.act("rob", "deviation.comment", number, text="Something came to light")

    assert "list_is_as_it_stands" in refused(home, "qua", "disposal.authorise", disposal)
    assert untouched(number)


@pytest.mark.parametrize("who", ["sys", "qua", "exe", "rob"])
def test_nobody_disposes_without_a_disposal(home: TestHome, later: Later, who: str) -> None:
    ruled()
    number = closed(home)
    later(YEARS)

    with pytest.raises(Refused) as caught:
        home.act(who, "deviation.dispose_of", number)
    assert caught.value.rule in ("authority", "not_visible")
    assert untouched(number)


def test_not_even_the_system_disposes_without_two_signatures(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    asked(home, number)

    with pytest.raises(Refused) as caught:
        acts.run(SYSTEM, "deviation.dispose_of", head(number).pk)
    assert caught.value.rule == "disposal_is_authorised"
    assert untouched(number)


def test_two_people_dispose_of_it_and_a_tombstone_is_left(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    versions = list(Version.objects.filter(record_id=head(number).pk).order_by("number").values_list("sha256", flat=True))
    signed = Signature.objects.filter(record_id=head(number).pk).count()
    title, leaf = head(number).title, bytes(head(number).leaf).hex()
    later(YEARS)
    disposal = carried_out(home, number)

    assert set(texts(number)) == {""}
    assert head(number).content == {}
    now = Version.objects.filter(record_id=head(number).pk).order_by("number").values_list("sha256", flat=True)
    assert list(now) == versions
    assert Signature.objects.filter(record_id=head(number).pk).count() == signed
    assert (head(number).state, head(number).title, head(number).marks) == ("closed", title, {"disposed": disposal})
    [row] = records.values(head(disposal))["lines"]
    assert (row["number"], row["title"], row["leaf"], row["ended"]) == (number, title, leaf, str(row["ended"]))
    told = canonical.decode(Event.objects.filter(record_id=head(number).pk).latest("position").payload)
    assert (told["event"], told["note"]["disposal"]) == ("deviation.disposed_of", disposal)
    assert told["note"]["authorised"] == ["Qua Quality", "Exe Cutive"]
    assert not Task.objects.filter(record_id=head(number).pk).exists()


def test_titles_can_be_withheld_as_well(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    title = head(number).title
    later(YEARS)
    disposal = carried_out(home, number, titles="withheld")

    assert head(number).title == "(content withheld)"
    assert title not in str(records.values(head(disposal)))


def test_what_is_due_is_listed_by_the_system(home: TestHome, later: Later) -> None:
    ruled()
    done, open_, tank = closed(home), reported(home), lot(home)
    later(YEARS)
    young = closed(home)
    disposal = proposed(home)

    listed = {one["number"] for one in records.values(head(disposal))["records"]}
    assert listed == {done, tank}
    assert not {open_, young} & listed
    assert records.values(head(disposal))["count"] == "2"


def test_all_of_a_list_goes_or_nothing(home: TestHome, later: Later) -> None:
    ruled()
    first, second = closed(home), closed(home)
    later(YEARS)
    disposal = asked(home, first, second)
    held(home, second)

    refused(home, "qua", "disposal.authorise", disposal)
    assert untouched(first)
    assert untouched(second)


@pytest.mark.parametrize(("who", "verb", "given"), [
    ("qua", "reopen", {"reason": WHY}), ("rob", "comment", {"text": "Why?"}), ("rob", "link", {"to": "DEP-01"}),
])  # fmt: skip
def test_nothing_follows_a_disposal(home: TestHome, later: Later, who: str, verb: str, given: dict[str, Any]) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    carried_out(home, number)

    with pytest.raises(Refused) as caught:
        (home.sign if verb == "reopen" else home.act)(who, f"deviation.{verb}", number, **given)
    assert caught.value.rule == "nothing_follows_a_disposal"


def test_what_was_disposed_of_is_not_disposed_of_again(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    carried_out(home, number)

    assert keeping.list_due(keeping.look()) == []
    assert "list_is_as_it_stands" in refused(home, "rob", "disposal.submit", proposed(home, number))
