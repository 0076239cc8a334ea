"""Duplicates, moved records and addenda as people and programs meet them: offered, filled in, noted, listed, and hidden."""

from __future__ import annotations

import re
from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.models import Record
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller, fresh
from tests.homes import TestHome
from tests.modules.events import WHY, head, investigated, judged, reported
from tests.modules.reports import complaint, incident
from tests.modules.test_addenda import ADDED, added, closed
from tests.modules.test_correcting import as_incident, doubled


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize(("who", "offered"), [("rob", True), ("qua", True), ("ann", False), ("exe", False), ("gue", False)])
def test_the_page_of_a_report_offers_to_continue_it_to_quality_alone(home: TestHome, who: str, offered: bool) -> None:
    number = judged(home)
    page = text(sign_in(who).get(f"/r/{number}"))

    assert (f"/records/incident/new?from={number}&amp;continuing=1" in page) is offered


def test_it_is_not_offered_for_what_is_investigated_or_has_ended(home: TestHome) -> None:
    late = investigated(home)
    void = incident(home)
    home.sign("qua", "incident.void", void, reason=WHY)
    for number in (late, void):
        assert "continuing=1" not in text(sign_in("rob").get(f"/r/{number}"))


def test_quality_moves_a_report_from_page_to_page(home: TestHome) -> None:
    number, client = reported(home), sign_in("rob")
    page = text(client.get(f"/records/incident/new?from={number}&continuing=1"))
    assert "Freezer alarm not acknowledged" in page
    assert f"Continues {number}." in words(page)
    typed = dict(
        re.findall(r'<input[^>]* name="(title|occurred_at|detected_at|continues|reporter)"[^>]*?value="([^"]*)"', page)
    )
    assert typed["continues"] == number
    given = typed | {
        "key": "one",
        "what": "The alarm rang",
        "kind": "availability",
        "system": "LN2",
        "source": "person",
        "reason": WHY,
    }
    answer = client.post("/records/incident/new", given)
    assert answer.status_code == 302, words(text(answer))
    other = Record.objects.get(type="incident")
    assert records.values(other)["continues"] == [{"number": number}]

    assert 'name="moved_to"' in text(client.get(f"/r/{number}/edit"))
    home.act("rob", "deviation.edit", number, fields={"moved_to": [other.number]})
    home.sign("qua", "deviation.retype", number, reason=WHY)
    assert f"This record was moved to {other.number}." in words(text(client.get(f"/r/{number}")))
    assert f"Continues {number}." in words(text(client.get(f"/r/{other.number}")))


def test_who_reports_is_not_asked_how_it_is_judged_and_who_edits_not_what_it_continues(home: TestHome) -> None:
    for kind, number in (("incident", incident(home)), ("complaint", complaint(home))):
        blank = text(sign_in("rea").get(f"/records/{kind}/new"))
        edit = text(sign_in("rob").get(f"/r/{number}/edit"))
        assert 'name="duplicate_of"' not in blank
        assert 'name="moved_to"' not in blank
        assert 'name="told_by"' in blank
        assert 'name="continues"' not in edit
        assert 'name="duplicate_of"' in edit


def test_the_list_and_the_pages_of_both_say_what_is_a_duplicate_of_what(home: TestHome) -> None:
    first = judged(home)
    second = doubled(home, first)
    home.sign("qua", "deviation.merge", second, reason=WHY)
    client = sign_in("rob")

    assert f"Duplicate: {first}" in words(text(client.get("/records/deviation")))
    page = text(client.get(f"/r/{second}"))
    assert "This record is duplicate" not in words(page)
    assert f"This record is a duplicate of {first}." in words(page)
    assert f'href="/r/{first}"' in page
    assert f'href="/r/{second}"' in text(client.get(f"/r/{first}"))


def test_a_page_leads_to_nothing_that_its_reader_may_not_see(home: TestHome) -> None:
    first = reported(home, who="ann")
    second = doubled(home, first)
    home.sign("qua", "deviation.merge", second, reason=WHY)
    page = text(sign_in("rea").get(f"/r/{second}"))

    assert f"This record is a duplicate of {first}." in words(page)
    assert f'href="/r/{first}"' not in page
    assert sign_in("rea").get(f"/r/{first}").status_code == 404


def test_the_page_of_a_closed_record_says_that_it_was_added_to_and_leads_there(home: TestHome) -> None:
    number = closed(home)
    made = added(home, number)
    page = text(sign_in("sys").get(f"/r/{number}"))

    assert f": {made}." in words(page)
    assert "What was signed before stands as it was." in words(page)
    assert f'href="/r/{made}"' in page


def test_who_may_not_open_an_addendum_learns_that_there_is_one_and_not_a_word_of_it(home: TestHome) -> None:
    number = closed(home)
    made = added(home, number)
    client = sign_in("rea")  # the reporter, who holds no role
    page = text(client.get(f"/r/{number}"))

    assert f": {made}. You may not open it: ask Quality." in words(page)
    assert "Report of the laboratory" not in page
    assert client.get(f"/r/{made}").status_code == 404
    for address in (f"/r/{made}/pdf", "/search?q=laboratory", "/records/addendum", f"/r/{number}/timeline"):
        assert ADDED not in text(client.get(address))
        assert "Report of the laboratory" not in text(client.get(address))


def test_a_draft_addendum_is_not_noted_anywhere(home: TestHome) -> None:
    number = closed(home)
    home.act("ann", "addendum.create", fields={"title": "Report of the laboratory", "belongs_to": [number]})
    for who in ("sys", "rea"):
        assert f"{number}-A01" not in text(sign_in(who).get(f"/r/{number}"))


def test_a_program_reads_and_begins_them_and_signs_none(home: TestHome) -> None:
    number, program = closed(home), caller(home, "ann")
    given: dict[str, Any] = {"title": "Report", "added": ADDED, "because": "It came late", "changes_conclusion": False}
    answer = program.post("/records/addendum", {"fields": given, "begun_from": number}, Idempotency_Key=fresh())
    assert answer.status_code == 201
    made = Record.objects.get(type="addendum")
    assert (made.number, made.owner_id) == (f"{number}-A01", home.person("ann"))

    again = program.post("/records/addendum", {"fields": given, "begun_from": reported(home)}, Idempotency_Key=fresh())
    signed = program.post(
        f"/records/addendum/{made.number}/acts/submit", {}, Idempotency_Key=fresh(), If_Match=f'"{made.position}"'
    )
    assert again.status_code in (404, 409, 422)
    assert signed.status_code in (403, 422)
    assert head(made.number).state == "draft"


def test_a_program_does_not_merge_what_its_person_could(home: TestHome) -> None:
    number = doubled(home, judged(home))
    program = caller(home, "qua")
    answer = program.post(
        f"/records/deviation/{number}/acts/merge",
        {"reason": WHY},
        Idempotency_Key=fresh(),
        If_Match=f'"{head(number).position}"',
    )
    assert answer.status_code == 403, answer.content
    assert head(number).state == "triage"


def test_an_incident_that_goes_on_says_so_until_it_has_ended(home: TestHome) -> None:
    number = reported(home)
    other = as_incident(home, number)
    assert "its clock counts from the discovery" in words(text(sign_in("rob").get(f"/r/{other}")))
