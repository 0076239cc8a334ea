"""Retention, legal holds and disposal: what is due, what nobody may end, and what is left of what two people ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from indelible.assurance.verify import verify
from indelible.infra import canonical, clock
from indelible.kernel import acts, config, reactions, records, timers, work
from indelible.kernel.configuration import RetentionClass
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Baseline, Event, Record, Restriction, Signature, Task, Version
from indelible.modules.retention import holding, keeping
from indelible.practice import panels
from tests.faces.browsing import sign_in
from tests.homes import TestHome, give
from tests.modules.events import WHY, day, head, in_review, refused, reported

pytestmark = pytest.mark.both
Later = Callable[[timedelta], None]
YEARS = timedelta(days=3 * 366)
CLASSES: dict[str, dict[str, Any]] = {
    "quality_event": {"label": "Quality event", "starts": "closed or void", "years": 2},
    "lot": {"label": "Lot", "starts": "expires_on", "years": 1},
}
HOLD = {"matter": "Questions of the authority", "why": "They may ask for it", "asked_by": "FDA, letter of 3 May"}
PROPOSAL = {
    "title": "What ended",
    "why": "The rules that Quality signed",
    "originals": "There is no paper",
    "titles": "kept",
}


def ruled(types: dict[str, str] | None = None, **classes: dict[str, Any]) -> None:
    """Let retention say years from now on, as the next baseline; `types` gives types another class."""
    now = config.current()
    kept = now.retention | {name: RetentionClass(**said) for name, said in (classes or CLASSES).items()}
    given = {"lot": "lot"} if types is None else types
    declared = now.types | {name: now.types[name].model_copy(update={"retention": to}) for name, to in given.items()}
    text = canonical.encode(now.model_copy(update={"retention": kept, "types": declared}).model_dump(mode="json"))
    Baseline.objects.create(number=Baseline.objects.count() + 1, content=text, sha256=canonical.sha256(text), at=clock.now())
    acts.run(SYSTEM, "site.create", fields={"name": "Made under it"})  # which names the baseline


def closed(home: TestHome, **fields: Any) -> str:
    """Bring a deviation to its end."""
    number = in_review(home, **fields)
    home.sign("qua", "deviation.close", number)
    assert head(number).state == "closed"
    return number


def lot(home: TestHome, expires: str = "2020-03-31", name: str = "L-1") -> str:
    """Enter a lot, which expires at once when its day is behind."""
    product = home.act("rob", "product.create", fields={"name": f"Product of {name}"}).number
    fields = {"lot_number": name, "product": [product], "expires_on": expires}
    number = home.act("rob", "lot.create", fields=fields).number
    timers.run_due()
    return number


def proposed(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Propose a disposal, and let the system list what it holds."""
    number = home.act("rob", "disposal.create", fields={**PROPOSAL, "records": list(numbers), **fields}).number
    reactions.run_pending()
    return number


def asked(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Propose a disposal and ask for its authorisation."""
    number = proposed(home, *numbers, **fields)
    home.sign("rob", "disposal.submit", number)
    return number


def carried_out(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Dispose of records by the signatures of Quality and management."""
    number = asked(home, *numbers, **fields)
    for who in ("qua", "exe"):
        home.sign(who, "disposal.authorise", number)
    assert head(number).state == "carried_out"
    return number


def held(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Place a legal hold."""
    number = home.act("rob", "legal_hold.create", fields={**HOLD, "records": list(numbers), **fields}).number
    home.sign("qua", "legal_hold.place", number)
    return number


def said(number: str) -> keeping.Kept:
    return keeping.of(head(number), keeping.look())


def texts(number: str) -> list[str]:
    return [one.content for one in Version.objects.filter(record_id=head(number).pk).order_by("number")]


def untouched(number: str) -> bool:
    return all(texts(number)) and not Restriction.objects.exists() and "disposed" not in head(number).marks


# --- until when ---------------------------------------------------------------------------------------------------------


def test_without_years_everything_is_kept_and_shown_as_a_gap(home: TestHome) -> None:
    kept = said(closed(home))

    assert kept.gap
    assert kept.ends is None
    assert "no years" in kept.because
    assert not keeping.is_switched_on()
    assert keeping.list_due(keeping.look()) == []


def test_the_clock_begins_with_the_event(home: TestHome) -> None:
    ruled()
    open_, done = reported(home), closed(home)

    assert said(open_).ends is None
    assert "has not happened" in said(open_).because
    assert not said(open_).gap
    began = date.fromisoformat(day(0))
    assert (said(done).began, said(done).ends) == (began, began.replace(year=began.year + 2))


@pytest.mark.parametrize("starts", ["never", "the end of the world", "shipped"])
def test_a_start_that_nobody_knows_ends_nothing(home: TestHome, later: Later, starts: str) -> None:
    ruled(quality_event={"label": "Q", "starts": starts, "years": 1})
    number = closed(home)
    later(YEARS)

    assert said(number).gap
    assert said(number).ends is None
    assert keeping.list_due(keeping.look()) == []


def test_what_was_opened_again_begins_anew(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    assert said(number).is_over(keeping.today())
    home.sign("qua", "deviation.reopen", number, reason=WHY)

    assert said(number).ends is None
    assert not said(number).ended


def test_the_longest_of_the_linked_lots_rules(home: TestHome) -> None:
    ruled()
    number = closed(home)
    far, near = lot(home, day(4000), "L-far"), lot(home, day(10), "L-near")
    for one in (far, near):
        home.act("rob", "deviation.link", number, to=one)

    assert said(number).by == far
    assert said(number).ends == work.later(date.fromisoformat(day(4000)), 12)


def test_a_linked_product_without_a_rule_keeps_what_names_it(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    product = home.act("rob", "product.create", fields={"name": "Cells"}).number
    home.act("rob", "deviation.link", number, to=product)
    later(YEARS)

    assert said(number).gap
    assert product in said(number).because
    assert not said(number).is_over(keeping.today())


def test_people_access_and_system_are_kept_as_long_as_anything_rests_on_them(home: TestHome, later: Later) -> None:
    ruled(
        identity={"label": "People", "starts": "disabled or ended", "years": 1},
        system={"label": "S", "starts": "closed", "years": 1},
    )
    person = home.person("bea")
    home.act("adm", "person.deactivate", Record.objects.get(pk=person).number, reason=WHY)
    later(YEARS)

    assert "supports" in said(Record.objects.get(pk=person).number).because
    assert keeping.list_due(keeping.look()) == []


def test_a_day_too_early_is_too_early(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    last = said(number).ends
    assert last is not None
    later(timedelta(days=(last - keeping.today()).days))
    assert not said(number).is_over(keeping.today())
    later(timedelta(days=1))
    assert said(number).is_over(keeping.today())


# --- refused ------------------------------------------------------------------------------------------------------------


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
    assert keeping.named_by(head(first), []) == [capa]


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


# --- holds --------------------------------------------------------------------------------------------------------------


def test_a_hold_that_covers_nothing_is_not_placed(home: TestHome) -> None:
    number = home.act("rob", "legal_hold.create", fields=HOLD).number

    assert "hold_says_what_it_covers" in refused(home, "qua", "legal_hold.place", number)


@pytest.mark.parametrize("fields", [{"types": "deviations"}, {"made_from": "2026-02-01", "made_until": "2026-01-01"}])
def test_a_hold_on_what_does_not_exist_is_refused(home: TestHome, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        home.act("rob", "legal_hold.create", fields={**HOLD, **fields})
    assert caught.value.rule == "hold_knows_its_types"


@pytest.mark.parametrize("who", ["ann", "rob", "sys", "adm", "exe", "rea"])
def test_only_quality_lifts_a_hold(home: TestHome, who: str) -> None:
    number = held(home, closed(home))

    with pytest.raises((Refused, Exception)) as caught:
        home.sign(who, "legal_hold.lift", number, reason=WHY)
    assert not isinstance(caught.value, AssertionError)
    assert head(number).state == "in_force"


def test_who_placed_a_hold_does_not_lift_it(home: TestHome) -> None:
    number = held(home, closed(home))

    assert "hold_is_lifted_by_another" in refused(home, "qua", "legal_hold.lift", number)
    home.sign("quy", "legal_hold.lift", number, reason=WHY)
    assert head(number).state == "lifted"
    assert holding.in_force() == []


def test_a_hold_is_lifted_with_a_reason(home: TestHome) -> None:
    number = held(home, closed(home))

    with pytest.raises(Refused) as caught:
        home.sign("quy", "legal_hold.lift", number)
    assert caught.value.rule == "reason_given"


def test_a_hold_covers_what_names_what_it_names(home: TestHome) -> None:
    ruled()
    number, other, tank = closed(home), closed(home), lot(home, day(10))
    home.act("rob", "deviation.link", number, to=tank)
    hold = held(home, tank)

    assert said(number).holds == said(tank).holds == (hold,)
    assert said(other).holds == ()


@pytest.mark.parametrize(("fields", "covered"), [
    ({"types": "deviation"}, True), ({"types": "capa"}, False), ({"made_until": "2020-01-01"}, False),
    ({"made_from": "2020-01-01"}, True), ({"types": "capa, deviation", "made_from": "2020-01-01"}, True),
    ({"types": "capa", "made_from": "2020-01-01"}, False),
])  # fmt: skip
def test_a_hold_covers_types_and_days(home: TestHome, fields: dict[str, Any], covered: bool) -> None:
    number = closed(home)
    held(home, **fields)

    assert bool(said(number).holds) is covered


def test_under_a_hold_no_content_is_withheld(home: TestHome) -> None:
    draft = home.draft()
    home.act("ann", "document.edit", draft, fields={"text": "## 1 Other"})
    held(home, draft)

    with pytest.raises(Refused) as caught:
        home.sign("qua", "document.restrict", draft, reason=WHY)
    assert caught.value.rule == "no_legal_hold_covers_them"
    assert not Restriction.objects.exists()


# --- done ---------------------------------------------------------------------------------------------------------------


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


# --- as it is read ------------------------------------------------------------------------------------------------------


def test_the_panel_lists_what_is_due_held_and_without_a_rule(home: TestHome, later: Later) -> None:
    ruled()
    due, other = closed(home), closed(home)
    later(YEARS)
    hold = held(home, other)

    _, _, sheet = panels.sheet(home.view("qua"), "retention")
    shown = {table.title: [row[0].text for row in table.rows] for table in sheet.tables}
    assert shown["Due for disposal"] == [due]
    assert shown["Legal holds in force"] == [hold]
    assert "Product" in shown["Without a rule"]
    assert "Deviation" not in shown["Without a rule"]
    assert shown["Disposed of"] == []


def test_who_may_not_see_a_record_does_not_find_it_on_the_panel(home: TestHome, later: Later) -> None:
    ruled()
    due = closed(home)
    later(YEARS)
    hold = held(home, closed(home))

    _, _, sheet = panels.sheet(home.view("adm"), "retention")
    assert not {due, hold} & {cell.text for table in sheet.tables for row in table.rows for cell in row}


def test_a_records_page_says_until_when_and_what_remains(home: TestHome, later: Later) -> None:
    ruled()
    number, hold = closed(home), ""
    hold = held(home, number)
    _, _, sheet = panels.sheet(home.view("qua"), "retention-of", of=number)
    [row] = sheet.tables[0].rows
    assert [row[0].text, row[2].text, row[3].text] == ["Quality event", str(said(number).ends), hold]
    home.sign("quy", "legal_hold.lift", hold, reason=WHY)
    later(YEARS)
    disposal = carried_out(home, number)

    _, _, sheet = panels.sheet(home.view("qua"), "retention-of", of=number)
    words = {one[0].text: one[1].text for one in sheet.tables[0].rows}
    assert disposal in words["Disposed of"]
    assert words["Authorised by"] == "Qua Quality and Exe Cutive"


@pytest.mark.parametrize("where", ["", "/timeline", "/as-signed/1", "/pdf", "/links", "/panels/signatures"])
def test_pages_of_what_was_disposed_of_say_nothing_of_its_content(home: TestHome, later: Later, where: str) -> None:
    ruled()
    number = closed(home)
    secret = "LN2 tank 2"
    assert any(secret in one for one in texts(number))
    later(YEARS)
    carried_out(home, number)
    client = sign_in("qua")

    answer = client.get(f"/r/{number}{where}")
    assert answer.status_code in (200, 404)
    assert secret not in answer.content.decode("utf-8", "replace")
    assert where or "What remains of it" in answer.content.decode()
    assert client.get("/l/deviation").status_code in (200, 404)
    assert client.get("/panels/retention").status_code == 200


def test_what_was_disposed_of_is_counted_as_withheld_and_nothing_is_missing(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    carried_out(home, number)

    report = verify()
    assert not report.findings
    assert report.counts["restricted"] == head(number).version
