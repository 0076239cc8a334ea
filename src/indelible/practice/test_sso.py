"""OQ of single sign-on: a provider that the script plays is believed only as far as its signed word goes, and signs only where policy says so."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "script-of-the-qualification", "a secret between the two"
ONWARDS = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


def yes(it):
    return "yes" if it else "no"


def text(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def number(value):
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Provider:
    """An identity provider (OpenID Connect) of the script's own; `says` are claims over the honest ones."""

    def __init__(self):
        self.key, self.other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.subject, self.nonce, self.says, self.signs_with = "", "", {}, self.key
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                self._send(provider.keys() if self.path == "/jwks" else provider.itself())

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self._send(provider.token())

            def _send(self, said):
                body = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_what):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def itself(self):
        ways = {
            name: f"{self.issuer}/{end}"
            for name, end in (("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "jwks"))
        }
        return {"issuer": self.issuer, "id_token_signing_alg_values_supported": ["none", "RS256"], **ways}

    def keys(self):
        public = self.key.public_key().public_numbers()
        return {
            "keys": [
                {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": number(public.n), "e": number(public.e)}
            ]
        }

    def token(self):
        now = time.clock_gettime(time.CLOCK_REALTIME)
        honest = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": int(now),
            "exp": int(now) + 300,
            "auth_time": now,
            "nonce": self.nonce,
        }
        head = {"alg": "RS256" if self.signs_with else "none", "kid": "one"}
        said = ".".join(text(json.dumps(one).encode()) for one in (head, honest | self.says))
        signature = self.signs_with.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()) if self.signs_with else b""
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": f"{said}.{text(signature)}"}

    def answers(self, address, subject, *, signs_with="the own key", nonce=None, **says):
        """Let somebody sign in there who came by an address; gives the way back that the browser takes."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.subject, self.says, self.nonce = subject, says, asked["nonce"] if nonce is None else nonce
        self.signs_with = self.key if signs_with == "the own key" else signs_with
        return f"/login/sso/back?code=of-the-script&state={asked['state']}"


@pytest.fixture
def provider():
    """Give a provider that is there until the script ends."""
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


def follow(browser, path):
    """Take the way back into the product, with the redirects behind it that stay there."""
    answer = browser.get(path)
    for _ in range(4):
        if not (answer.status in (301, 302, 303) and answer.where.startswith("/") and "/back" in answer.where):
            break
        answer = browser.get(answer.where)
    return answer


def onwards(answer):
    """Give the address to which a page of the product leads a browser on; "" where it leads nowhere."""
    found = ONWARDS.search(answer.text)
    return html.unescape(found[1]) if found else ""


def linked(provider, person, subject):
    """Link somebody with an account at the provider, by the own password and a sign-in there."""
    address = onwards(person.post("/me/sso", {"password": person.password}))
    return follow(person, provider.answers(address, subject)).where.startswith("/me")


def prepared(own, provider, signs):
    """Make a home whose policy names the provider, and serve it."""
    told = own.made(sso_issuer=f'"{provider.issuer}"', sso_signs=signs)
    return f"{told}; {own.serve(INDELIBLE_OIDC_CLIENT=CLIENT, INDELIBLE_OIDC_SECRET=SECRET)}"


def move_of(own):
    return next(one for one, declared in own.site.reading.moves("document", "draft").items() if declared.get("signs"))


class Signing:
    """One signature of somebody by a sign-in at the provider, as far as the way there."""

    def __init__(self, own, who):
        self.own, self.person = own, own.site.person(who)
        self.number, self.move = own.site.make("document", who, "in_approval").number, move_of(own)
        dialog = self.person.dialog(self.number, self.move)
        form = {**dialog.sends, "user_id": self.person.user_id, "by": "oidc", "reason": "Signed by the script"}
        self.answer = self.person.post(dialog.path, form)
        self.address = onwards(self.answer)

    def back(self, path):
        """Come back; says whether it signed, what refused it, and that nothing was signed."""
        return self.told(follow(self.person, path))

    def told(self, answer):
        rows = self.own.database.rows(
            "SELECT s.id FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?", self.number
        )
        refusals = self.own.database.rows("SELECT payload FROM refusal ORDER BY id DESC LIMIT 1")
        rule = json.loads(refusals[0]["payload"])["rule"] if refusals else "nothing"
        return "signed" if answer.signed == "signed" and rows else f"{answer.status} {rule}, signatures: {len(rows)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-IDN-020",
    title="A sign-in at the provider counts from the declared issuer, for this installation, in time and for who is linked",
    negative=True,
    requirements=("URS-IDN-020", "URS-IDN-021"),
)
def test_signing_in(steps, own, provider):
    """Each property of the token is wrong once; where the policy does not say so, nothing of it signs."""
    made = {}

    def comes(subject, **wrong):
        browser = made["browser"] = own.nobody()
        made["way"] = provider.answers(browser.get("/login/sso").where, subject, **wrong)
        answer = follow(browser, made["way"])
        inside = browser.get("/").status == 200
        return f"{answer.status}, let in: {yes(inside)}"

    @steps(
        "Make a home that trusts the script's provider for signing in alone",
        given="sso_signs: false",
        expected="made; served",
    )
    def _():
        return prepared(own, provider, "false")

    @steps("Come from there as somebody who is linked with nobody", expected="403, let in: no")
    def _():
        return comes("author-there")

    @steps("Link an author, with a wrong password first", expected="linked: no, yes")
    def _():
        person = own.site.person("author")
        wrong = onwards(person.post("/me/sso", {"password": "not the password of the author 1"}))
        return f"linked: {yes(wrong)}, {yes(linked(provider, person, 'author-there'))}"

    @steps("Come from there as the author", expected="302, let in: yes")
    def _():
        return comes("author-there")

    @steps("Take the same way back once more, and in another browser", expected="403, 403")
    def _():
        return f"{follow(made['browser'], made['way']).status}, {follow(own.nobody(), made['way']).status}"

    cases = {
        "another issuer": {"iss": "https://evil.example"},
        "another installation": {"aud": "somebody-else"},
        "a time that is over": {"exp": 1_600_000_000, "iat": 1_599_999_000},
        "a nonce that nobody asked with": {"nonce": "invented"},
        "no signature": {"signs_with": None},
    }
    for words, wrong in cases.items():

        @steps(f"Come with a token of {words}", expected="403, let in: no")
        def _(wrong=wrong):
            return comes("author-there", **wrong)

    @steps("Come with a token that another key has signed", expected="403, let in: no")
    def _():
        return comes("author-there", signs_with=provider.other)

    @steps("Come as an honest author again, and as a stranger", expected="302, let in: yes; 403, let in: no")
    def _():
        return f"{comes('author-there')}; {comes('a-stranger')}"

    @steps("Ask to sign by a sign-in there", expected="led there: no; 422 fresh_sign_in, signatures: 0")
    def _():
        signing = Signing(own, "author")
        return f"led there: {yes(signing.address)}; {signing.told(signing.answer)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-IDN-021",
    title="A sign-in at the provider signs one statement, of the same person, when it was made for it",
    negative=True,
    requirements=("URS-IDN-021",),
)
def test_signing(steps, own, provider):
    """Older than the request, of somebody else, for another statement, given twice: refused by the rule, and nothing is signed."""
    made = {}

    @steps(
        "Make a home where sign-ins there count for signatures, and link two authors",
        given="sso_signs: true",
        expected="made; served; linked: yes, yes",
    )
    def _():
        told = prepared(own, provider, "true")
        done = [linked(provider, own.site.person(who), f"{who}-there") for who in ("author", "author.2")]
        return f"{told}; linked: {', '.join(yes(one) for one in done)}"

    @steps("Come back with a sign-in from before the request", expected="422 fresh_sign_in, signatures: 0")
    def _():
        signing = Signing(own, "author")
        return signing.back(
            provider.answers(signing.address, "author-there", auth_time=time.clock_gettime(time.CLOCK_REALTIME) - 600)
        )

    @steps("Come back without a time of the sign-in", expected="422 fresh_sign_in, signatures: 0")
    def _():
        signing = Signing(own, "author")
        return signing.back(provider.answers(signing.address, "author-there", auth_time=None))

    @steps("Come back as the other author", expected="422 wrong_owner, signatures: 0")
    def _():
        signing = Signing(own, "author")
        return signing.back(provider.answers(signing.address, "author.2-there"))

    @steps("Come back with the answer that was made for another statement", expected="422 fresh_sign_in, signatures: 0")
    def _():
        first, second = Signing(own, "author"), Signing(own, "author")
        nonce = parse_qs(urlsplit(first.address).query)["nonce"][0]
        return second.back(provider.answers(second.address, "author-there", nonce=nonce))

    @steps("Come back with the right one", expected="signed")
    def _():
        made["signing"] = Signing(own, "author")
        made["way"] = provider.answers(made["signing"].address, "author-there")
        return made["signing"].back(made["way"])

    @steps("Read how it was signed", given="SQL", expected="user id and fresh sign-in: yes")
    def _():
        rows = own.database.rows("SELECT manifest FROM signature ORDER BY id DESC LIMIT 1")
        return f"user id and fresh sign-in: {yes('user id and fresh sign-in' in rows[0]['manifest'])}"

    @steps("Take the same way back once more", expected="signed again: no; signatures of the record: 1")
    def _():
        answer = follow(made["signing"].person, made["way"])
        number = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"
        return f"signed again: {yes(answer.signed == 'signed')}; signatures of the record: {own.database.value(number, made['signing'].number)}"

    @steps("Send the form of a session that began there, without a new sign-in", expected="signed: no")
    def _():
        browser = own.nobody()
        follow(browser, provider.answers(browser.get("/login/sso").where, "author-there"))
        person, number = own.site.again("author"), own.site.make("document", "author", "in_approval").number
        person.browser, person.inside = browser.browser, True
        dialog = person.dialog(number, move_of(own))
        answer = person.post(
            dialog.path, {**dialog.sends, "user_id": person.user_id, "oidc": "proven", "reason": "Without a sign-in"}
        )
        return f"signed: {yes(answer.signed == 'signed')}"
