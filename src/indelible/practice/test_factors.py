"""OQ of second factors: codes and passkeys count once, a copied passkey signs where the policy says so, and roles ask for a factor."""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import html
import json
import re
import secrets
import struct
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "localhost"  # the name of an installation without an address of its own
PRESENT, VERIFIED, MAY_BE_COPIED, IS_COPIED, WITH_KEY = 0x01, 0x04, 0x08, 0x10, 0x40


def yes(it):
    return "yes" if it else "no"


def code(secret, step):
    """Give the one-time code of a step of thirty seconds (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def now():
    return calendar.timegm(time.gmtime()) // 30


def add_codes(person):
    """Add a program for one-time codes on the person's page; gives its secret and the step that is used up by it."""
    secret = re.search(r'class="i-code">([A-Z2-7 ]+)<', person.get("/me/codes").text)[1].replace(" ", "")
    person.trace.hide(secret)
    step = now() - 1
    answer = person.post("/me/codes", {"code": code(secret, step)})
    return secret, step, answer.status


def text(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def item(kind, value):
    """Write one number or the length of one text of CBOR."""
    return (
        bytes([kind << 5 | value])
        if value < 24
        else bytes([kind << 5 | 24, value])
        if value < 256
        else struct.pack(">BH", kind << 5 | 25, value)
    )


class Passkey:
    """A passkey of the script's own, in software: ES256, with a counter, and perhaps one that is copied between devices."""

    def __init__(self, *, copied):
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16), 0
        self.flags = PRESENT | VERIFIED | (MAY_BE_COPIED | IS_COPIED if copied else 0)

    def _seen(self, flags):
        return hashlib.sha256(HOST.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind, options):
        said = {
            "type": f"webauthn.{kind}",
            "challenge": options["challenge"],
            "origin": f"http://{HOST}:8000",
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, client, **response):
        given = {"clientDataJSON": text(client), **{name: text(value) for name, value in response.items()}}
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": given,
            }
        )

    def made(self, options):
        """Answer what a page asks of a new passkey."""
        point = self.key.public_key().public_numbers()
        public = (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21"
            + item(2, 32)
            + point.x.to_bytes(32, "big")
            + b"\x22"
            + item(2, 32)
            + point.y.to_bytes(32, "big")
        )
        seen = self._seen(self.flags | WITH_KEY) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        words = [item(3, len(word)) + word.encode() for word in ("fmt", "none", "attStmt", "authData")]
        attested = b"\xa3" + words[0] + words[1] + words[2] + b"\xa0" + words[3] + item(2, len(seen)) + seen
        return self._answer(self._client("create", options), attestationObject=attested)

    def proves(self, options, *, count=None):
        """Answer what a page asks of a passkey that is known, with a counter that goes on, or with another one."""
        self.count = self.count + 1 if count is None else count
        client, seen = self._client("get", options), self._seen(self.flags)
        signature = self.key.sign(seen + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(client, authenticatorData=seen, signature=signature)


def asked(page):
    """Give what a page asks of a passkey; nothing where it asks for none."""
    found = re.search(r'data-passkey="[a-z]+" data-options="([^"]+)"', page)
    said = json.loads(html.unescape(found[1])) if found else {}
    return said.get("publicKey", said)


def add_passkey(person, key):
    """Add a passkey on the person's page."""
    return person.post(
        "/me/passkey", {"passkey": key.made(asked(person.get("/me/passkey").text)), "label": "Of the script"}
    ).status


def at_factor(site, person):
    """Give a browser in which the password was given and the second factor is asked for."""
    visitor = site.nobody(site.elsewhere())
    answer = visitor.sign_in(person.user_id, person.password)
    return visitor, answer.where


def enter(site, person, **factor):
    visitor, _ = at_factor(site, person)
    return str(visitor.post("/login/factor", factor).status)


@pytest.mark.script(
    "OQ-IDN-017",
    title="A one-time code, a recovery code and the counter of a passkey count once",
    negative=True,
    requirements=("URS-IDN-017",),
)
def test_once(steps, site):
    """Codes are counted by the script (RFC 6238), the passkey is one in software: each is given, given again, and given out of turn."""
    made = {}

    @steps(
        "Let somebody new add a program for one-time codes",
        expected="302; the password alone leads to the second factor: yes",
    )
    def _():
        made["person"] = site.newcomer(name="Two Factors")
        made["secret"], made["step"], status = add_codes(made["person"])
        return f"{status}; the password alone leads to the second factor: {yes(at_factor(site, made['person'])[1] == '/login/factor')}"

    def give(step):
        return enter(site, made["person"], code=code(made["secret"], step))

    @steps("Give a code, the same again, and the one before", expected="302, 422, 422")
    def _():
        step = made["step"] + 1
        return f"{give(step)}, {give(step)}, {give(step - 1)}"

    @steps("Give the next one, and once more", expected="302, 422")
    def _():
        step = made["step"] + 2
        return f"{give(step)}, {give(step)}"

    @steps("Make recovery codes and give one twice, and another one", expected="at least 4 codes: yes; 302, 422, 302")
    def _():
        page = made["person"].post("/me/recovery").text
        codes = list(dict.fromkeys(re.findall(r"\b[0-9a-f]{5}-[0-9a-f]{5}\b", page)))
        for one in codes:
            site.trace.hide(one)
        tried = [enter(site, made["person"], code=one) for one in (codes[0], codes[0], codes[1])]
        return f"at least 4 codes: {yes(len(codes) >= 4)}; {', '.join(tried)}"

    @steps("Let somebody else add a passkey, and sign in with it", expected="302; 302")
    def _():
        made["other"], made["key"] = site.newcomer(name="With A Passkey"), Passkey(copied=False)
        added = add_passkey(made["other"], made["key"])
        visitor, _ = at_factor(site, made["other"])
        answer = made["key"].proves(asked(visitor.get("/login/factor").text))
        return f"{added}; {visitor.post('/login/factor', {'passkey': answer}).status}"

    @steps("Answer with a counter that stood there before, and with one that went back", expected="422, 422")
    def _():
        found = []
        for count in (made["key"].count, 0):
            visitor, _ = at_factor(site, made["other"])
            answer = made["key"].proves(asked(visitor.get("/login/factor").text), count=count)
            found.append(str(visitor.post("/login/factor", {"passkey": answer}).status))
        return ", ".join(found)

    @steps("Give an answer to what was asked before", expected="302, 422")
    def _():
        visitor, _ = at_factor(site, made["other"])
        answer = made["key"].proves(asked(visitor.get("/login/factor").text), count=10)
        first = visitor.post("/login/factor", {"passkey": answer}).status
        return f"{first}, {enter(site, made['other'], passkey=answer)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-IDN-018",
    title="A passkey that is copied between devices signs only where the policy allows it",
    negative=True,
    requirements=("URS-IDN-018",),
)
def test_copied_passkeys(steps, own):
    """Two homes of the script's own with the people of the copy: where the policy says no, and where it says yes."""
    made = {}

    def signs(key):
        person = made["person"]
        number = own.site.make("document", person.user_id, "in_approval").number
        move = next(one for one, declared in own.site.reading.moves("document", "draft").items() if declared.get("signs"))
        dialog = person.dialog(number, move)
        options = asked(dialog.answer.text)
        if not options:
            return "not asked"
        return person.give(
            dialog, reason="Signed with a passkey of the script", password="", passkey=key.proves(options)
        ).signed

    def prepared(allowed):
        told = own.made(synced_passkeys_sign=allowed)
        served = own.serve()
        made["person"] = own.site.newcomer("author", name="Passkeys At Hand")
        return f"{told}; {served}"

    def begun(copied):
        key = Passkey(copied=copied)
        added = add_passkey(made["person"], key)
        return key, added

    @steps("Make a home whose policy keeps them from signing", given="synced_passkeys_sign: false", expected="made; served")
    def _():
        return prepared("false")

    @steps("Add a passkey that is copied between devices, and sign in with it", expected="302; 302")
    def _():
        made["copied"], added = begun(copied=True)
        visitor, _ = at_factor(own.site, made["person"])
        answer = made["copied"].proves(asked(visitor.get("/login/factor").text))
        return f"{added}; {visitor.post('/login/factor', {'passkey': answer}).status}"

    @steps("Sign a document of one's own", expected="with the copied passkey: not asked; signatures: 0")
    def _():
        told = signs(made["copied"])
        return f"with the copied passkey: {told}; signatures: {of(made['person'])}"

    def of(person):
        named = "SELECT count(*) AS n FROM signature s JOIN account a ON a.person_id = s.person_id WHERE a.user_id = ? AND s.manifest LIKE ?"
        return own.database.value(named, person.user_id, '%"type":"document"%')

    @steps(
        "Add one that stays in its device, and sign with the copied one what this one is asked for",
        expected="302; signed: no; signatures: 0",
    )
    def _():
        made["bound"], added = begun(copied=False)
        return f"{added}; signed: {yes(signs(made['copied']) == 'signed')}; signatures: {of(made['person'])}"

    @steps("Sign with the one that stays", expected="signed")
    def _():
        return signs(made["bound"])

    @steps("Make a home whose policy allows them", given="synced_passkeys_sign: true", expected="made; served")
    def _():
        own.end()
        own.away()
        return prepared("true")

    @steps("Sign with a copied passkey there", expected="signed")
    def _():
        key, _ = begun(copied=True)
        return signs(key)


@pytest.mark.needs("role:qa_approver", "document")
@pytest.mark.script(
    "OQ-IDN-016",
    title="Who holds a role that asks for a second factor reaches nothing without one",
    negative=True,
    requirements=("URS-IDN-016",),
)
def test_asked_by_role(steps, own):
    """On a home of the script's own whose policy names one role: its holder against somebody of another role."""
    made = {}

    @steps("Make a home whose policy names quality approvers", given="factor_roles: [qa_approver]", expected="made; served")
    def _():
        told = own.made(factor_roles="[qa_approver]")
        return f"{told}; {own.serve()}"

    @steps("Sign in as one of them with the password alone and open pages", expected="led to the page that adds one: 4 of 4")
    def _():
        person = made["person"] = own.site.person("qa_approver")
        answers = [person.get(path) for path in ("/", "/records/document", "/search?q=a", "/trail")]
        return f"led to the page that adds one: {sum(one.where.startswith('/me') for one in answers)} of {len(answers)}"

    @steps("Send forms and call the interface", expected="done: 0; rule second_factor named: yes")
    def _():
        person = made["person"]
        answers = [
            person.post("/me/tokens", {"label": "A token", "scopes": "read", "sources": "", "days": "1"}),
            person.post("/records/document/new", {"title": "Without a factor"}),
            person.create("document", **own.site.filling.values("document")),
        ]
        named = any(one.rule == "second_factor" for one in answers)
        done = own.database.value("SELECT count(*) AS n FROM token") + sum(one.status == 201 for one in answers)
        return f"done: {done}; rule second_factor named: {yes(named)}"

    @steps("Open the same as an author", expected="200")
    def _():
        return str(own.site.person("author").get("/records/document").status)

    @steps("Add a program for codes, sign in with password and code, and open them again", expected="302; 302; 200, 200")
    def _():
        secret, step, added = add_codes(made["person"])
        visitor, _ = at_factor(own.site, made["person"])
        given = visitor.post("/login/factor", {"code": code(secret, step + 1)}).status
        return f"{added}; {given}; {visitor.get('/').status}, {visitor.get('/records/document').status}"
