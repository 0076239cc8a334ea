"""The record page: who sees it, what it offers to whom, what it says of void, late, critical and voided things."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from indelible.faces.web import fields
from indelible.infra import clock
from indelible.kernel.models import Event, Record, Restriction
from indelible.kernel.parts import KINDS
from tests.faces.browsing import effective, sign_in, text
from tests.homes import TestHome

ROLES_IN_APPROVAL = {
    "ann": {"amend": True, "approve": False},
    "hed": {"approve": True, "return": True, "amend": False},
    "qua": {"approve": True, "void": True, "certify": True},
    "doc": {"certify": True, "approve": False},
    "rob": {"approve": False, "return": False},
}


def sample(home: TestHome, user: str = "ann", **given: Any) -> str:
    values = {"name": "Vial 7", "taken_at": clock.iso(clock.now()), "analyst": user, "kind": "routine", **given}
    return home.act(user, "sample.create", fields=values).number


def offered(page: str, number: str) -> set[str]:
    """Give the acts that a page lets the person begin: those with an address."""
    found = set(re.findall(rf'href="/r/{re.escape(number)}/(?:sign|act)/([a-z_]+)"', page))
    return found | {verb for verb in ("edit", "amend", "certify") if f'href="/r/{number}/{verb}"' in page}


def without(page: str, number: str) -> str:
    """Give a page without what names the record, the request and the session."""
    page = re.sub(
        r"\d{4}-\d\d-\d\dT[\d:.+-]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|value=\"[A-Za-z0-9]{64}\"|X-CSRFToken.*?\}|\d\d:\d\d",
        "",
        page,
    )
    return page.replace(number, "NUMBER")


def test_each_kind_of_field_has_a_cell_a_widget_and_a_reader() -> None:
    assert frozenset(KINDS) == fields.KINDS


def test_each_role_is_offered_what_it_may_do_and_told_why_not_otherwise(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    for user, expected in ROLES_IN_APPROVAL.items():
        acts = offered(text(sign_in(user).get(f"/r/{number}")), number)
        assert {verb: verb in acts for verb in expected} == expected, user


def test_a_denied_main_act_names_the_rule_and_who_could(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    page = text(sign_in("rob").get(f"/r/{number}"))

    assert "not possible now, why?" in page
    assert "signer_authority" in page
    assert "Hed Head" in page


def test_what_is_hidden_and_what_does_not_exist_look_alike(home: TestHome) -> None:
    number, client = home.draft(), sign_in("rea")

    for path in ("", "/edit", "/sign/submit", "/act/comment", "/timeline", "/pdf", "/as-signed/2", "/scan", "/certify"):
        hidden, absent = client.get(f"/r/{number}{path}"), client.get(f"/r/SOP-999.01{path}")
        assert (hidden.status_code, absent.status_code) == (404, 404), path
        assert without(text(hidden), number) == without(text(absent), "SOP-999.01"), path


def test_a_hidden_record_cannot_be_acted_on_by_post_either(home: TestHome) -> None:
    number, client = home.draft(), sign_in("rea")
    before = Event.objects.count()

    answers = [
        client.post(f"/r/{number}/{path}", {"key": "k", "seen": "1"})
        for path in ("edit", "sign/submit", "act/comment", "certify")
    ]

    assert [a.status_code for a in answers] == [404] * 4
    assert Event.objects.count() == before


def test_the_page_shows_content_signatures_state_and_timeline(home: TestHome) -> None:
    number = effective(home)

    page = text(sign_in("rea").get(f"/r/{number}"))

    for words in (
        "Handling of samples",
        "Samples are handled so that nothing is lost.",
        "Effective",
        "Qua Quality",
        "Quality approved",
        "simulated",
        "What was signed",
        "Took effect",
    ):
        assert words in page


def test_a_superseded_revision_says_so_and_names_the_one_in_force(home: TestHome) -> None:
    first = effective(home)
    second = home.revise("ann", first)
    in_work = text(sign_in("ann").get(f"/r/{first}"))
    home.until(second, "effective")

    page = text(sign_in("rea").get(f"/r/{first}"))

    assert "Revision 02 is draft." in in_work
    assert "This revision is superseded: do not work to it." in page
    assert f"{second} is in force" in page
    assert f'href="/r/{second}"' in page


def test_who_may_not_see_the_next_revision_is_not_told_of_it(home: TestHome) -> None:
    first = effective(home)
    second = home.revise("ann", first)

    assert second not in text(sign_in("rea").get(f"/r/{first}"))


def test_a_void_record_says_so_and_offers_nothing_that_changes_it(home: TestHome) -> None:
    number = home.draft()
    home.sign("qua", "document.void", number, reason="Written twice by mistake")

    page = text(sign_in("ann").get(f"/r/{number}"))

    assert "This record is void." in page
    assert "Written twice by mistake" in page
    assert not offered(page, number) & {"edit", "amend", "submit", "void"}


def test_a_late_entry_shows_both_times(home: TestHome) -> None:
    happened = clock.now() - timedelta(days=3)
    number = home.act(
        "ann",
        "sample.create",
        reason="The book was only found today",
        fields={"name": "Vial 8", "taken_at": clock.iso(happened), "analyst": "ann", "kind": "routine"},
    ).number

    page = text(sign_in("rea").get(f"/r/{number}"))

    assert "Taken at was entered late." in page
    assert clock.in_zone(happened, home.view("ann").configuration.company.zone)[:16] in page
    assert "entered late: Taken at" in page


def test_a_critical_value_asks_for_a_second_person_and_says_when_it_has_one(home: TestHome) -> None:
    number = sample(home, result="12.5")
    author, second = sign_in("ann"), sign_in("rob")

    assert "Result awaits a second person." in text(author.get(f"/r/{number}"))
    asked = text(second.get(f"/r/{number}/act/confirm"))
    assert "Result: 12.5" in asked
    refused = author.post(f"/r/{number}/act/confirm", {"field": "result", "seen": "1", "key": "a"})
    assert (refused.status_code, "another person confirms it" in text(refused)) == (403, True)
    assert second.post(f"/r/{number}/act/confirm", {"field": "result", "seen": "1", "key": "b"}).status_code == 302
    assert "awaits a second person" not in text(author.get(f"/r/{number}"))


def test_a_voided_signature_stays_struck_and_names_whose_act_voided_it(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})

    page = text(sign_in("qua").get(f"/r/{number}"))

    assert re.search(r"<s><b>Hed Head</b>.*?</s>\s*<span>No longer counts: amended by Ann Author", page, re.DOTALL)
    told = re.search("no longer counting: ([^<]+)<", page)
    assert told
    assert set(told[1].strip().split(", ")) == {"Ann Author (authored)", "Rob Reviewer (reviewed)", "Hed Head (approved)"}


def test_what_a_signature_signed_can_still_be_read_after_the_record_changed(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")
    home.act("ann", "document.amend", number, reason="The purpose was not clear", fields={"text": "## 1 New purpose"})
    client = sign_in("rob")

    page = text(client.get(f"/r/{number}/as-signed/2"))

    assert "Samples are handled so that nothing is lost." in page
    assert "New purpose" not in page
    assert "The record is at version 2 now." in page
    assert client.get(f"/r/{number}/as-signed/1").status_code == 404
    assert not offered(page, number)


def test_withheld_content_is_not_shown_as_signed_either(home: TestHome) -> None:
    number = home.until(home.draft(text="Sample of Jane Miller"), "in_review")
    home.act("ann", "document.amend", number, reason="A name had been entered", fields={"text": "Sample of subject 014"})
    for user in ("qua", "quy"):
        home.sign(user, "document.restrict", number, reason="Personal data of a patient")
    assert Restriction.objects.filter(record_id=Record.objects.get(number=number).pk).exists()
    client = sign_in("rob")

    pages = [text(client.get(f"/r/{number}{path}")) for path in ("", "/as-signed/2", "/timeline")]

    assert not any("Jane Miller" in page for page in pages)
    assert "This version is withheld" in pages[1]
    assert "Earlier content is withheld." in pages[0]


def test_text_is_never_run_and_its_links_go_nowhere_odd(home: TestHome) -> None:
    evil = "# A\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](http://example.org/p.png)"
    evil += " <img src=x onerror=alert(1)>"
    number = home.draft(title="<script>alert(2)</script>", text=evil)

    page = text(sign_in("ann").get(f"/r/{number}"))

    assert "<script>alert" not in page
    assert "javascript:alert" not in page.replace("[x](javascript:alert(1))", "")
    assert "<img" not in page
    assert "&lt;script&gt;alert(2)" in page


def test_a_long_text_is_a_page_with_its_chapters(home: TestHome) -> None:
    number = home.draft(text="\n\n".join(f"## {n} Chapter {n}\n\n{'Words and words. ' * 20}" for n in range(1, 6)))

    page = text(sign_in("ann").get(f"/r/{number}"))

    assert '<a href="#s-3">3 Chapter 3</a>' in page
    assert '<h2 id="s-3">3 Chapter 3</h2>' in page


def test_of_a_long_text_the_timeline_shows_the_part_that_changed(home: TestHome) -> None:
    long = "Wipe each surface. " * 30
    number = home.draft(text=f"{long}Wait five minutes. {long}")
    home.act(
        "ann", "document.edit", number, fields={"text": f"{long}Wait seven minutes. {long}"}, reason="Five was too short"
    )

    page = text(sign_in("ann").get(f"/r/{number}/timeline"))

    assert re.search("removed: </span>five</del>", page) or re.search("removed: </span>fi</del>", page), page[-3000:]
    assert "Wait " in page


def test_a_record_that_was_sent_back_stands_at_its_new_place_in_the_rail(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})

    rail = text(sign_in("ann").get(f"/r/{number}")).partition('class="i-rail"')[2].partition("</ol>")[0]

    steps = re.findall(r"</svg>(?:\s*)(Draft|In review|In approval|Approved|Effective)", rail)
    assert steps == ["Draft", "In review", "In approval", "Approved", "Effective"]
    assert rail.index('aria-current="step"') < rail.index("In review")
    assert "data-done" not in rail


def test_the_timeline_of_people_leaves_the_system_out(home: TestHome) -> None:
    first = effective(home)
    second = home.until(home.revise("ann", first), "effective")
    client = sign_in("rea")

    everything, people = (text(client.get(f"/r/{first}/timeline{query}")) for query in ("", "?kind=people"))

    assert second in everything
    assert everything.count('<li id="at-') > people.count('<li id="at-')


@pytest.mark.parametrize(
    ("query", "words"), [("", "quality approved"), ("?trail=1", "audit trail"), ("?paper=us-letter", "")]
)
def test_the_printed_copy_comes_as_pdf(home: TestHome, query: str, words: str) -> None:
    number = effective(home)

    answer = sign_in("rea").get(f"/r/{number}/pdf{query}")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert words in pdf_text(answer.content).lower()


def test_a_page_for_signing_by_hand_carries_hash_and_meanings(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    record = Record.objects.get(number=number)

    words = pdf_text(sign_in("doc").get(f"/r/{number}/pdf?wet_ink=1").content)

    assert number in words
    assert bytes(record.version_sha256).hex()[:16] in re.sub(r"\s", "", words)


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_an_approved_record_says_on_which_day_it_takes_effect_by_itself(home: TestHome) -> None:
    number = home.until(home.draft(effective_on="2099-03-01"), "approved")

    page = sign_in("ann").get(f"/r/{number}").content.decode()

    assert "Becomes effective by itself on 2099-03-01." in page
    assert "by itself 01 Mar 2099" in page


@pytest.mark.usefixtures("home")
def test_a_role_is_written_in_words_and_not_as_its_key() -> None:
    grant = Record.objects.filter(type="grant", title="dept_approver").first()
    assert grant is not None
    client = sign_in("qua")

    for path in (f"/r/{grant.number}", "/records/grant"):
        page = client.get(path).content.decode().partition("<main")[2].partition("</main>")[0]

        assert "Head of function" in page
        assert "dept_approver</" not in page


def test_a_refused_form_leads_back_to_its_record_and_a_signing_act_to_its_signature(home: TestHome) -> None:
    number = home.until(home.draft(), "in_review")

    refused = sign_in("qua").get(f"/r/{number}/amend")
    signing = sign_in("rob").get(f"/r/{number}/act/agree")

    assert refused.status_code == 403
    assert f'href="/r/{number}"' in refused.content.decode().partition("<main")[2]
    assert signing["Location"] == f"/r/{number}/sign/agree"
