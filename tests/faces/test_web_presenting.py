"""A session that presents an inspection: what it shows, what it refuses, what is noted, and that ending it brings everything back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from indelible.assurance.rendition import building
from indelible.faces.web import presenting
from indelible.infra import canonical, clock
from indelible.kernel import acts
from indelible.kernel.models import Event
from indelible.practice import presenting as narrowing
from indelible.practice.queries import Viewer
from tests.faces import browsing
from tests.faces.browsing import effective, routes
from tests.faces.test_web_routes import ONLY_POST, OPEN_TO_ALL, SEEN, address
from tests.homes import TestHome
from tests.modules.events import head
from tests.modules.inspecting import inspection, request

SECRET = "Cryogenic"  # in the title and the text of a draft, nowhere else
END = "/presentation/end"


def presented(home: TestHome, who: str = "ann", **more: Any) -> tuple[Client, str]:
    """Let somebody present an inspection; give the browser and the number."""
    number = inspection(home, hosts=[who], **more)
    client = browsing.sign_in(who)
    answer = client.post(f"/r/{number}/act/present", {"seen": head(number).position})
    assert (answer.status_code, answer["Location"]) == (302, "/inspector-asks")
    return client, number


def shown(number: str) -> list[dict[str, Any]]:
    """Give what the events of an inspection say was shown, oldest first."""
    told = [canonical.decode(one.payload) for one in Event.objects.filter(record_id=head(number).pk).order_by("position")]
    return [one["note"]["shown"] for one in told if one["event"] == "inspection.shown_on_screen"]


def rule(answer: Any) -> bool:
    """Say whether an answer is the refusal of a session that presents."""
    return answer.status_code == 403 and "presentation_only_shows" in answer.content.decode()


# --- what is shown ------------------------------------------------------------------------------------------------------


def test_a_draft_of_ones_own_is_nowhere_to_be_seen(home: TestHome) -> None:
    draft = home.draft("ann", title=f"{SECRET} storage", text=f"## 1 Purpose\n\n{SECRET} storage of samples.")
    own = browsing.sign_in("ann")
    client, _ = presented(home)
    hidden = ("", "/timeline", "/thread", "/pdf?trail=1", "/compare", "/compare.pdf", "/as-signed/2", "/reading/00ff", "/files/00ff",
              "/panels/training-record")  # fmt: skip
    lists = ("/records/document", "/records/document/csv", "/search?q=Cryogenic", "/palette?q=Cryogenic", "/find?q=Cryogenic",
             "/find/numbers?of=SOP", f"/palette?q={draft}", "/trail", "/trail/csv", f"/trail?record={draft}", "/panels/training-matrix/csv",
             "/inspector-asks")  # fmt: skip

    for path in hidden:
        assert client.get(f"/r/{draft}{path}").status_code == 404, path
    for path in lists:
        answer = client.get(path)
        words = browsing.text(answer)
        assert answer.status_code == 200, path
        told = words.replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", "").replace(f"q={SECRET}", "")
        assert f"{SECRET} storage" not in told, path
        assert f"/r/{draft}" not in told, path
    assert own.get(f"/r/{draft}").status_code == 200  # in another browser the same person sees it
    assert SECRET in browsing.text(own.get("/records/document"))


def test_a_draft_that_every_reader_sees_is_not_shown_either(home: TestHome) -> None:
    fields = {"name": f"{SECRET} vial", "taken_at": clock.iso(clock.now()), "analyst": "bea"}
    draft = home.act("ann", "sample.create", fields=fields).number
    inspector = browsing.sign_in("gue")
    assert inspector.get(f"/r/{draft}").status_code == 200
    client, _ = presented(home)
    assert client.get(f"/r/{draft}").status_code == 404
    assert draft not in browsing.text(client.get("/records/sample"))
    assert draft not in browsing.text(client.get("/search?q=vial"))


def test_a_record_in_force_is_shown_without_what_could_be_done_with_it(home: TestHome) -> None:
    record = effective(home)
    home.act("ann", "document.comment", record, text="Nobody outside should read this")
    client, number = presented(home, "ann")

    page = browsing.text(client.get(f"/r/{record}"))

    assert "Handling of samples" in page
    assert f"Inspector's view: {number}" in page
    for gone in (
        "Nobody outside should read this",
        f"/r/{record}/act/",
        f"/r/{record}/edit",
        "/comment",
        "My work",
        '/me"',
        "/calendar",
    ):
        assert gone not in page, gone
    for path in (f"/r/{record}/timeline", "/trail", "/trail/csv", f"/r/{record}/compare", f"/r/{record}/thread"):
        assert "Nobody outside should read this" not in browsing.text(client.get(path)), path
    assert "Nobody outside should read this" in browsing.text(browsing.sign_in("ann").get(f"/r/{record}"))


def test_a_copy_on_paper_tells_of_no_comment(home: TestHome) -> None:
    record = effective(home)
    home.act("ann", "document.comment", record, text="Nobody outside should read this")
    client, number = presented(home)

    def told(view: Viewer) -> set[str]:
        return {one.act_label for one in building.data(view, head(record), trail=True).trail}

    assert "Commented" in told(home.view("ann"))
    assert "Commented" not in told(narrowing.viewer(home.view("ann"), number))
    assert client.get(f"/r/{record}/pdf?trail=1").status_code == 200


def test_areas_and_what_is_left_out_narrow_every_way(home: TestHome) -> None:
    record = effective(home)
    client, _ = presented(home, areas=["Quality events"])
    assert client.get(f"/r/{record}").status_code == 404
    assert "Handling of samples" not in browsing.text(client.get("/search?q=samples"))
    assert rule(client.get("/configuration"))
    assert rule(client.get("/validation"))
    assert 'href="/records/document"' not in browsing.text(client.get("/inspector-asks")).partition('id="main"')[0]


def test_a_type_left_out_is_not_shown(home: TestHome) -> None:
    record = effective(home)
    client, _ = presented(home, left_out="document")
    assert client.get(f"/r/{record}").status_code == 404
    assert client.get("/configuration").status_code == 200


@pytest.mark.parametrize(
    ("period", "status"),
    [({"records_until": "2020-01-01"}, 404), ({"records_from": "2020-01-01"}, 200), ({"records_from": "2099-01-01"}, 200)],
)
def test_records_of_other_days_are_not_shown_but_those_in_force_are(
    home: TestHome, period: dict[str, str], status: int
) -> None:
    record = effective(home)
    client, _ = presented(home, **period)
    assert client.get(f"/r/{record}").status_code == status


def test_the_inspection_and_its_requests_are_not_shown(home: TestHome) -> None:
    client, number = presented(home)
    asked = request(home, number)
    assert client.get(f"/r/{number}").status_code == 404
    assert client.get(f"/r/{asked}").status_code == 404


# --- what is refused ----------------------------------------------------------------------------------------------------


def test_every_route_is_shown_or_refused_and_none_is_forgotten(home: TestHome) -> None:
    draft, record = home.draft(), effective(home)
    client, _ = presented(home)
    known = {*presenting.SHOWN, *presenting.QUIET, *presenting.ALWAYS, *OPEN_TO_ALL, "work"}
    assert {*presenting.SHOWN, *presenting.QUIET, *presenting.ALWAYS} <= set(routes())
    for name, (path, _) in SEEN.items():
        if name not in known:
            assert rule(client.get(path.format(draft=draft, record=record))), name


def test_nothing_is_sent_while_presenting(home: TestHome) -> None:
    draft, record = home.draft(), effective(home)
    client, _ = presented(home)
    before = Event.objects.count()
    for name in {*SEEN, *ONLY_POST} - presenting.ALWAYS:
        path = SEEN[name][0].format(draft=draft, record=record) if name in SEEN else address(name)
        for send in (client.post, client.put, client.delete):
            assert rule(send(path, {"fields": "x", "text": "A comment"})), name
    assert Event.objects.count() == before


def test_programs_read_nothing_by_a_session_that_presents(home: TestHome) -> None:
    record = effective(home)
    client, _ = presented(home)
    answer = client.get(f"/api/v1/records/{record}")
    assert answer.status_code == 409
    assert answer.json()["rule"] == "presentation_only_shows"


def test_the_first_page_leads_to_the_questions(home: TestHome) -> None:
    client, _ = presented(home)
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/inspector-asks")
    assert client.get("/inspector-asks").status_code == 200


@pytest.mark.parametrize("who", ["bea", "gue", "rea"])
def test_nobody_else_presents(home: TestHome, who: str) -> None:
    number = inspection(home, hosts=["ann"])
    client = browsing.sign_in(who)
    client.post(f"/r/{number}/act/present", {"seen": head(number).position})
    assert "presents" not in client.session
    assert client.get("/").status_code == 200


def test_an_inspection_that_is_only_announced_is_not_presented(home: TestHome) -> None:
    number = inspection(home, running=False, hosts=["ann"])
    client = browsing.sign_in("ann")
    client.post(f"/r/{number}/act/present", {"seen": head(number).position})
    assert "presents" not in client.session


def test_what_is_over_shows_nothing_instead_of_everything(home: TestHome) -> None:
    draft, record = home.draft(), effective(home)
    client, number = presented(home)
    home.act("rob", "inspection.edit", number, fields={"summary": "It went well, nothing was observed"})
    home.sign("qua", "inspection.close", number)
    for path in (f"/r/{record}", f"/r/{draft}", "/records/document", "/trail", "/inspector-asks"):
        answer = client.get(path)
        assert rule(answer), path
        assert "Handling of samples" not in answer.content.decode()
    assert client.post(END).status_code == 302
    assert client.get(f"/r/{draft}").status_code == 200


# --- what is noted, and the end -------------------------------------------------------------------------------------------


def test_each_page_is_noted_with_record_version_and_who(home: TestHome) -> None:
    record, draft = effective(home), home.draft()
    client, number = presented(home)
    asked = [("/inspector-asks", None), (f"/r/{record}", record), (f"/r/{record}/pdf?trail=1", record), ("/records/document?state=effective", None),
             ("/records/document/csv", None), ("/search?q=samples", None), (f"/r/{record}/timeline", record)]  # fmt: skip
    for path, _ in asked:
        assert client.get(path).status_code == 200
    client.get(f"/r/{draft}")  # not there, so not shown
    client.get("/palette?q=sop")
    client.post(f"/r/{record}/act/comment", {"text": "No"})

    told = shown(number)

    assert [(one["page"], one.get("number")) for one in told] == asked
    assert {one["host"] for one in told} == {"Ann Author (ann)"}
    (first, *_) = [one for one in told if one.get("number")]
    assert (first["version"], first["sha256"]) == (str(head(record).version), bytes(head(record).version_sha256).hex())
    client.post(END)
    panel = browsing.text(browsing.sign_in("rob").get(f"/r/{number}/panels/shown-on-screen"))
    assert "7 pages." in panel
    assert "/records/document?state=effective" in panel
    assert browsing.sign_in("rob").get(f"/r/{number}/panels/shown-on-screen/pdf").status_code == 200
    assert browsing.sign_in("rob").get(f"/r/{number}/panels/inspection-requests/pdf").status_code == 200


def test_what_cannot_be_noted_is_not_shown(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    record = effective(home)
    client, _ = presented(home)
    real = acts.run

    def broken(ctx: Any, act: str, *given: Any, **named: Any) -> Any:
        return real(ctx, "inspection.no_such_act" if act.endswith("note_shown") else act, *given, **named)

    monkeypatch.setattr(acts, "run", broken)
    answer = client.get(f"/r/{record}")
    assert answer.status_code != 200
    assert "Samples are handled so that nothing is lost" not in answer.content.decode()


def test_ending_it_brings_everything_back(home: TestHome) -> None:
    draft = home.draft()
    client, number = presented(home)
    assert client.get(f"/r/{draft}").status_code == 404

    answer = client.post(END)

    assert (answer.status_code, answer["Location"]) == (302, f"/r/{number}")
    assert client.get(f"/r/{draft}/edit").status_code == 200
    page = browsing.text(client.get("/"))
    assert "Inspector's view" not in page
    assert "My work" in page
    last = canonical.decode(Event.objects.filter(record_id=head(number).pk).latest("position").payload)
    assert (last["event"], "Ann Author (ann)" in last["reason"]) == ("inspection.presentation_ended", True)
    assert client.post(END).status_code == 404
    assert len(shown(number)) == 0


def test_signing_out_ends_it_with_the_session(home: TestHome) -> None:
    client, _ = presented(home)
    assert client.post("/logout").status_code == 302
    assert client.get("/records/document").status_code == 302
    assert browsing.sign_in("ann").get("/").status_code == 200
