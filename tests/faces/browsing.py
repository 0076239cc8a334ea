"""Short ways for tests to sign people in and to look at the pages of the web face."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

from django.test import Client
from django.urls import URLPattern

from indelible.faces.web import exports
from indelible.faces.web.urls import urlpatterns
from indelible.kernel.models import Record
from tests.homes import PASSWORD, TestHome


def sign_in(user: str, password: str = PASSWORD, **kept: Any) -> Client:
    """Give a browser in which a person has signed in through the page."""
    client = Client(raise_request_exception=False)
    answer = client.post("/login", {"login": user, "password": password, **kept})
    assert answer.status_code == 302, answer.content.decode()
    return client


def nobody() -> Client:
    """Give a browser in which nobody has signed in."""
    return Client(raise_request_exception=False)


def text(answer: Any) -> str:
    """Give the words of an answer, streamed or not."""
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def export_of(answer: Any) -> list[dict[str, str]]:
    """Give the lines of a CSV answer by the names of its columns, as a spreadsheet would read them."""
    return list(csv.DictReader(io.StringIO(text(answer).removeprefix(exports.MARK)), strict=True))


def rows_of(answer: Any) -> list[list[str]]:
    """Give the rows of a CSV answer without the columns of their origin; none of an export that holds none."""
    lines = [list(line.values()) for line in export_of(answer)]
    assert {line[-1] for line in lines} <= {"0", str(len(lines))}
    return [line[: -len(exports.ORIGIN)] for line in lines if line[-1] != "0"]


def context(answer: Any) -> Any:
    """Give what a page was drawn from, by name; for modules that draw with `instrumented_test_render`."""
    return answer.context


def routes() -> dict[str, URLPattern]:
    """Give every route of the web face by name."""
    return {str(one.name): one for one in urlpatterns}


def person(home: TestHome, user: str) -> Record:
    """Give the record of a person of the test home."""
    return Record.objects.get(pk=str(home.people[user].person_id))


def effective(home: TestHome) -> str:
    """Give the number of a record in force, which every reader sees."""
    number = home.draft()
    home.until(number, "effective")
    return number


def many(home: TestHome, count: int) -> None:
    """Make many records of one type."""
    for number in range(count):
        home.draft(title=f"Handling of sample {number:03}")


def asked(page: str) -> dict[str, str]:
    """Give what the form of a page sends by itself: its hidden inputs, without the token."""
    main = page.partition("<main")[2] or page
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def signed(client: Client, path: str, user: str, *, password: str = PASSWORD, **changed: str) -> Any:
    """Open a signature dialog as a page, then sign what it shows."""
    page = client.get(path)
    assert page.status_code == 200, page.content.decode()
    return client.post(path, {**asked(page.content.decode()), "user_id": user, "password": password, **changed})
