"""Records that are begun from others: offered to whoever may, filled in with what is known, linked back; forms ask by phase."""

from __future__ import annotations

import re

import pytest

from indelible.kernel import records
from indelible.kernel.models import Record
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller, fresh
from tests.homes import TestHome
from tests.modules.events import CAUSE, WHY, approved, change, day, due, head, impact, in_review, investigated, planned


def names(page: str) -> set[str]:
    """Give the names of all that a form asks for, rows of tables by their table."""
    return {name.partition(".")[0] for name in re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page)}


def test_a_report_asks_for_the_intake_alone_and_begins_with_who_fills_it_in(home: TestHome) -> None:
    page = text(sign_in("rea").get("/records/deviation/new"))

    assert {
        "title",
        "what_happened",
        "occurred_at",
        "discovered_at",
        "place",
        "immediate_action",
        "product_or_lot",
        "reporter",
    } <= names(page)
    assert not {"class", "owner", "whys", "capa_needed", "extend_to"} & names(page)
    assert re.search(rf'value="{home.person("rea")}"[^>]*selected', page)


def test_a_form_asks_for_what_is_due_and_not_for_what_is_signed(home: TestHome) -> None:
    number = investigated(home)
    page = text(sign_in("ann").get(f"/r/{number}/edit"))

    assert {"product_impact", "whys", "fishbone", "cause_code"} <= names(page)
    assert not {"title", "class", "owner", "trail_exceptions"} & names(page)


def test_saving_a_part_leaves_the_rest_as_it_was(home: TestHome) -> None:
    number = investigated(home)
    home.act("ann", "deviation.edit", number, fields=impact() | CAUSE)
    before = records.values(head(number))
    answer = sign_in("ann").post(f"/r/{number}/edit", {"seen": head(number).position, "key": "one", "cause": "A loose plug",
                                 "whys.0.why": "Why was it loose?", "method": "five whys", "product_impact": "no"})  # fmt: skip
    after = records.values(head(number))

    assert answer.status_code == 302
    assert (after["cause"], after["whys"][0]["why"]) == ("A loose plug", "Why was it loose?")
    assert {name for name in before if before[name] != after[name]} <= {
        "cause", "whys", "look_back", "cause_code", "patient_impact", "data_impact", "product_reason", "patient_reason", "data_reason",
        "extent", "capa_needed", "capa_reason", "outside_notification",
    }  # fmt: skip


@pytest.mark.parametrize(("who", "offered"), [("ann", True), ("hed", True), ("gue", False), ("rea", False)])
def test_what_can_be_begun_is_offered_to_whoever_may_begin_it(home: TestHome, who: str, offered: bool) -> None:
    number = in_review(home)
    home.sign("qua", "deviation.close", number)
    page = text(sign_in(who).get(f"/r/{number}"))

    assert (f"/records/capa/new?from={number}" in page) is offered


def test_one_step_begins_a_capa_with_what_the_deviation_knows(home: TestHome) -> None:
    number, client = in_review(home), sign_in("ann")
    page = text(client.get(f"/records/capa/new?from={number}"))
    assert "The alarm was forwarded to nobody" in page
    assert f"Begun from {number}." in page

    typed = dict(re.findall(r'<(?:input|textarea)[^>]* name="(title|sources|problem|cause)"[^>]*?value="([^"]*)"', page))
    answer = client.post(
        "/records/capa/new", {"key": "one", "title": typed["title"], "sources": typed["sources"], "problem": "Unseen"}
    )
    made = Record.objects.get(type="capa")
    assert answer.status_code == 302
    assert (made.state, records.values(made)["sources"]) == ("draft", [{"number": number}])


def test_nobody_learns_by_beginning_from_what_they_may_not_see(home: TestHome) -> None:
    number = home.act("ann", "deviation.create", fields={"title": "Not yet reported", "reporter": "ann"}).number
    answer = sign_in("bea").get(f"/records/capa/new?from={number}")

    assert answer.status_code == 404
    assert "Not yet reported" not in text(answer)


def test_a_change_leads_to_the_revision_of_its_documents(home: TestHome) -> None:
    document = home.until(home.draft(), "effective")
    number = approved(home, change(home, documents=[document[:-3]]))
    client = sign_in("ann")
    address = f"/r/{document}/act/revise?from={number}"
    assert address in text(client.get(f"/r/{number}"))

    dialog = text(client.get(address))
    assert f'name="from" value="{number}"' in dialog
    client.post(f"/r/{document}/act/revise", {"from": number, "key": "one", "seen": head(document).position})
    revision = Record.objects.get(number=f"{document[:-3]}.02")
    values = records.values(revision)
    assert (values["change_record"], values["summary_of_changes"]) == ([{"number": number}], "Two telephones")


def test_the_first_date_and_the_count_are_shown_in_the_zone_of_the_company(home: TestHome) -> None:
    number, _ = planned(home)
    first = due(number)
    home.act("ann", "capa.edit", number, fields={"extend_to": day(80), "interim_state": "The part is late"})
    home.sign("qua", "capa.grant_extension", number, reason=WHY)
    page = re.sub(r"<[^>]+>", "", text(sign_in("ann").get(f"/r/{number}")))

    assert "Extended once." in page
    assert f"It was first due {first}." in page


def test_a_program_begins_a_record_from_another_one(home: TestHome) -> None:
    number, program = in_review(home), caller(home, "ann")
    answer = program.post(
        "/records/capa", {"fields": {"title": "Alarms reach somebody"}, "begun_from": number}, Idempotency_Key=fresh()
    )
    made = records.values(Record.objects.get(type="capa"))

    assert answer.status_code == 201
    assert (made["title"], made["sources"], made["cause"]) == ("Alarms reach somebody", [{"number": number}], CAUSE["cause"])
    hidden = program.post("/records/capa", {"fields": {}, "begun_from": "DEV-999"}, Idempotency_Key=fresh())
    assert hidden.status_code == 404
