"""Settings by environment: one table, unknown ones refused at the start, the page in step; proxies, TLS, logs, measurements."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from indelible.infra import environment
from indelible.project.arrival import Arrival
from tests.architecture.source import ROOT
from tests.faces import terminal
from tests.faces.terminal import ADMIN, Terminal
from tests.operation.visiting import Visitors, visiting

PAGE = ROOT / "docs" / "reference" / "environment.md"


@pytest.mark.engine_free
def test_the_page_says_what_the_table_says() -> None:
    """The rows of docs/reference/environment.md are those of the code, in the same order."""
    rows = [
        f"| `{s.name}` | {s.range} | {f'`{s.default}`' if s.default else ''} | {s.meaning} |" for s in environment.SETTINGS
    ]
    written = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]

    assert written == rows


@pytest.mark.engine_free
def test_every_setting_is_read_somewhere_and_no_other_is() -> None:
    sources = {
        path: path.read_text("utf-8")
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "environment.py" and not path.name.startswith("test_")
    }  # a script of the qualification misspells some
    read = {name for text in sources.values() for name in re.findall(r"INDELIBLE_[A-Z_]+", text)}

    assert read == set(environment.BY_NAME)


@pytest.mark.engine_free
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("INDELIBLE_HOST", "quality.example", "Did you mean INDELIBLE_HOSTS?"), ("INDELIBLE_TSL", "1", "INDELIBLE_TLS"),
     ("INDELIBLE_COLOUR", "red", "There is no setting INDELIBLE_COLOUR"), ("INDELIBLE_TLS", "yes", "it is 0 or 1"),
     ("INDELIBLE_WORKERS", "0", "it is 1 to 64"), ("INDELIBLE_WORKERS", "many", "it is 1 to 64"),
     ("INDELIBLE_LOG", "debug", "info, warning or error"), ("INDELIBLE_PROXIES", "10.0.0.0/99", "addresses or networks"),
     ("INDELIBLE_MAIL", "http://ann:hush@mail.example", "cannot be what it is"),
     ("INDELIBLE_MAIL", "smtps://mail.example:25/hush", "it is smtp://host:port"),
     ("INDELIBLE_MAIL_FROM", "Quality <quality@one.example>", "it is name@host"),
     ("INDELIBLE_OWNER_URL", "postgresql://x:hush\n@y/z", "cannot be what it is")],
)  # fmt: skip
def test_what_the_environment_cannot_say_stops_every_command(tmp_path: Path, name: str, value: str, words: str) -> None:
    for command in (("serve",), ("verify",), ("init",)):
        answer = Terminal(tmp_path / "none", environment={name: value}).run(*command)
        assert (answer.code, words in answer.err) == (2, True), answer.err
        assert "hush" not in answer.err
    assert not (tmp_path / "none").exists()


@pytest.mark.engine_free
def test_the_tools_of_development_may_have_settings_of_their_own() -> None:
    environment.check({"INDELIBLE_TEST_DATABASE": "sqlite", "INDELIBLE_REQUIRE": "postgres", "PATH": "/bin"})
    with pytest.raises(environment.Unknown):
        environment.check({"INDELIBLE_HOSTS": "a\nb"})


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Visitors]]:
    """Serve a home as behind a proxy on this machine that speaks https to people."""
    with terminal.fresh(tmp_path_factory.mktemp("proxied") / "home") as shell, socket.socket() as probe:
        made = shell.init("--json", "--environment", "validation")
        shell.enrol(made.json["admin_link"])
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        shell.environment.update(
            INDELIBLE_HOSTS="quality.example,127.0.0.1",
            INDELIBLE_TLS="1",
            INDELIBLE_PROXIES="127.0.0.1",
            INDELIBLE_LOG="info",
        )
        with visiting(shell, port, "/readyz", log=shell.home.parent / "serve.log") as visitors:
            yield shell, visitors


def as_proxied(visitors: Visitors) -> httpx.Client:
    client = visitors.somebody()
    client.headers.update({
        "Host": "quality.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.9, 192.0.2.44",
    })  # fmt: skip
    return client


def told(shell: Terminal, request: str) -> list[dict[str, object]]:
    """Give the lines of a request; its process writes them when the answer has gone out already."""
    for _ in range(50):
        if found := [one for one in lines(shell, "request") if one["request_id"] == request]:
            return found
        time.sleep(0.1)
    return []


def lines(shell: Terminal, event: str) -> list[dict[str, object]]:
    found = [
        json.loads(line) for line in (shell.home.parent / "serve.log").read_text("utf-8").splitlines() if line[:1] == "{"
    ]
    return [line for line in found if line["event"] == event]


def test_behind_a_proxy_cookies_are_secure_and_browsers_told_to_stay(behind_a_proxy: tuple[Terminal, Visitors]) -> None:
    _, visitors = behind_a_proxy
    client = as_proxied(visitors)
    page = client.get("/login")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    crumbs = "; ".join(header.partition(";")[0] for header in page.headers.get_list("set-cookie"))
    assert token
    form = {"login": ADMIN, "password": terminal.PASSWORD, "csrfmiddlewaretoken": token[1]}
    own = client.post("/login", data=form, headers={"Cookie": crumbs, "Origin": "https://quality.example"})
    other = client.post("/login", data=form, headers={"Cookie": crumbs, "Origin": "https://evil.example"})
    set_cookies = own.headers.get_list("set-cookie")

    assert (own.status_code, other.status_code) == (302, 403)
    assert any(one.startswith("__Host-indelible_session=") for one in set_cookies)
    assert all({"Secure", "HttpOnly"} <= set(one.split("; ")) for one in set_cookies if "csrf" not in one)
    assert all("Secure" in one and "Path=/" in one for one in set_cookies)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/metrics").status_code == 404


def test_each_request_leaves_one_line_with_its_id_and_the_callers_address(behind_a_proxy: tuple[Terminal, Visitors]) -> None:
    shell, visitors = behind_a_proxy
    answer = as_proxied(visitors).get("/records/person?q=secret-search", headers={"X-Request-ID": "from-the-proxy-17"})
    program = visitors.program()
    program.headers["Host"] = "quality.example"
    own = program.get("/api/v1/me")
    [line] = told(shell, "from-the-proxy-17")

    assert answer.headers["X-Request-Id"] == "from-the-proxy-17"
    assert set(line) >= {"at", "level", "route", "method", "status", "milliseconds", "address", "person", "request_id"}
    assert (line["route"], line["address"], line["status"]) == ("list", "192.0.2.44", 302)
    assert [one["status"] for one in told(shell, own.headers["X-Request-Id"])] == [200]
    assert "secret-search" not in (shell.home.parent / "serve.log").read_text("utf-8")
    assert visitors.token not in (shell.home.parent / "serve.log").read_text("utf-8")


def test_durations_are_added_up_over_the_processes(behind_a_proxy: tuple[Terminal, Visitors]) -> None:
    _, visitors = behind_a_proxy
    for _ in range(30):
        visitors.somebody().get("/api/v1/nothing-here")
    counted = re.compile(r'indelible_request_seconds_count\{method="GET",route="[a-z.]+nowhere",status="404"\} ([0-9.]+)')
    told = [counted.findall(visitors.somebody().get("/metrics").text) for _ in range(4)]

    assert told == [["30.0"]] * 4


def test_a_proxy_that_nobody_named_is_not_believed() -> None:
    seen = {}

    def inside(request: HttpRequest) -> HttpResponse:
        seen.update(request.META)
        return HttpResponse()

    Arrival(inside)(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={
        "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}))  # fmt: skip

    assert seen["REMOTE_ADDR"] == "192.0.2.1"
    assert not [name for name in seen if "FORWARDED" in name]
