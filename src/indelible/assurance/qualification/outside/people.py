"""The only place that acts on the copy as somebody: a visitor, a person in a browser's session, a program with a token."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from . import pages
from .answers import Answer
from .trace import Trace

V1 = "/api/v1"
CSRF = "indelible_csrf"
SESSION = "indelible_session"
OLD = 240  # seconds after which a person signs in anew, long before any session ends by itself
LOOKS = 2  # at a record that the system moves while somebody decides
PATIENCE = 120  # seconds for an answer on a machine that does other work too
Typed = Callable[[str], str]


class FromAddress(HTTPAdapter):
    """Sends from another address of this machine, so that what is refused there slows nobody else down."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """Bind every connection to the address."""
        super().init_poolmanager(*given, **named, source_address=(self._source, 0))


class Visitor:
    """A browser in which nobody has signed in. `source` is the loopback address that it calls from."""

    name = "nobody"

    def __init__(self, address: str, trace: Trace, typed: Typed, source: str = "") -> None:
        self.address, self.trace, self.type_of = address, trace, typed
        self.browser = requests.Session()
        self.browser.trust_env = False
        if source:
            self.browser.mount("http://", FromAddress(source))

    def get(self, path: str, **parameters: Any) -> Answer:
        """Open a page."""
        return self._send("GET", path, params=parameters or None)

    def post(self, path: str, form: Mapping[str, Any] | None = None) -> Answer:
        """Send a form with the token that the pages give; nothing is followed."""
        token = self._token()
        sent = {"csrfmiddlewaretoken": token, **(form or {})}
        return self._send("POST", path, data=sent, headers={"Referer": self.address + path})

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the interface for programs; `path` begins after /api/v1. Headers are written with `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send(method, V1 + path, json=body, headers=given, known=True)

    def sign_in(self, user_id: str, password: str) -> Answer:
        """Type user id and password on the sign-in page."""
        self.trace.hide(password)
        self.get("/login")
        return self.post("/login", {"login": user_id, "password": password})

    def _credentials(self, method: str) -> dict[str, str]:
        return {} if method == "GET" else {"X-CSRFToken": self.browser.cookies.get(CSRF) or "", "Referer": self.address}

    def _token(self) -> str:
        if not self.browser.cookies.get(CSRF):
            self._send("GET", "/login")
        return self.browser.cookies.get(CSRF) or ""

    def _send(self, method: str, path: str, **given: Any) -> Answer:
        headers = {"User-Agent": "Qualification script", **(given.pop("headers", None) or {})}
        headers |= self._credentials(method) if given.pop("known", False) else {}
        got = self.browser.request(
            method, self.address + path, allow_redirects=False, timeout=PATIENCE, headers=headers, **given
        )
        sent = given.get("json") if given.get("json") is not None else given.get("data")
        shown = got.request.path_url
        self.trace.exchange(who=self.name, method=method, path=str(shown), sent=sent, headers=headers,
                            status=got.status_code, received=dict(got.headers), body=got.content)  # fmt: skip
        return Answer(got.status_code, got.content, got.headers)


@dataclass(frozen=True, slots=True)
class Dialog:
    """A signature dialog that was opened: what it shows, what it sends by itself, whether it asks for the user id."""

    answer: Answer
    path: str
    sends: dict[str, str]
    asks_user_id: bool


class Caller(Visitor):
    """Whoever may call the interface: short ways to records."""

    def create(self, kind: str, /, *, number: str = "", begun_from: str = "", **fields: Any) -> Answer:
        """Create a record."""
        body: dict[str, Any] = {"fields": fields}
        body |= {"number": number} if number else {}
        body |= {"begun_from": begun_from} if begun_from else {}
        return self.api("POST", f"/records/{kind}", body, Idempotency_Key=fresh())

    def read(self, number: str, part: str = "") -> Answer:
        """Read a record, or a part of it: acts, history, signatures."""
        return self.api("GET", self._path(number) + (f"/{part}" if part else ""))

    def edit(self, number: str, *, reason: str = "", seen: int | None = None, **fields: Any) -> Answer:
        """Change fields, having looked at the record now, or at the position `seen`."""
        body = {"fields": fields, "reason": reason}
        return self._having_seen(number, seen, lambda tag: self.api(
            "PATCH", self._path(number), body, If_Match=tag, Idempotency_Key=fresh()))  # fmt: skip

    def act(self, number: str, move: str, *, seen: int | None = None, key: str = "", **inputs: Any) -> Answer:
        """Do an act without a signature, having looked at the record now, or at the position `seen`."""
        path = f"{self._path(number)}/acts/{move}"
        return self._having_seen(number, seen, lambda tag: self.api(
            "POST", path, inputs, If_Match=tag, Idempotency_Key=key or fresh()))  # fmt: skip

    def _having_seen(self, number: str, seen: int | None, send: Callable[[str], Answer]) -> Answer:
        """Send what was decided on a state; where the system itself has moved the record meanwhile, look again and decide the same."""
        if seen is not None:
            return send(f'"{seen}"')
        answer = send(self._tag(number))
        for _ in range(LOOKS):
            if answer.status != 412:
                break
            answer = send(self._tag(number))
        return answer

    def amend(self, number: str, reason: str, **fields: Any) -> Answer:
        """Change what was signed; voids the signatures on it."""
        return self.act(number, "amend", reason=reason, fields=fields)

    def acts(self, number: str) -> Answer:
        """List what may be done on a record now, and why the rest may not."""
        return self.read(number, "acts")

    def history(self, number: str) -> Answer:
        """Give the audit trail of a record."""
        return self.read(number, "history")

    def signatures(self, number: str) -> Answer:
        """Give every signature on a record."""
        return self.read(number, "signatures")

    def allowed(self, number: str) -> list[str]:
        """Give the names of the acts that are possible now, signed ones among them."""
        return sorted(one["act"] for one in self.acts(number).json.get("acts", []) if one["allowed"])

    def state(self, number: str) -> str:
        """Give the state in which a record is; "404" where it does not exist for whoever asks."""
        answer = self.read(number)
        return answer.state if answer.status == 200 else str(answer.status)

    def fields(self, number: str) -> dict[str, Any]:
        """Give the values of a record."""
        found: dict[str, Any] = self.read(number).json.get("fields", {})
        return found

    def upload(self, name: str, content: bytes) -> Answer:
        """Bring a file; its `sha256` names it in a field."""
        headers = {"Content-Type": "application/octet-stream"}
        return self._send("POST", f"{V1}/files", data=content, params={"name": name}, headers=headers, known=True)

    def _path(self, number: str) -> str:
        return f"/records/{self.type_of(number)}/{quote(number)}"

    def _tag(self, number: str) -> str:
        return str(self.read(number).headers.get("ETag", '"0"'))


class Program(Caller):
    """A program that calls with a person's token."""

    def __init__(self, address: str, trace: Trace, typed: Typed, secret: str, name: str) -> None:
        super().__init__(address, trace, typed)
        trace.hide(secret)
        self.secret, self.name = secret, name

    def _credentials(self, method: str) -> dict[str, str]:
        del method
        return {"Authorization": f"Bearer {self.secret}"}


class Person(Caller):
    """A person of the cast; signs in on the page before whatever comes first, and again after the clock was moved."""

    def __init__(self, address: str, trace: Trace, typed: Typed, user_id: str, password: str, source: str = "") -> None:
        super().__init__(address, trace, typed, source)
        trace.hide(password)
        self.user_id = self.name = user_id
        self.password = password
        self.inside, self.comes_back, self._entered = False, True, 0.0

    def enter(self) -> Answer:
        """Sign in on the page; gives its answer (302 where it let the person in)."""
        self.inside, self._entered = True, time.monotonic()
        self.browser.cookies.pop(SESSION, None)
        return self.sign_in(self.user_id, self.password)

    def leave(self) -> Answer:
        """Sign out."""
        answer = self.post("/logout")
        self.inside = False
        return answer

    def pdf(self, number: str, *, trail: bool = False) -> str:
        """Give the text of the printed copy of a record; with its whole audit trail where `trail`."""
        answer = self.api("GET", self._path(number) + f"/pdf?trail={'true' if trail else 'false'}")
        if answer.status == 200:
            self.trace.keep("pdf", f"{number}.pdf", answer.content)
        return answer.paper if answer.status == 200 else answer.said

    def dialog(self, number: str, move: str, path: str = "") -> Dialog:
        """Open the signature dialog of a move, as a page."""
        where = path or f"/r/{quote(number)}/sign/{move}"
        page = self.get(where)
        return Dialog(page, where, pages.hidden(page.text), pages.asks_for(page.text, "user_id"))

    def give(self, dialog: Dialog, *, reason: str = "", user_id: str | None = None, password: str | None = None,
             **changed: str) -> Answer:  # fmt: skip
        """Sign what a dialog shows: the user id where it is asked for, the password in any case."""
        given = self.user_id if user_id is None and dialog.asks_user_id else user_id or ""
        secret = self.password if password is None else password
        self.trace.hide(secret)
        form = {**dialog.sends, "password": secret, "reason": reason, **({"user_id": given} if given else {}), **changed}
        return self.post(dialog.path, form)

    def sign(self, number: str, move: str, reason: str = "", *, user_id: str | None = None, password: str | None = None,
             **changed: str) -> Answer:  # fmt: skip
        """Open the dialog of a move and sign what it shows; gives the dialog's answer where it was not shown."""
        shown = self.dialog(number, move)
        if shown.answer.status != 200:
            return shown.answer
        return self.give(shown, reason=reason, user_id=user_id, password=password, **changed)

    def accept_statement(self) -> Answer:
        """Accept the statement on electronic signatures, as whoever signs does once."""
        return self.give(self.dialog("", "", "/me/statement"), user_id=self.user_id)

    def issue_token(self, label: str, scopes: str = "*", days: int = 1) -> str:
        """Issue an own token on the page Me; gives its secret, "" where the page gives none."""
        answer = self.post("/me/tokens", {"label": label, "scopes": scopes, "sources": "", "days": str(days)})
        secret = next((word for word in answer.words.split() if word.startswith("ind_")), "")
        self.trace.hide(secret)
        return secret

    def _send(self, method: str, path: str, **given: Any) -> Answer:
        if path != "/login":
            self._be_inside()
        return super()._send(method, path, **given)

    def _token(self) -> str:
        self._be_inside()  # signing in gives a new token, which a form must already hold
        return super()._token()

    def _be_inside(self) -> None:
        old = self.comes_back and time.monotonic() - self._entered > OLD
        if not self.inside or old:
            self.enter()


def fresh() -> str:
    """Give a key that was never used."""
    return f"q-{uuid.uuid4().hex}"
