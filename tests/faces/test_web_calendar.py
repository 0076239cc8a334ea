"""The calendar on its page and as a feed: whose days, which secret opens it, and that nothing of a record leaves by it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from indelible.infra import clock
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record
from indelible.practice import accounts, history
from indelible.practice.models import Token
from tests.faces.browsing import nobody, sign_in
from tests.faces.calling import Caller, caller
from tests.homes import TestHome
from tests.modules.events import action, capa, day, head, reported

ADDRESS = "https://quality.example"


@pytest.fixture(autouse=True)
def _public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PUBLIC_URL", ADDRESS)


def made(client: Client) -> str:
    """Make a feed on the page; gives its path."""
    page = client.post("/me/calendar").content.decode()
    (path,) = re.findall(rf"{ADDRESS}(/calendar/feed/[\w-]+\.ics)", page)
    return str(path)


def read(path: str) -> str:
    answer: Any = nobody().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return str(answer.content.replace(b"\r\n ", b"").decode())


def in_month(client: Client, on: str, of: str = "all", **asked: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"month": on[:7], "of": of, **asked}.items())
    return str(client.get(f"/calendar?{query}").content.decode())


def test_each_day_leads_to_its_record_in_the_grid_and_in_the_list(home: TestHome) -> None:
    task = action(home, capa(home, reported(home)), due_on=day(10))

    page = in_month(sign_in("qua"), day(10))

    grid, _, rest = page.partition("Day by day")
    assert grid.count(f'href="/r/{task}"') == 1
    assert rest.count(f'href="/r/{task}"') == 1
    assert f'id="day-{day(10)}"' in rest


def test_hidden_records_have_no_day_on_anybody_elses_page(home: TestHome) -> None:
    hidden = home.draft(effective_on=day(10), title="Hidden recipe")

    assert hidden in in_month(sign_in("ann"), day(10))
    for of in ("all", "mine"):
        page = in_month(sign_in("rea"), day(10), of)
        assert hidden not in page
        assert "Hidden recipe" not in page


def test_the_filters_stand_in_the_address(home: TestHome) -> None:
    plan = capa(home, reported(home), implement_by=day(10))
    task = action(home, plan, due_on=day(10))
    client = sign_in("qua")

    only = in_month(client, day(10), type="action")
    assert f'href="/r/{task}"' in only
    assert f'href="/r/{plan}"' not in only
    assert f'href="/r/{task}"' not in in_month(client, day(10), "mine")


@pytest.mark.parametrize(
    "query", ["month=x", "month=2026-13", "month=0001-01", "month=9999-12", "month=2026-01-01", "month=%2D1"]
)
@pytest.mark.usefixtures("home")
def test_what_is_no_month_is_refused_in_words(query: str) -> None:
    answer = sign_in("ann").get(f"/calendar?{query}")

    assert answer.status_code == 422
    assert "is not a month" in answer.content.decode()


@pytest.mark.parametrize("query", ["of=nonsense", "type=nonsense", "month=1990-01", "month=2199-12"])
@pytest.mark.usefixtures("home")
def test_an_odd_filter_breaks_nothing(query: str) -> None:
    assert sign_in("ann").get(f"/calendar?{query}").status_code == 200


def test_a_feed_tells_number_act_day_and_address_and_nothing_of_the_content(home: TestHome) -> None:
    plan = capa(home, reported(home), title="Secret recipe")
    task = action(home, plan, due_on=day(10), what="Secret deed")
    path = made(sign_in("bea"))

    written = read(path)

    assert f"SUMMARY:{task}: Done\r\n" in written
    assert f"URL:{ADDRESS}/r/{task}\r\n" in written
    assert f"DTSTART;VALUE=DATE:{day(10).replace('-', '')}" in written
    assert f"UID:{head(task).pk}-due@indelible" in written
    for secret in ("Secret", "alarm", "Bea"):
        assert secret not in written


def test_a_feed_holds_ones_own_days_and_with_of_all_what_one_may_see_and_never_more(home: TestHome) -> None:
    hidden = home.draft(effective_on=day(10))
    task = action(home, capa(home, reported(home)), due_on=day(10))
    path = made(sign_in("rea"))

    assert task not in read(path)
    assert hidden not in read(path)
    assert hidden not in read(f"{path}?of=all")
    whole = read(f"{made(sign_in('qua'))}?of=all")
    assert task in whole


def test_only_the_newest_address_works_and_a_withdrawn_one_does_not(home: TestHome) -> None:
    client = sign_in("rea")
    first = made(client)
    second = made(client)

    assert nobody().get(first).status_code == 404
    assert nobody().get(second).status_code == 200
    client.post("/me/calendar/withdraw")
    assert nobody().get(second).status_code == 404
    assert client.post("/me/calendar/withdraw").status_code == 302
    told = [
        one.reason
        for one in history.of_record(Record.objects.get(pk=home.person("rea")))
        if "calendar" in one.reason.casefold()
    ]
    assert len(told) == 4, "made, withdrawn, made, withdrawn: each is an event of the person"


def test_an_address_ends_with_the_account_and_with_its_days(home: TestHome) -> None:
    rea, bea = made(sign_in("rea")), made(sign_in("bea"))
    number = Record.objects.get(pk=home.person("rea")).number
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Left the company for good")

    assert nobody().get(rea).status_code == 404
    assert nobody().get(bea).status_code == 200
    Token.objects.filter(label="Calendar feed").update(until=clock.now() - timedelta(seconds=1))
    assert nobody().get(bea).status_code == 404


def test_the_secret_opens_nothing_else_and_no_token_opens_the_calendar(home: TestHome) -> None:
    secret = made(sign_in("qua")).removeprefix("/calendar/feed/").removesuffix(".ics")
    program = Caller({"Authorization": f"Bearer {secret}"})

    for path in ("/me", "/records/document", "/events", "/panels"):
        assert program.get(path).status_code == 401, path
    token = caller(home, "qua").headers["Authorization"].removeprefix("Bearer ")
    assert nobody().get(f"/calendar/feed/{token}.ics").status_code == 404
    for path in ("/calendar", "/", f"/calendar/feed/{secret}.ics/x"):
        assert nobody().get(path).status_code != 200


def test_no_program_can_issue_itself_the_scope_of_a_feed(home: TestHome) -> None:
    with pytest.raises(Refused):
        accounts.issue_token(home.people["qua"], label="Sneaky feed", scopes=[accounts.FEED], days=1)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.usefixtures("home")
def test_a_feed_is_read_and_nothing_else(method: str) -> None:
    path = made(sign_in("rea"))

    assert getattr(nobody(), method)(path).status_code == 405


@pytest.mark.usefixtures("home")
def test_the_secret_is_shown_once_and_stands_nowhere(home: TestHome) -> None:
    client = sign_in("rea")
    secret = made(client).removeprefix("/calendar/feed/").removesuffix(".ics")

    page = client.get("/me").content.decode()
    assert secret not in page
    assert "Withdraw" in page
    assert "Calendar feed</td>" not in page, "it is no API token"
    assert not Event.objects.filter(payload__contains=secret).exists()
