"""Whatever is sent to the addresses of records is answered: in JSON, by something below 500, and the ledger stays whole.

Runs over a type with every field kind and over the shipped one. `make torture` raises the number of rounds.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from indelible.infra import canonical
from indelible.kernel import config
from indelible.kernel.models import Event, Record
from tests.faces.calling import Caller, caller, fresh
from tests.homes import TestHome

pytestmark = pytest.mark.campaign
LARGE = os.environ.get("INDELIBLE_CAMPAIGN") == "large"
ROUNDS = settings(
    max_examples=3000 if LARGE else 120, deadline=None, database=None, print_blob=True, derandomize=not LARGE,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)  # fmt: skip
TYPES = ("document", "sample")
NAMED = {"document": "title", "sample": "name"}
REQUIRED = {"document": {"title": "T", "class": "procedure"}, "sample": {"name": "A"}}
TAKES = {"comment": "text", "link": "to", "reassign": "to", "confirm": "field", "edit": "fields"}
VERBS = ("edit", "amend", "revise", "comment", "link", "unlink", "extend", "reassign", "confirm", "restrict", "certify",
         "create", "submit", "void", "take_effect", "supersede", "withdraw")  # fmt: skip

INNER = ["person", "number", "sha256", "place", "value"]
QUERY = ["cursor", "limit", "state", "q", "late", "class", "owner", "kind", "trail", "x"]

odd = st.sampled_from([
    "", " ", "\0", "\ud800", "\ufffe", "0", "1e400", "-0", "NaN", "1" * 400, "9" * 5000, "../x", "%00", "' OR 1=1 --",
    "{{ 7*7 }}", "<script>", "=1+1", "2026-02-30", "2026-11-23", "\u0662\u0660\u0662\u0666-11-23", "2026-11-23T14:03-05:00",
    "0001-01-01T00:00+23:59", "9998-12-31T23:59-23:59", "yes", "no", "ann", "SOP-001", "SOP-001.01", "DEP-01", "routine",
    "procedure", "a" * 64, "\u202e", "\r\n", "\U0001d518",
])  # fmt: skip
plain = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
texts = st.one_of(odd, st.text(max_size=40))
scalars = st.one_of(
    st.none(), st.booleans(), texts, st.integers(), st.integers(-(10**400), 10**400), st.floats(),
    st.decimals(allow_nan=False, allow_infinity=False).map(str), st.dates().map(str), st.uuids().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["person", "number", "sha256", "place", "value"]), texts), inner, max_size=3
        ),
    ),
    max_leaves=8,
)
latin = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")
heads = st.one_of(
    st.none(), st.sampled_from(['"1"', '"0"', "*", 'W/"1"', '"99999999999"', "1"]), st.text(latin, max_size=30)
)


def quoted(text: str) -> str:
    """Write a text as one part of an address."""
    return quote(text.encode("utf-8", "replace"), safe="")


@st.composite
def fields(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    names = [field.name for field in config.current().type(kind).fields]
    return draw(st.dictionaries(st.one_of(st.sampled_from(names), texts), values, max_size=6))


@pytest.fixture
def world(home: TestHome, unhurried: None) -> tuple[Caller, dict[str, str]]:
    """Give a caller that may do much, and a record of each type."""
    assert unhurried is None
    ann = caller(home, "ann")
    made = {
        "document": home.draft(),
        "sample": ann.create("sample", name="A", kind="routine").json()["number"],
    }
    return ann, made


def check(answer: Any, reached: set[int] | None = None) -> None:
    assert answer.status_code < 500, answer.content
    if reached is not None:
        reached.add(answer.status_code)
    assert answer["Content-Type"].split(";")[0] in ("application/json", "application/problem+json")
    json.loads(answer.content)


def whole() -> None:
    """Every event's bytes are its leaf's, and every head stands on its last event."""
    for event in Event.objects.all():
        assert canonical.leaf(event.payload) == bytes(event.leaf)
    for record in Record.objects.filter(type__in=TYPES):
        last = Event.objects.filter(record_id=record.pk).latest("position")
        assert (record.position, bytes(record.leaf)) == (last.position, bytes(last.leaf))


def send(who: Caller, method: str, path: str, body: Any, *, seen: str | None, key: str | None) -> Any:
    headers = {name: value for name, value in (("If_Match", seen), ("Idempotency_Key", key)) if value is not None}
    data = body if isinstance(body, bytes) else json.dumps(body, allow_nan=True)
    return who._send(method, path, data, headers)


@pytest.mark.parametrize("kind", TYPES)
def test_any_values_for_a_new_or_a_present_record_are_answered(world: tuple[Caller, dict[str, str]], kind: str) -> None:
    (who, made), reached = world, set[int]()

    @ROUNDS
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        given_fields = data.draw(st.one_of(fields(kind), st.fixed_dictionaries({NAMED[kind]: texts})))
        body = {"fields": {**REQUIRED[kind], **given_fields} if data.draw(st.booleans()) else given_fields}
        extra = data.draw(st.one_of(st.just({}), st.dictionaries(st.sampled_from(["number", "reason"]), values, max_size=1)))
        key = data.draw(st.one_of(st.uuids().map(str), heads))
        check(send(who, "POST", f"/records/{kind}", body | extra, seen=None, key=key), reached)
        position = Record.objects.get(number=made[kind]).position
        seen = data.draw(st.one_of(st.just(f'"{position}"'), heads))
        check(send(who, "PATCH", f"/records/{kind}/{made[kind]}", body | extra, seen=seen, key=None), reached)
        check(who.get(f"/records/{kind}/{made[kind]}"))

    run()
    assert reached >= {200, 201, 412, 422}, "the examples do not reach what they are for"
    check(who.get(f"/records/{kind}"))
    check(who.get(f"/records/{kind}/{made[kind]}/history"))
    whole()


def test_any_act_with_any_input_is_answered(world: tuple[Caller, dict[str, str]]) -> None:
    (who, made), reached = world, set[int]()

    @ROUNDS
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        kind, fits = data.draw(st.sampled_from(TYPES)), data.draw(st.booleans())
        verb = data.draw(st.sampled_from([*TAKES]) if fits else st.one_of(st.sampled_from(VERBS), texts.map(quoted)))
        input_of = fields(kind) if verb == "edit" else plain
        names = ["reason", "fields", "text", "to", "days", "field", "number", "seen", "presence", "key"]
        fitting = st.fixed_dictionaries({TAKES.get(verb, "text"): input_of})
        body = data.draw(fitting if fits else st.dictionaries(st.sampled_from(names), values, max_size=4))
        good = st.just(f'"{Record.objects.get(number=made[kind]).position}"')
        seen = data.draw(good if fits else st.one_of(good, heads))
        key = fresh() if fits else data.draw(st.one_of(st.uuids().map(str), heads))
        check(send(who, "POST", f"/records/{kind}/{made[kind]}/acts/{verb}", body, seen=seen, key=key), reached)
        check(who.get(f"/records/{kind}/{made[kind]}/acts"))

    run()
    assert reached >= {200, 403, 404, 409, 422}, "the examples do not reach what they are for"
    whole()


def test_any_address_query_and_body_is_answered(world: tuple[Caller, dict[str, str]]) -> None:
    who, _ = world
    part = texts.map(quoted)

    @ROUNDS
    @given(
        method=st.sampled_from(["GET", "POST", "PATCH"]),
        parts=st.lists(st.one_of(part, st.sampled_from(TYPES)), max_size=3),
        last=st.sampled_from(["", "/history", "/acts", "/signatures", "/acts/edit", "/files/0"]),
        query=st.dictionaries(st.sampled_from(QUERY), part, max_size=3),
        body=st.one_of(st.binary(max_size=60), values), top=st.sampled_from(["/records", "/events", "/me", "/validation"]),
    )  # fmt: skip
    def run(method: str, parts: list[str], last: str, query: dict[str, str], body: Any, top: str) -> None:
        path = "/".join([top, *parts]) + last
        path += "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
        check(send(who, method, path, body, seen='"1"', key="k"))

    run()
