"""Printed names beside signatures: in any script, as they were when signed, whoever is renamed later (11.50)."""

from __future__ import annotations

import hashlib
import json

import pytest

from indelible.assurance.verify import verify
from indelible.infra import canonical
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record, Signature
from indelible.practice import queries
from tests import homes
from tests.homes import TestHome


def signed(number: str) -> list[tuple[str, str]]:
    """Give who signed what, in order."""
    record = Record.objects.get(number=number)
    return [(s.printed_name, s.meaning) for s in Signature.objects.filter(record_id=record.id).order_by("position")]


@pytest.mark.parametrize("name", ["山田 太郎", "محمد الأمين", "Zoë O’Neill-Ångström", "Ada 🧪 Lovelace", "नीलम ‌शर्मा"])
def test_a_name_in_any_script_is_signed_printed_and_verified_as_it_is(home: TestHome, name: str) -> None:
    home.people["any"] = homes.hire(home, "any", name, ["author"])
    number = home.draft("any")
    home.sign("any", "document.submit", number)

    given = Signature.objects.get(record_id=Record.objects.get(number=number).id)
    manifest = json.loads(given.manifest)
    text = json.dumps(manifest["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert given.printed_name == manifest["statement"]["printed_name"] == name
    assert hashlib.sha256(text.encode()).hexdigest() == manifest["statement_sha256"]
    assert verify().findings == []


def test_a_changed_name_stands_beside_new_signatures_and_the_old_one_beside_the_old(home: TestHome) -> None:
    first = home.until(home.draft(), "in_review")
    own = Record.objects.get(pk=home.person("ann")).number
    home.act("adm", "person.edit", own, fields={"printed_name": "Ann Newname", "job_title": "Principal scientist"})
    second = home.until(home.draft(), "in_review")

    assert [signed(first), signed(second)] == [[("Ann Author", "authored")], [("Ann Newname", "authored")]]
    old = canonical.decode(Signature.objects.get(record_id=Record.objects.get(number=first).id).manifest)["statement"]
    assert (old["printed_name"], old["title_of_signer"]) == ("Ann Author", "Scientist")
    assert verify().findings == []


def test_a_presence_for_the_old_name_does_not_sign_with_the_new_one(home: TestHome) -> None:
    number = home.draft()
    shown = queries.to_sign(home.view("ann"), Record.objects.get(number=number), "submit").sha256
    presence = home.presence("ann", "document.submit", number, shown)
    own = Record.objects.get(pk=home.person("ann")).number
    home.act("adm", "person.edit", own, fields={"printed_name": "Ann Newname"})

    with pytest.raises(Refused) as refused:
        home.act("ann", "document.submit", number, presence=presence)
    assert refused.value.rule == "look_again"
    assert signed(number) == []
