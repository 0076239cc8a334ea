"""People at work over HTTP: the same random signings and saves, in sessions of their own, against a server that dies."""

from __future__ import annotations

import re
import time

import httpx

from tests.homes import PASSWORD, TestHome
from tests.torture.labour import Labourer, Plan
from tests.torture.tally import Tally

SHA256 = re.compile(r"[0-9a-f]{64}")
FINGERPRINT = re.compile(r'class="i-hash">([0-9a-f ]{12,})')
SIGNS = ("submit", "agree", "return", "approve")
API = "/api/v1/records/document"


class Away(Exception):
    """The server does not answer, or answers that it cannot: nothing is known about what was asked."""


class Visitor(Labourer):
    """One client; it sends each request again, with the same key, until it is answered."""

    def __init__(self, home: TestHome, tally: Tally, name: str, address: str) -> None:
        super().__init__(home, tally, name)
        self.address = address
        self.sessions: dict[str, httpx.Client] = {}

    def attempt(self, plan: Plan) -> None:
        """Send it until it is answered, and tally the answer."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                answer = self.send(plan)
                self.signed_out(answer, plan["user"])
            except (httpx.TransportError, Away):
                time.sleep(0.1)
                continue
            if answer.is_success:
                return self.tally.write("done", plan["key"], hashes=_hashes(answer.text))
            return self.tally.write("refused", plan["key"], why=f"{answer.status_code} {answer.text[:300]}")
        raise TimeoutError("the server did not come back")

    def send(self, plan: Plan) -> httpx.Response:
        """Send one request; raises Away for no answer to it."""
        verb, session = plan["act"].partition(".")[2], self.session(plan["user"])
        if verb in SIGNS:
            return self.sign(session, plan, verb)
        headers = {"Idempotency-Key": plan["key"], "If-Match": f'"{plan["seen"]}"'}
        if verb == "create":
            return _answer(session.post(API, json=plan["inputs"], headers=headers))
        given = {"reason": plan["reason"], **plan["inputs"]}
        if verb == "edit":
            return _answer(session.patch(f"{API}/{plan['number']}", json=given, headers=headers))
        return _answer(session.post(f"{API}/{plan['number']}/acts/{verb}", json=given, headers=headers))

    def signed_out(self, answer: httpx.Response, user: str) -> None:
        """Begin a new session where the old one has ended; raises Away then, so that the request is sent again."""
        if answer.status_code == 401 or (answer.is_redirect and "/login" in answer.headers.get("location", "")):
            self.sessions.pop(user).close()
            raise Away("signed out")

    def sign(self, session: httpx.Client, plan: Plan, verb: str) -> httpx.Response:
        """Open the dialog for what was seen, and sign exactly that with both components."""
        page = f"/r/{plan['number']}/sign/{verb}"
        if "statement" not in plan:
            dialog = _answer(session.get(page))
            found = re.search(r'name="statement" value="([0-9a-f]{64})"', dialog.text)
            if found is None:
                return dialog if not dialog.is_success else httpx.Response(409, text="nothing to sign")
            plan["statement"] = found[1]
        return _answer(session.post(page, data={
            "statement": plan["statement"], "seen": plan["seen"], "key": plan["key"], "user_id": plan["user"],
            "password": PASSWORD, "reason": plan["reason"],
        }))  # fmt: skip

    def session(self, user: str) -> httpx.Client:
        """Give the session of a person; signs in where there is none."""
        if self.sessions.get(user) is None:
            client = httpx.Client(base_url=self.address, timeout=30)
            _answer(client.get("/login"))
            _with_token(client)
            _answer(client.post("/login", data={"login": user, "password": PASSWORD}))
            _with_token(client)
            self.sessions[user] = client
        return self.sessions[user]


def _hashes(text: str) -> list[str]:
    """Give the hashes that an answer shows: whole ones of the API, beginnings in groups of the pages."""
    return [*SHA256.findall(text), *(found.replace(" ", "") for found in FINGERPRINT.findall(text))]


def _with_token(client: httpx.Client) -> None:
    client.headers["X-CSRFToken"] = client.cookies.get("indelible_csrf") or ""


def _answer(response: httpx.Response) -> httpx.Response:
    # A server in the middle of dying or beginning answers 5xx, a hurried one 429: nothing was done.
    if response.status_code >= 500 or response.status_code == 429:
        raise Away(response.text[:200])
    return response
