"""Who reaches which address: nobody without a session, and each role as the table below says, kept by hand."""

from __future__ import annotations

import pytest

from tests.faces import browsing
from tests.faces.browsing import effective, routes
from tests.homes import STAFF, TestHome

OPEN_TO_ALL = {"login": 200, "factor": 302, "link": 404, "feed": 404, "sso": 302, "sso_back": 403, "enrol_sso": 404}
ONLY_POST = ("logout", "stay", "upload", "preview", "preview_new", "password", "issue_token", "revoke_token", "end_session", "viewed",
             "remove_view", "make_feed", "withdraw_feed", "choose_mail", "make_recovery", "remove_factor", "configure_drop",
             "link_sso", "unlink_sso", "reached", "compare_state", "qualification_start", "qualification_abort", "end_presentation")  # fmt: skip
TOKEN = "01a20420-5858-7651-ba3e-e1f37eac088e"

NO_CHANGES = dict.fromkeys(("adm", "exe", "gue", "rea"), 404)  # who raises no change proposes no configuration
UNSEEN = dict.fromkeys(("adm", "bea", "gue", "rea", "sys", "tek"), 404)  # a draft is no business of theirs

# Address of each route that answers GET, and what each person of the test home gets. "*" stands for everybody else.
# {draft} is Ann's draft, {record} is in force.
SEEN: dict[str, tuple[str, dict[str, int]]] = {
    "work": ("/", {"*": 200}),
    "list": ("/records/document", {"*": 200}),
    "panel": ("/panels/training-matrix", {"*": 200}),
    "readiness": ("/readiness", {"*": 200, "rea": 404, "gue": 404}),
    "inspector_asks": ("/inspector-asks", {"*": 200, "rea": 404}),
    "panel_csv": ("/panels/training-matrix/csv", {"*": 200}),
    "panel_pdf": ("/panels/training-matrix/pdf", {"*": 200}),
    "review": ("/review", {"*": 200, "rea": 404}),
    "review_pdf": ("/review/pdf", {"*": 200, "rea": 404}),
    "review_xlsx": ("/review/xlsx", {"*": 200, "rea": 404}),
    "panel_of": ("/r/{record}/panels/training-record", {"*": 200}),
    "panel_of_pdf": ("/r/{record}/panels/training-record/pdf", {"*": 200}),
    "export": ("/records/document/csv", {"*": 200}),
    "calendar": ("/calendar?of=all", {"*": 200}),
    "trail": ("/trail", {"*": 200}),
    "trail_csv": ("/trail/csv", {"*": 200}),
    "refusals": ("/trail/refusals", {"*": 200}),
    "refusals_csv": ("/trail/refusals/csv", {"*": 200}),
    "palette": ("/palette?q=sop", {"*": 200}),
    "find": ("/find?q=sop", {"*": 200}),
    "search": ("/search?q=sop", {"*": 200}),
    "views": ("/records/document/views?state=draft", {"*": 200}),
    "find_numbers": ("/find/numbers?owner=SOP", {"*": 200}),
    "about": ("/about", {"*": 200}),
    "compared_state": ("/drift", {"*": 200}),
    "specification": ("/specification/markdown", {"*": 200}),
    "configuration": ("/configuration", {"*": 200}),
    "configuration_type": ("/configuration/types/document", {"*": 200}),
    "baselines": ("/configuration/baselines", {"*": 200}),
    "baselines_compare": ("/configuration/baselines/compare", {"*": 200}),
    "configure": ("/configuration/edit", {"*": 200, **NO_CHANGES}),
    "configure_policies": ("/configuration/edit/policies", {"*": 200, **NO_CHANGES}),
    "configure_file": ("/configuration/edit/file/policies.yaml", {"*": 200, **NO_CHANGES}),
    "configuration_plan": ("/configuration/plan", {"*": 200, **NO_CHANGES}),
    "validation": ("/validation", {"*": 200}),
    "requirements": ("/validation/requirements", {"*": 200}),
    "requirement": ("/validation/requirements/URS-SIG-004", {"*": 200}),
    "obligations": ("/validation/obligations", {"*": 200}),
    "qualification_progress": ("/validation/progress", {"*": 302}),
    "qualification": ("/validation/runs/RUN-20260101T000000Z", {"*": 404}),
    "qualification_script": ("/validation/runs/RUN-20260101T000000Z/script?key=OQ-SIG-001", {"*": 404}),
    "qualification_evidence": ("/validation/runs/RUN-20260101T000000Z/evidence/00ff", {"*": 404}),
    "package": ("/validation/package", {"*": 404}),
    "system": ("/validation/systems/SYS-001", {"*": 200}),
    "requirements_of": ("/validation/systems/{draft}/requirements", {"*": 404}),
    "perform": ("/validation/perform/{draft}", {"*": 404}),
    "plan_attempt": ("/validation/scripts/{record}/run", {"*": 404}),
    "me": ("/me", {"*": 200}),
    "accept_statement": ("/me/statement", {"*": 200}),
    "add_codes": ("/me/codes", {"*": 200}),
    "add_passkey": ("/me/passkey", {"*": 200}),
    "drafts": ("/drafts?form=/r/x/edit", {"*": 404}),
    "accounts": ("/accounts", {"*": 403, "adm": 200}),
    "invite": ("/accounts/invite", {"*": 403, "adm": 200}),
    "renew_link": ("/accounts/PER-001/link", {"*": 403, "adm": 200}),
    "reset_factors": ("/accounts/PER-001/factors", {"*": 403, "adm": 200}),
    "unlink_sso_of": ("/accounts/PER-001/sso", {"*": 403, "adm": 200}),
    "linked": ("/me/sso/back?state=x", {"*": 403}),
    "sign_back": ("/sign/back?state=x", {"*": 403}),
    "deactivate": ("/accounts/PER-001/deactivate", {"*": 403, "adm": 200}),
    "verify_identity": (
        "/people/PER-002/identity",
        {"*": 403, "adm": 200, "doc": 200, "hed": 200, "rob": 200, "qua": 200, "quy": 200},
    ),
    "due": ("/people/PER-001/due", {"*": 404, "hed": 200, "qua": 200, "quy": 200, "rob": 200}),
    "hand_over": ("/people/PER-001/hand-over", {"*": 200}),
    "new": ("/records/document/new", {"*": 403, "ann": 200, "bea": 200, "doc": 200}),
    "record": ("/r/{draft}", {"*": 200, **UNSEEN}),
    "file": ("/r/{draft}/files/00ff", {"*": 404}),
    "own": ("/uploads/00ff", {"*": 404}),
    "timeline": ("/r/{record}/timeline", {"*": 200}),
    "thread": ("/r/{draft}/thread", {"*": 200, **UNSEEN}),
    "paper": ("/r/LTR-001/paper", {"*": 200}),
    "pdf": ("/r/{record}/pdf", {"*": 200}),
    "reading": ("/r/{draft}/reading/00ff", {"*": 404}),
    "docx": ("/r/{draft}/docx", {"*": 200, **UNSEEN}),
    "convert": ("/r/{draft}/convert/00ff", {"*": 404}),
    "edit": ("/r/{draft}/edit", {"*": 403, "ann": 200, **UNSEEN}),
    "amend": ("/r/{record}/amend", {"*": 404}),
    "act": ("/r/{record}/act/comment", {"*": 200}),
    "sign_series": ("/series/document/agree", {"*": 200}),
    "sign": ("/r/{draft}/sign/submit", {"*": 403, "ann": 200, **UNSEEN}),
    "compare": ("/r/{record}/compare", {"*": 200}),
    "compare_pdf": ("/r/{draft}/compare.pdf", {"*": 200, **UNSEEN}),
    "remark": ("/r/{draft}/comment", {"*": 200, **UNSEEN}),
    "resolve": ("/r/{draft}/comment/99", {"*": 404}),
    "as_signed": ("/r/{record}/as-signed/2", {"*": 200}),
    "scan": ("/r/{draft}/scan", {"*": 200, **UNSEEN}),
    "certify": ("/r/{draft}/certify", {"*": 403, **UNSEEN}),
}


def address(name: str) -> str:
    """Give an address of a route that a browser asks for by POST only, or that is open to all."""
    given = {"link": "/link/unknown", "sso": "/login/sso",
             "sso_back": "/login/sso/back", "enrol_sso": "/link/unknown/sso",
             "link_sso": "/me/sso", "unlink_sso": "/me/sso/unlink",
             "feed": "/calendar/feed/unknown.ics", "make_feed": "/me/calendar", "choose_mail": "/me/mail",
             "withdraw_feed": "/me/calendar/withdraw", "revoke_token": f"/me/tokens/{TOKEN}/revoke", "end_session": "/me/sessions/00ff/end",
             "password": "/me/password", "issue_token": "/me/tokens", "stay": "/session", "upload": "/uploads",
             "preview": "/r/SOP-001.01/preview/edit", "preview_new": "/records/document/preview",
             "compare_state": "/drift/compare", "factor": "/login/factor", "make_recovery": "/me/recovery", "remove_factor": f"/me/factors/{TOKEN}/remove",
             "configure_drop": "/configuration/edit/drop", "end_presentation": "/presentation/end",
             "qualification_start": "/validation/start", "qualification_abort": "/validation/abort",
             "viewed": "/r/SOP-001.01/viewed", "reached": "/r/SOP-001.01/reached", "remove_view": f"/records/document/views/{TOKEN}/remove"}  # fmt: skip
    return given.get(name, f"/{name}")


def test_every_route_has_a_name_and_stands_in_the_table() -> None:
    assert set(routes()) == set(SEEN) | set(OPEN_TO_ALL) | set(ONLY_POST)
    assert "None" not in routes()


@pytest.mark.usefixtures("home")
def test_nobody_reaches_a_page_without_signing_in() -> None:
    reached = {}
    for name in sorted({*SEEN, *ONLY_POST}):
        path = SEEN[name][0].format(draft="SOP-001.01", record="SOP-001.01") if name in SEEN else address(name)
        client = browsing.nobody()
        for answer in (client.get(path), client.post(path, {"key": "1"})):
            if answer.status_code != 302 or not answer["Location"].startswith("/login"):
                reached[name] = answer.status_code

    assert not reached


@pytest.mark.parametrize("name", sorted(OPEN_TO_ALL))
@pytest.mark.usefixtures("home")
def test_what_is_open_to_all_says_nothing_about_records(name: str) -> None:
    answer = browsing.nobody().get(address(name))

    assert answer.status_code == OPEN_TO_ALL[name]
    assert "i-side" not in answer.content.decode()


@pytest.mark.parametrize("user", sorted(STAFF))
def test_each_person_gets_what_the_table_says(home: TestHome, user: str) -> None:
    draft, record = home.draft(), effective(home)
    client = browsing.sign_in(user)

    got = {}
    for name, (path, _) in SEEN.items():
        answer = client.get(path.format(draft=draft, record=record))
        got[name] = answer.status_code
        answer.close()

    assert got == {name: table.get(user, table["*"]) for name, (_, table) in SEEN.items()}


@pytest.mark.usefixtures("home")
def test_what_changes_something_is_not_reached_by_a_link() -> None:
    client, reached = browsing.sign_in("adm"), {}
    for name in ONLY_POST:
        answer = client.get(address(name))
        if answer.status_code != 405 or "Nothing was done" not in answer.content.decode():
            reached[name] = answer.status_code

    assert not reached


@pytest.mark.parametrize(
    "path", ["/find?q=%00", "/records/document?q=a%00b", "/trail?record=%1b", "/r/%00", "/records/document?%00=1"]
)
@pytest.mark.usefixtures("home")
def test_a_control_character_in_the_address_is_not_understood(path: str) -> None:
    answer = browsing.sign_in("ann").get(path)

    assert answer.status_code == 400
    assert "This request was not understood" in answer.content.decode()


@pytest.mark.parametrize("path", ["/login", "/me/password", "/me/tokens", "/accounts/invite", "/drafts?form=/x"])
@pytest.mark.usefixtures("home")
def test_a_null_in_a_form_is_not_understood(path: str) -> None:
    client = browsing.nobody() if path == "/login" else browsing.sign_in("adm")

    answer = client.post(path, {"login": "ann\0", "password": "a\0b", "label": "\0", "old": "\0"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query", ["?q=" + "x" * 9000, "?state=%ff%fe", "?after=%F0%9F%98%80", "?late=9&before=zzz", "?owner=nobody&class=%27"]
)
@pytest.mark.usefixtures("home")
def test_an_odd_filter_never_breaks_a_list(query: str) -> None:
    answer = browsing.sign_in("ann").get(f"/records/document{query}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "query",
    ["?person=x", "?at_from=2026-99-99", "?at_from=0001-01-01&at_until=9999-12-31", "?before=9999999999999", "?act=%25"],
)
@pytest.mark.usefixtures("home")
def test_an_odd_filter_never_breaks_the_trail(query: str) -> None:
    answer = browsing.sign_in("ann").get(f"/trail{query}")

    assert answer.status_code == 200


@pytest.mark.usefixtures("home")
def test_an_address_that_no_page_has_is_a_page_that_says_so() -> None:
    for client in (browsing.sign_in("ann"), browsing.nobody()):
        answer = client.get("/nowhere/at/all")
        assert (answer.status_code, b"or you may not see it" in answer.content) == (404, True)


@pytest.mark.usefixtures("home")
def test_a_server_answers_to_its_own_names_only() -> None:
    for path in ("/login", "/api/v1/me", "/nowhere"):
        answer = browsing.nobody().get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 400, path
        assert b"evil.example" not in answer.content


def test_what_does_not_exist_and_what_may_not_be_seen_look_alike(home: TestHome) -> None:
    draft = home.draft()
    client = browsing.sign_in("rea")

    hidden, missing = client.get(f"/r/{draft}"), client.get("/r/SOP-998.01")

    assert hidden.status_code == missing.status_code == 404
    assert f"{draft} does not exist, or you may not see it." in hidden.content.decode()
    assert words(hidden).replace(draft, "SOP-998.01") == words(missing)


def words(answer: object) -> str:
    """Give a page without what differs at each request: number, time, form token."""
    main: str = answer.content.decode().partition('id="main"')[2].partition("request ")[0]  # type: ignore[attr-defined]
    return main
