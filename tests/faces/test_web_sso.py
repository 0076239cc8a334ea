"""Single sign-on against a real provider: linked people get in, nobody else does, and each link is an act of its person."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from indelible.infra import canonical, clock
from indelible.infra.oidc import Proof
from indelible.kernel.errors import Refused
from indelible.kernel.models import Account, Event, Record
from indelible.practice import accounts, sso
from indelible.practice.identity import SUSPENDED
from indelible.practice.models import Identity
from tests import homes
from tests.faces import browsing
from tests.faces.providing import came, known, lines, signed_in
from tests.homes import PASSWORD, TestHome
from tests.provider.running import Visitor

# ---- Signing in


def test_a_linked_person_signs_in_at_the_provider_and_gets_the_page_that_was_asked_for(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)

    client, page = signed_in("ann", back="/records/document")

    assert page.request["PATH_INFO"] == "/records/document"
    assert client.session.session_key
    assert lines()[-1] | {"at": "", "session": "", "request": ""} == {
        "at": "", "event": "sign_in", "outcome": "ok", "person": str(home.person("ann")), "method": "oidc", "session": "",
        "address": "127.0.0.1", "request": "",
    }  # fmt: skip
    assert (
        len(re.findall(r"<tr><td", re.split("id=.sessions.", browsing.text(client.get("/me")))[1].split("</section")[0]))
        == 1
    )


def test_nobody_gets_in_whom_the_provider_knows_and_this_company_has_not_linked(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)
    # The provider's bea has the address of mail that a person of this company has: it links nobody.
    Record.objects.get(pk=home.person("bea"))

    client, page = signed_in("bea")

    assert page.status_code == 403
    assert "Nobody was signed in" in browsing.text(page)
    assert client.get("/").status_code == 302
    assert (lines()[-1]["event"], lines()[-1]["person"]) == ("sign_in_failed", "unknown")
    assert "bea" not in json.dumps(lines()[-1])


def test_who_is_disabled_or_was_unlinked_gets_the_same_answer_as_a_stranger(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)
    stranger = browsing.text(signed_in("bea")[1])
    running_session, _ = signed_in("ann")
    number = Record.objects.get(pk=home.person("ann")).number
    admin = browsing.sign_in("adm")
    assert admin.post(f"/accounts/{number}/sso", {"reason": ""}).status_code == 422
    assert running_session.get("/").status_code == 200

    assert admin.post(f"/accounts/{number}/sso", {"reason": "The telephone was stolen today"}).status_code == 302
    assert running_session.get("/").status_code == 302, "the sessions end with the link"
    assert plain(browsing.text(signed_in("ann")[1])) == plain(stranger)

    known(home, "ann", provider)
    signed_in("ann")
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Left the company")
    client, page = signed_in("ann")
    assert (page.status_code, plain(browsing.text(page)), client.get("/").status_code) == (403, plain(stranger), 302)


def plain(page: str) -> str:
    """Give a page without what differs from one request to the next."""
    return re.sub(r"request [0-9a-f]+|\d\d:\d\d(:\d\d)?|datetime=\"[^\"]+\"", "", page)


def test_a_way_back_opens_once_in_the_browser_that_went_and_not_with_another_state_or_code(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)
    client, visitor = browsing.nobody(), Visitor()
    url = visitor.go(client.get("/login/sso")["Location"], "ann-there")

    assert came(browsing.nobody(), url).status_code == 403, "a browser that never went there"
    assert came(client, url.replace("state=", "state=x")).status_code == 403
    assert lines()[-1]["event"] == "sso_refused"
    assert came(client, url).status_code == 200
    used = browsing.nobody()
    assert came(used, url).status_code == 403
    assert came(client, url).status_code == 403, "the same answer again"
    assert lines()[-1]["reason"] == "nothing was asked under this state"

    # A code of another way: the verifier of this browser does not fit it.
    first, second = browsing.nobody(), browsing.nobody()
    stolen = parse_qs(urlsplit(visitor.go(first.get("/login/sso")["Location"], "ann-there")).query)["code"][0]
    mine = urlsplit(second.get("/login/sso")["Location"])
    state = parse_qs(mine.query)["state"][0]
    assert second.get("/login/sso/back", {"code": stolen, "state": state}).status_code == 403
    assert "code" in lines()[-1]["reason"]
    assert second.get("/").status_code == 302


def test_what_the_provider_refuses_signs_nobody_in(home: TestHome, trusting: Any) -> None:
    client = browsing.nobody()
    state = parse_qs(urlsplit(client.get("/login/sso")["Location"]).query)["state"][0]

    answer = client.get("/login/sso/back", {"error": "access_denied", "state": state})

    assert answer.status_code == 403
    assert "access_denied" in lines()[-1]["reason"]


def test_a_provider_that_is_away_keeps_nobody_from_signing_in_with_a_password(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)
    trusting(sso_issuer="http://127.0.0.1:9")
    client = browsing.nobody()

    page = client.get("/login/sso", follow=True)

    assert page.request["PATH_INFO"] == "/login"
    assert "127.0.0.1:9 cannot be asked at this moment" in browsing.text(page)
    assert lines()[-1]["event"] == "sso_away"
    assert client.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302


def test_without_a_provider_nothing_is_offered_and_nobody_comes_in_by_it(home: TestHome, trusting: Any) -> None:
    trusting(sso_issuer="")
    assert "/login/sso" not in browsing.text(browsing.nobody().get("/login"))
    assert 'id="sso"' not in browsing.text(browsing.sign_in("ann").get("/me"))
    assert browsing.nobody().get("/login/sso").headers["Location"] == "/login"
    assert browsing.nobody().get("/login/sso/back?code=1&state=2").status_code == 403


def test_a_role_that_signs_in_at_the_provider_alone_opens_nothing_with_a_password_and_sets_none(
    home: TestHome, trusting: Any, provider: str
) -> None:
    trusting(sso_only_roles=["qa_approver"])
    known(home, "qua", provider)
    answer = browsing.nobody().post("/login", {"login": "qua", "password": PASSWORD})
    assert (answer.status_code, "signs in at" in browsing.text(answer)) == (422, True)
    assert "signs in at" not in browsing.text(
        browsing.nobody().post("/login", {"login": "qua", "password": "wrong one, this"})
    )
    client, _ = signed_in("qua")
    number = Record.objects.get(pk=home.person("qua")).number
    new = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
    assert client.post("/me/password", new).status_code == 422

    link = accounts.renew_link(home.people["adm"], number)
    page = browsing.text(browsing.nobody().get(f"/link/{link}"))
    assert ('name="password"' in page, f"/link/{link}/sso" in page) == (False, True)
    assert browsing.nobody().post(f"/link/{link}", new).status_code == 422
    assert client.post("/me/sso/unlink").status_code == 403, "it is the only way in"
    assert browsing.sign_in("ann").get("/").status_code == 200


# ---- Links


def test_a_person_links_with_the_password_here_and_a_new_sign_in_there_and_it_is_an_event(
    home: TestHome, trusting: Any, provider: str
) -> None:
    client, visitor = browsing.sign_in("ann"), Visitor()
    visitor.go(browsing.nobody().get("/login/sso")["Location"], "ann-there")
    assert client.post("/me/sso", {"password": "not the password"}).status_code == 422
    asked_before = visitor.asked

    page = browsing.text(client.post("/me/sso", {"password": PASSWORD}))
    url = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert url
    done = came(client, visitor.go(url[1].replace("&amp;", "&"), "ann-there"))

    assert "You are linked" in browsing.text(done)
    assert visitor.asked > asked_before, "somebody else's open session at the provider links nobody"
    row = Identity.objects.get()
    assert (row.person_id, row.issuer, row.subject) == (home.person("ann"), provider, "ann-there")
    event = canonical.decode(Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0].payload)
    assert (event["event"], event["by"]["name"]) == ("person.sso_linked", "Ann Author")
    assert provider in event["reason"]

    assert client.post("/me/sso/unlink").status_code == 302
    assert not Identity.objects.exists()
    assert "person.sso_unlinked" in Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0].payload


def test_two_people_are_never_linked_with_one_account_nor_one_with_two(home: TestHome, trusting: Any, provider: str) -> None:
    known(home, "ann", provider)
    for user, subject in (("bea", "ann-there"), ("ann", "bea-there")):
        with pytest.raises(Refused, match="has a link already"):
            sso.link(home.people[user], Proof(provider, subject, clock.real()))

    assert Identity.objects.count() == 1
    with pytest.raises(Refused):
        accounts.not_alone("person", "link_sso")


def test_an_invitation_is_accepted_at_the_provider_and_works_once(home: TestHome, trusting: Any, provider: str) -> None:
    fields = {
        "printed_name": "New Comer",
        "job_title": "Scientist",
        "user_id": "new",
        "department": home.departments["Quality Control"],
    }
    assert (
        accounts.invite(home.people["adm"], fields | {"user_id": "unseen"})[1] == ""
    )  # no link before the identity was checked
    outcome, link = accounts.invite(home.people["adm"], fields, identity=homes.SEEN)
    client = browsing.nobody()
    page = came(client, Visitor().go(client.get(f"/link/{link}/sso")["Location"], "stranger"))

    assert "You are linked" in browsing.text(page)
    person = Record.objects.get(pk=outcome.record)
    assert (person.state, SUSPENDED in person.marks) == ("active", False)
    assert client.get(f"/link/{link}/sso").status_code == 404
    assert client.get(f"/link/{link}").status_code == 404
    account = Account.objects.get(person_id=outcome.record)
    assert not account.has_usable_password()
    client = browsing.nobody()
    assert came(client, Visitor().go(client.get("/login/sso")["Location"], "stranger")).request["PATH_INFO"] == "/"
    assert browsing.nobody().get("/link/unknown/sso").status_code == 404


def test_who_is_linked_by_a_new_one_time_link_signs_only_after_another_check_of_identity(
    home: TestHome, trusting: Any, provider: str
) -> None:
    """11.300(c): whoever gave the link could be the one who used it."""
    person = home.person("bea")
    link = accounts.renew_link(home.people["adm"], Record.objects.get(pk=person).number)

    client = browsing.nobody()
    came(client, Visitor().go(client.get(f"/link/{link}/sso")["Location"], "stranger"))

    assert Record.objects.get(pk=person).marks[SUSPENDED]["not_by"] == [str(home.person("adm"))]
    with pytest.raises(Refused) as refusal:
        home.sign("bea", "document.submit", home.draft("bea"))
    assert "single sign-on was linked by a one-time link" in " ".join(one.text for one in refusal.value.missing)
