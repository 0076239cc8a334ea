"""The shipped nginx.conf and Caddyfile, run before a real server: TLS, names, what callers say of themselves, sizes."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from indelible.faces.api import bodies
from indelible.faces.web import files
from indelible.infra.recognition import MEGABYTE
from indelible.kernel.configuration import Policies
from tests.architecture.source import ROOT
from tests.faces import terminal
from tests.faces.terminal import ADMIN, PASSWORD, Terminal
from tests.operation import proxies
from tests.operation.proxies import NAME, Proxy
from tests.operation.visiting import Visitors, visiting

BOTH = [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("nginx", "caddy")]
MOST = int(Policies.model_fields["upload_megabytes"].default) * MEGABYTE
RAW = {"Content_Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Visitors]]:
    """Serve a home with the settings that are shipped for a server behind a proxy."""
    shipped = dict(
        re.findall(r"^(INDELIBLE_[A-Z]+)=(\S+)$", (ROOT / "deploy/indelible.env").read_text("utf-8"), re.MULTILINE)
    )
    with terminal.fresh(tmp_path_factory.mktemp("served") / "home") as shell:
        made = shell.init("--json", "--environment", "validation")
        shell.enrol(made.json["admin_link"])
        shell.environment.update(shipped)
        with visiting(shell, proxies.free_port(), "/readyz", log=shell.home.parent / "serve.log") as visitors:
            yield shell, visitors


@pytest.fixture(scope="module")
def run(server: tuple[Terminal, Visitors], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Proxy]]:
    """Run each proxy that is here, when it is first asked for."""
    with ExitStack() as stack:

        class Started(dict[str, Proxy]):
            def __missing__(self, kind: str) -> Proxy:
                place = tmp_path_factory.mktemp(kind)
                self[kind] = stack.enter_context(proxies.running(kind, place, server[1].port))
                return self[kind]

        yield Started()


def limit(kind: str) -> int:
    """Give how many bytes the shipped configuration lets through."""
    text = (ROOT / "deploy" / {"nginx": "nginx.conf", "caddy": "Caddyfile"}[kind]).read_text("utf-8")
    pattern = r"client_max_body_size (\d+)m;" if kind == "nginx" else r"max_size (\d+)MB"
    [found] = re.findall(pattern, text)
    return int(found) * ((1 << 20) if kind == "nginx" else MEGABYTE)


@pytest.mark.parametrize("kind", BOTH)
def test_tls_is_new_and_the_certificate_is_for_the_name(run: dict[str, Proxy], kind: str) -> None:
    proxy, shaken = run[kind], {}
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = proxy.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns() if version < ssl.TLSVersion.TLSv1_2 else ExitStack():
            context.minimum_version = context.maximum_version = version
        link = proxies.Named(proxy.https, context)
        try:
            link.connect()
            shaken[version.name] = True
        except (ssl.SSLError, ConnectionError):
            shaken[version.name] = False
        finally:
            link.close()

    assert shaken == {"TLSv1": False, "TLSv1_1": False, "TLSv1_2": True, "TLSv1_3": True}


@pytest.mark.parametrize("kind", BOTH)
def test_people_sign_in_with_cookies_that_stay_on_https(run: dict[str, Proxy], kind: str) -> None:
    proxy = run[kind]
    page = proxy.ask("/login")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    kept = "; ".join(one.partition(";")[0] for one in page.cookies)
    form = urlencode({"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
    kind_of = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": kept}

    own = proxy.ask("/login", method="POST", body=form, Origin=f"https://{NAME}", **kind_of)
    other = proxy.ask("/login", method="POST", body=form, Origin="https://evil.example", **kind_of)

    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert (own.status, other.status) == (302, 403)
    assert any(one.startswith("__Host-") for one in own.cookies)
    assert all("Secure" in one and "Path=/" in one for one in [*page.cookies, *own.cookies])


@pytest.mark.parametrize("kind", BOTH)
def test_another_name_is_refused_and_the_figures_are_hidden(run: dict[str, Proxy], kind: str) -> None:
    proxy = run[kind]

    other = proxy.ask("/login", host="evil.example")

    # nginx passes the name on, and the product refuses it; Caddy knows no such site and has nothing to say.
    assert (other.status, other.text.strip()[:15]) == {"nginx": (400, "<!doctype html>"), "caddy": (200, "")}[kind]
    assert [proxy.ask(path).status for path in ("/metrics", "/healthz", "/readyz")] == [404, 200, 200]


@pytest.mark.nginx
def test_plain_http_leads_to_https_under_the_own_name_only(run: dict[str, Proxy]) -> None:
    for host in (NAME, "evil.example"):
        link = HTTPConnection("127.0.0.1", run["nginx"].http, timeout=20)
        link.request("GET", "/r/SOP-014?x=1", headers={"Host": host})
        answer = link.getresponse()
        assert (answer.status, answer.getheader("Location")) == (301, f"https://{NAME}/r/SOP-014?x=1")
        link.close()


@pytest.mark.parametrize("kind", BOTH)
def test_what_callers_say_of_themselves_is_not_believed(
    run: dict[str, Proxy], server: tuple[Terminal, Visitors], kind: str
) -> None:
    shell, visitors = server
    spoofed = {
        "X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "forged.example", "X_Forwarded_Proto": "http", "Forwarded": "for=203.0.113.9",
        "X_Real_IP": "203.0.113.9", "X_Request_ID": "chosen-by-the-caller",
    }  # fmt: skip

    answer = run[kind].ask("/api/v1/me", Authorization=f"Bearer {visitors.token}", **spoofed)

    assert answer.status == 200
    own = answer.headers["x-request-id"]
    assert own != "chosen-by-the-caller"
    assert [line["address"] for line in _lines(shell, own)] == ["127.0.0.1"]
    log = (shell.home.parent / "serve.log").read_text("utf-8")
    assert "203.0.113.9" not in log
    assert "forged.example" not in log


def _lines(shell: Terminal, request: str) -> list[dict[str, str]]:
    for _ in range(50):
        lines = (shell.home.parent / "serve.log").read_text("utf-8").splitlines()
        if found := [
            line for line in map(json.loads, (x for x in lines if x[:1] == "{")) if line.get("request_id") == request
        ]:
            return [line for line in found if line["event"] == "request"]
        time.sleep(0.1)
    return []


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_a_proxy_lets_through_what_the_product_takes_and_little_more(kind: str) -> None:
    largest = max(MOST + bodies.AROUND, files.FILES_AT_ONCE * MOST + files.AROUND)

    assert largest <= limit(kind) <= largest * 1.06


@pytest.mark.parametrize("kind", BOTH)
def test_the_largest_file_arrives_and_one_byte_more_is_refused_by_the_product(
    run: dict[str, Proxy], server: tuple[Terminal, Visitors], tmp_path: Path, kind: str
) -> None:
    by = f"Bearer {server[1].token}"
    told = []
    for size in (MOST, MOST + 1):
        path = tmp_path / "large.txt"
        with path.open("wb") as out:
            out.write(kind.encode() + b"x" * (size - len(kind)))
        with path.open("rb") as body:
            told.append(run[kind].ask("/api/v1/files?name=large.txt", method="POST", body=body, Authorization=by,
                                      Content_Length=str(size), **RAW))  # fmt: skip

    assert [answer.status for answer in told] == [201, 413], [answer.text[:200] for answer in told]
    assert json.loads(told[1].text)["rule"] == "upload_size"


@pytest.mark.nginx
def test_a_body_beyond_the_limit_is_stopped_by_nginx_before_it_is_read(run: dict[str, Proxy]) -> None:
    answer = run["nginx"].ask("/api/v1/files?name=a.txt", method="POST", Content_Length=str(limit("nginx") + 1), **RAW)

    assert answer.status == 413


@pytest.mark.nginx
def test_many_crawling_uploads_before_nginx_touch_nobody(run: dict[str, Proxy], server: tuple[Terminal, Visitors]) -> None:
    """More of them than the product has threads: nginx holds them, and pages come as before."""
    proxy = run["nginx"]
    head = (
        f"POST /api/v1/files?name=a.txt HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/octet-stream\r\n"
        f"Authorization: Bearer {server[1].token}\r\nContent-Length: 5000000\r\n\r\nx"
    )

    def slowest() -> float:
        spans = []
        for _ in range(15):
            began = time.monotonic()
            assert proxy.ask("/login").status == 200
            spans.append(time.monotonic() - began)
        return sorted(spans)[-2]

    alone = slowest()
    with ExitStack() as stack:
        for _ in range(40):
            link = proxies.Named(proxy.https, proxy.context())
            link.connect()
            stack.callback(link.close)
            link.sock.sendall(head.encode())
        beside = slowest()

    print(f"{alone * 1000:.0f} ms alone, {beside * 1000:.0f} ms beside 40 crawling uploads")
    assert beside < 10 * alone + 1.0
