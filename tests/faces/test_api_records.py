"""Records over HTTP: create, read, change, act, with positions, keys and every kind of no."""

from __future__ import annotations

import json
import re

import pytest

from indelible.faces.api import limits
from indelible.kernel.models import Event, Record, Refusal
from indelible.practice import accounts
from indelible.practice.models import Token
from tests.faces.calling import V1, Caller, caller, fresh, stranger
from tests.homes import TestHome

PROBLEM = {"type", "title", "status", "detail", "instance", "rule", "missing", "who_can", "do", "present", "request_id"}


@pytest.fixture
def ann(home: TestHome) -> Caller:
    return caller(home, "ann")


def made(who: Caller, **fields: str) -> str:
    """Create a draft and give its address."""
    answer = who.create("document", **{"title": "Sampling", "class": "procedure"} | fields)
    assert answer.status_code == 201, answer.content
    return f"/records/document/{answer.json()['number']}"


def test_a_record_is_created_read_changed_and_its_etag_is_its_position(ann: Caller) -> None:
    answer = ann.create("document", title="Sampling", **{"class": "procedure"})
    path = f"/records/document/{answer.json()['number']}"

    assert (answer.status_code, answer["ETag"], answer["Location"]) == (201, '"1"', V1 + path)
    read = ann.get(path)
    assert (read.status_code, read["ETag"], read.json()["fields"]["title"]) == (200, '"1"', "Sampling")
    changed = ann.patch(path, {"fields": {"title": "Sampling of water"}}, If_Match='"1"')
    assert (changed.status_code, changed["ETag"], changed.json()["event"]) == (200, '"2"', "document.edited")
    assert ann.get(path).json()["fields"]["title"] == "Sampling of water"


def test_the_same_request_twice_creates_one_record_and_another_body_is_refused(ann: Caller) -> None:
    body = {"fields": {"title": "Once", "class": "procedure"}}
    first = ann.post("/records/document", body, Idempotency_Key="k-1")
    again = ann.post("/records/document", body, Idempotency_Key="k-1")
    other = ann.post("/records/document", {"fields": {"title": "Two", "class": "procedure"}}, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"replayed": True}
    assert (other.status_code, other.json()["rule"]) == (422, "idempotency_key")
    assert Record.objects.filter(title__in=["Once", "Two"]).count() == 1


@pytest.mark.parametrize("key", [None, "x" * 101, "two words", "umlaut-ä"])
def test_a_write_without_a_usable_key_is_refused(ann: Caller, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency_Key": key}
    answer = ann.post("/records/document", {"fields": {"title": "T", "class": "procedure"}}, **headers)

    assert (answer.status_code, answer.json()["rule"]) == (400, "idempotency_key")


@pytest.mark.parametrize(
    ("given", "status", "rule"),
    [(None, 428, "if_match"), ("*", 428, "if_match"), ('"1"', 412, "look_again"), ('"9"', 412, "look_again"),
     ("2", 400, "if_match"), ('"1", "2"', 400, "if_match"), ('"two"', 400, "if_match")],
)  # fmt: skip
def test_a_change_names_the_position_that_was_looked_at(ann: Caller, given: str | None, status: int, rule: str) -> None:
    path = made(ann)
    ann.patch(path, {"fields": {"title": "Second"}}, If_Match='"1"')
    headers = {} if given is None else {"If_Match": given}

    for answer in (
        ann.patch(path, {"fields": {"title": "Third"}}, **headers),
        ann.post(f"{path}/acts/comment", {"text": "Hm"}, Idempotency_Key=fresh(), **headers),
    ):
        assert (answer.status_code, answer.json()["rule"]) == (status, rule)
        assert status != 412 or answer.json()["present"]["position"] == 2
    assert ann.get(path)["ETag"] == '"2"'


def test_a_proxy_that_weakened_the_etag_does_not_keep_anybody_from_writing(ann: Caller) -> None:
    path = made(ann)

    assert ann.patch(path, {"fields": {"title": "Second"}}, If_Match='W/"1"').status_code == 200


def test_every_problem_says_rule_what_is_missing_who_could_and_the_request(home: TestHome, ann: Caller) -> None:
    path = made(ann, owner="ann")
    answer = caller(home, "doc").patch(path, {"fields": {"title": "Mine"}}, If_Match=ann.get(path)["ETag"])
    problem = answer.json()

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert set(problem) == PROBLEM
    assert (problem["rule"], problem["status"], problem["who_can"]) == ("authority", 403, ["Ann Author"])
    assert problem["missing"]
    assert problem["request_id"] == answer["X-Request-Id"]
    assert json.loads(Refusal.objects.latest("id").payload)["request"] == problem["request_id"]


def test_what_may_not_be_seen_looks_like_what_is_not_there(home: TestHome, ann: Caller) -> None:
    path, rea = made(ann), caller(home, "rea")
    write = {"If_Match": '"1"', "Idempotency_Key": fresh()}
    hidden = [
        rea.get(path), rea.get(f"{path}/history"), rea.get(f"{path}/acts"), rea.get(f"{path}/signatures"),
        rea.get(f"{path}/pdf"), rea.patch(path, {"fields": {}}, If_Match='"1"'),
        rea.post(f"{path}/acts/comment", {}, **write),
    ]  # fmt: skip
    absent = rea.get("/records/document/SOP-999.01")

    for answer in hidden:
        assert answer.status_code == 404
        assert {**answer.json(), "instance": "", "request_id": ""} == {**absent.json(), "instance": "", "request_id": ""}
    assert json.loads(Refusal.objects.latest("id").payload)["rule"] == "not_visible"


@pytest.mark.parametrize(
    "path", ["/records/nothing", "/records/nothing/SOP-001.01", "/records/department/SOP-001.01", "/records/document/SOP-1"]
)
def test_an_unknown_type_or_a_number_of_another_type_is_not_found(ann: Caller, path: str) -> None:
    made(ann)

    assert ann.get(path).status_code == 404


def test_a_series_is_read_by_its_number_and_written_by_its_revision_only(home: TestHome, ann: Caller) -> None:
    number = home.until(home.draft(), "effective")
    read = ann.get(f"/records/document/{number[:-3]}")
    write = ann.post(f"/records/document/{number[:-3]}/acts/comment", {"text": "Hm"}, If_Match=read["ETag"],
                     Idempotency_Key=fresh())  # fmt: skip

    assert (read.json()["number"], write.status_code) == (number, 404)


def test_input_that_does_not_fit_is_named_field_by_field(ann: Caller) -> None:
    answer = ann.create("document", title=7, effective_on="tomorrow", colour="red", **{"class": "poem"})

    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["missing"]} == {"title", "effective_on", "colour", "class"}


@pytest.mark.parametrize("value", [0, 0.0, True, 1_700_000_000, ["2026-01-01"], {"year": 2026}, "0", "2026-1-1"])
def test_nothing_but_a_date_becomes_a_date(ann: Caller, value: object) -> None:
    answer = ann.create("document", title="T", effective_on=value, **{"class": "procedure"})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("", 422), ("[]", 422), ('"text"', 422), ("null", 422), ("[" * 100_000, 400), ('{"fields": NaN}', 400),
     ('{"fields": {"title": "a", "title": "b"}}', 400), (b"\xff\xfe{}", 400), ('{"fields": {"title": "a\\u0000b"}}', 422),
     ('{"fields": {"title": "\\ud800"}}', 422), ('{"fields": {"a\\u0007": "b"}}', 422), ('{"felds": {}}', 422),
     ('{"fields": {"title": "a"}, "state": "effective"}', 422), ('{"fields": {}, "number": 5}', 422),
     (json.dumps({"fields": {"title": "x" * 5_000_000}}), 413)],
)  # fmt: skip
def test_a_body_that_no_reader_should_guess_at_is_refused(ann: Caller, body: str | bytes, status: int) -> None:
    events = Event.objects.count()
    answer = ann.post("/records/document", body, Idempotency_Key=fresh())

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert Event.objects.count() == events


def test_a_body_of_another_media_type_is_refused(ann: Caller) -> None:
    answer = ann.post(
        "/records/document", "title=T", Idempotency_Key=fresh(), Content_Type="application/x-www-form-urlencoded"
    )

    assert (answer.status_code, answer.json()["rule"]) == (415, "media_type")


def test_markup_in_a_text_is_a_text(ann: Caller) -> None:
    title = '<script>alert(1)</script> & "quotes" \u200f {{ 7*7 }} =1+1'
    path = made(ann, title=title)

    answer = ann.get(path)
    assert answer.json()["fields"]["title"] == title
    assert (answer["Content-Type"].split(";")[0], answer["X-Content-Type-Options"]) == ("application/json", "nosniff")


@pytest.mark.parametrize("path", ["/records/document/SOP%00", "/records/document/%0a", "/me%00", "/records/document/a%07b"])
def test_an_address_that_nothing_can_have_does_not_reach_the_database(ann: Caller, path: str) -> None:
    assert ann.get(path).status_code == 404


@pytest.mark.parametrize("query", ["q=%00", "cursor=%00", "state=%07", "q=" + "x" * 301, "limit=0", "limit=101", "late=2",
                                   "colour=red", "state=gone"])  # fmt: skip
def test_a_filter_that_does_not_fit_is_refused(ann: Caller, query: str) -> None:
    assert ann.get(f"/records/document?{query}").status_code == 422


def test_filters_find_by_state_text_person_choice_and_link(home: TestHome, ann: Caller) -> None:
    home.draft(title="Handling of blood")
    home.act("bea", "document.create", fields={"title": "A form", "class": "form"})
    quality = home.departments["Quality Control"]
    wanted = {"q=blood": 1, "class=procedure": 1, "class=form": 0, "class=policy": 0, "owner=ann": 1, "owner=bea": 0,
              f"department={quality}": 1, "department=DEP-99": 0, "state=draft": 1, "state=draft,effective": 1,
              "state=effective": 0, "late=1": 0}  # fmt: skip

    assert {query: ann.get(f"/records/document?{query}").json()["count"] for query in wanted} == wanted


@pytest.mark.usefixtures("unhurried")
def test_more_than_a_page_is_listed_without_gap_or_repetition(home: TestHome, ann: Caller) -> None:
    numbers = [
        home.act("ann", "document.create", fields={"title": f"No {n}", "class": "procedure"}).number for n in range(123)
    ]
    for limit, sizes in ((100, [100, 23]), (50, [50, 50, 23])):
        found: list[int] = []
        seen: list[str] = []
        cursor = ""
        while not found or cursor:
            page = ann.get(f"/records/document?limit={limit}{f'&cursor={cursor}' if cursor else ''}").json()
            found.append(len(page["records"]))
            seen += [record["number"] for record in page["records"]]
            cursor = page["next"]
        assert (found, seen) == (sizes, sorted(numbers))


def test_an_act_out_of_order_is_refused_with_the_present_state(home: TestHome) -> None:
    number = home.draft()
    answer = caller(home, "doc").act(f"/records/document/{number}", "take_effect")

    assert (answer.status_code, answer.json()["rule"]) == (409, "declared_move")
    assert answer.json()["present"]["state"] == "draft"


def test_a_generic_act_is_done_once_for_one_key(ann: Caller) -> None:
    path, key = made(ann), fresh()
    answers = [ann.post(f"{path}/acts/comment", {"text": "Seen"}, If_Match='"1"', Idempotency_Key=key) for _ in range(2)]

    assert [a.status_code for a in answers] == [200, 200]
    assert [a.json()["replayed"] for a in answers] == [False, True]
    assert ann.get(path)["ETag"] == '"2"'


def test_an_act_that_needs_a_reason_is_not_done_without_one(home: TestHome) -> None:
    number = home.draft(owner="ann")
    answer = caller(home, "doc").act(f"/records/document/{number}", "reassign", to="bea")
    good = caller(home, "doc").act(f"/records/document/{number}", "reassign", to="bea", reason="Ann is away for a month")

    assert (answer.status_code, answer.json()["rule"]) == (422, "reason_given")
    assert good.status_code == 200


@pytest.mark.parametrize("verb", ["Submit", "submit;drop", "a" * 61, "../edit", "edit%2e"])
def test_an_act_with_an_impossible_name_is_not_found(ann: Caller, verb: str) -> None:
    path, refusals = made(ann), Refusal.objects.count()
    answer = ann.post(f"{path}/acts/{verb}", {}, If_Match='"1"', Idempotency_Key=fresh())

    assert answer.status_code == 404
    assert Refusal.objects.count() == refusals


def test_a_token_never_signs_whatever_its_owner_may(home: TestHome, ann: Caller) -> None:
    number = home.draft()
    for who in (ann, caller(home, "qua"), caller(home, "doc")):
        answer = who.act(f"/records/document/{number}", "submit")
        assert (answer.status_code, answer.json()["rule"]) == (403, "human_signature_required")
    assert Record.objects.get(number=number).state == "draft"


def test_the_list_of_acts_says_what_is_possible_and_why_the_rest_is_not(home: TestHome, ann: Caller) -> None:
    number = home.until(home.draft(), "effective")
    answer = ann.get(f"/records/document/{number}/acts")
    found = {one["act"]: one for one in answer.json()["acts"]}

    assert (found["revise"]["allowed"], found["revise"]["takes"]) == (True, ["fields", "reason"])
    assert (found["retire"]["allowed"], found["retire"]["refusal"]["rule"]) == (False, "human_signature_required")
    assert found["extend"]["refusal"]["rule"] == "authority"
    assert found["extend"]["refusal"]["who_can"] == ["Rob Reviewer"]
    assert "supersede" not in found, "the system's own moves are nobody's to choose"


def test_a_token_does_within_its_scopes_only(home: TestHome) -> None:
    reader, other = caller(home, "ann", "read"), caller(home, "ann", "department")
    for who in (reader, other):
        refused = who.create("document", title="T", **{"class": "procedure"})
        assert (refused.status_code, refused.json()["rule"]) == (403, "token_scope")
    exact = caller(home, "ann", "document.create")

    path = made(exact)
    assert reader.get(path).status_code == 200
    assert other.get(path).status_code == 404
    assert other.get("/records/document").json()["records"] == []
    assert exact.patch(path, {"fields": {"title": "New"}}, If_Match='"1"').status_code == 403


def test_a_token_that_was_revoked_or_whose_owner_left_is_nobody(home: TestHome) -> None:
    gone, left = caller(home, "ann"), caller(home, "bea")
    accounts.revoke_token(home.people["ann"], Token.objects.order_by("created_at")[0].pk)
    person = Record.objects.get(title="Bea Author", type="person")
    accounts.deactivate(home.people["adm"], person.number, seen=person.position, reason="Left the company today")

    assert [who.get("/me").status_code for who in (gone, left)] == [401, 401]


def test_addresses_and_methods_that_do_not_exist_are_answered_in_json(ann: Caller) -> None:
    for path in ("/nothing", "/records", "/records/", "/", "", "/../admin"):
        answer = ann.client.get(V1 + path, headers=ann.headers)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
    for method, path in (("DELETE", "/me"), ("PUT", "/records/document"), ("POST", "/me"), ("TRACE", "/events")):
        answer = ann.client.generic(method, V1 + path, headers=ann.headers)
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
        assert answer["Allow"]


def test_one_caller_too_many_requests_wait_and_others_do_not(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.BUCKET, "at_once", 5)
    monkeypatch.setattr(limits.BUCKET, "per_second", 0.01)
    ann, bea = caller(home, "ann"), caller(home, "bea")
    answers = [ann.get("/me") for _ in range(7)]

    assert [a.status_code for a in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) == 100
    assert answers[-1].json()["rule"] == "rate"
    assert bea.get("/me").status_code == 200
    assert stranger().get("/me").status_code == 401


def test_no_answer_is_kept_by_a_cache(ann: Caller) -> None:
    path = made(ann)

    for answer in (ann.get(path), ann.get("/me"), stranger().get("/me"), ann.get("/nothing")):
        assert answer["Cache-Control"] == "no-store"
        assert re.fullmatch(r"[\w.-]{8,64}", answer["X-Request-Id"])
