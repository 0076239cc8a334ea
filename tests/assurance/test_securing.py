"""The security log follows the ledger; credentials of somebody else are told by mail and as an incident, once, within a minute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.conf import settings

from indelible.assurance import alarms, securing
from indelible.infra import clock, security
from indelible.kernel import config, records, sequencer
from indelible.kernel.models import Record, Task
from indelible.practice import accounts, factors
from indelible.project import background
from tests.faces import browsing
from tests.homes import PASSWORD, TestHome
from tests.practice.posting import Post, posting

CONTACT = "security@quality.example"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Run a mail server, and name a security contact."""
    present = config.current()
    given = present.model_copy(update={"policies": present.policies.model_copy(update={"security_contact": CONTACT})})
    monkeypatch.setattr(config, "current", lambda: given)
    monkeypatch.setattr(securing, "_again", list(securing._again))
    monkeypatch.setattr(alarms, "_refused", {})
    with posting() as server:
        monkeypatch.setenv("INDELIBLE_MAIL", server.address)
        yield server


def lines() -> list[dict[str, Any]]:
    """Give what the security log of this home says."""
    place = settings.HOME.path / security.FOLDER / security.FILE
    return [json.loads(one) for one in place.read_text("utf-8").splitlines()] if place.exists() else []


def caught_up() -> None:
    """Let the log take in everything that has happened."""
    sequencer.drain()
    while securing.step() is not None:
        pass


def misused(home: TestHome, number: str) -> None:
    """Give the right credentials of Qua in the session of Hed, to sign."""
    client = browsing.sign_in("hed")
    assert browsing.signed(client, f"/r/{number}/sign/approve", "qua").status_code == 422


def test_what_concerns_accounts_grants_and_refusals_is_written_once_in_order_and_without_secrets(home: TestHome) -> None:
    caught_up()
    before = len(lines())
    assert before, "what was founded is told, too"
    secret = factors.begin_codes()
    factors.add_codes(home.people["ann"], secret, pyotp.TOTP(secret).at(clock.real(), counter_offset=-1))
    link = accounts.renew_link(home.people["adm"], Record.objects.get(pk=home.person("bea")).number)
    browsing.signed(browsing.sign_in("bea"), f"/r/{home.draft('bea')}/sign/submit", "bea", password="not the password")
    caught_up()
    caught_up()

    ledger = [one for one in lines()[before:] if "logged_at" in one]
    assert [one["event"] for one in ledger] == ["account_factor_added", "account_link_issued", "signing_refused"]
    assert (ledger[0]["person"], ledger[1]["by"]) == (str(home.person("ann")), str(home.person("adm")))
    assert (ledger[2]["person"], ledger[2]["rule"], ledger[2]["act"]) == (
        str(home.person("bea")),
        "signature_components",
        "document.submit",
    )
    whole = json.dumps(lines())
    for word in (secret, link, PASSWORD, "not the password"):
        assert word not in whole
    assert all(set(one) <= set(security.FIELDS) and one["at"].endswith("Z") for one in lines())


def test_sign_ins_failed_ones_locks_and_sessions_that_end_are_told_and_nothing_that_was_typed(home: TestHome) -> None:
    client = browsing.sign_in("ann")
    client.post("/logout")
    nobody = browsing.nobody()
    nobody.post("/login", {"login": "my password by mistake", "password": PASSWORD})
    for _ in range(9):
        nobody.post("/login", {"login": "bea", "password": "a wrong password"})

    told = [(one["event"], one.get("person")) for one in lines()]
    ann, bea = str(home.person("ann")), str(home.person("bea"))
    assert told[:3] == [("sign_in", ann), ("session_ended", ann), ("sign_in_failed", "unknown")]
    assert told[3:].count(("sign_in_failed", bea)) >= 8
    assert ("locked", bea) in told
    assert "mistake" not in json.dumps(lines())
    assert lines()[0]["session"] == lines()[1]["session"]


def test_credentials_of_somebody_else_are_told_by_mail_and_as_an_incident_once(home: TestHome, post: Post) -> None:
    number = home.until(home.draft(), "in_approval")
    sequencer.drain()
    securing.tell()
    misused(home, number)
    caught_up()

    assert securing.tell() == 1
    assert securing.tell() == 0

    assert post.told() == [(CONTACT, "Credentials of somebody else were given in a session")]
    (incident,) = Record.objects.filter(type="incident")
    said = records.values(incident)
    assert (said["kind"], incident.author_id) == ("wrong-owner signing", None)
    assert "Hed Head" in said["what"]
    assert number in said["what"]
    assert Task.objects.filter(record_id=incident.pk).exists()
    line = next(one for one in lines() if one["event"] == "wrong_owner")
    assert (line["person"], line["subject"], line["outcome"]) == (str(home.person("hed")), number, "refused")
    assert securing.AGAIN + timedelta(seconds=background.SECURITY_EVERY) < timedelta(seconds=60)


def test_a_wrong_password_beside_the_user_id_of_somebody_else_is_no_misuse(home: TestHome, post: Post) -> None:
    number = home.until(home.draft(), "in_approval")
    browsing.signed(browsing.sign_in("hed"), f"/r/{number}/sign/approve", "qua", password="only a guess of it")
    caught_up()

    assert securing.tell() == 0
    assert post.told() == []
    assert not Record.objects.filter(type="incident").exists()


def test_mail_that_is_not_taken_is_sent_again_and_the_incident_stays_one(
    home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = home.until(home.draft(), "in_approval")
    misused(home, number)
    caught_up()
    post.refused["*"] = "451 later"
    assert (securing.tell(), securing.tell()) == (0, 0)
    post.refused.clear()
    assert (securing.tell(), post.told()) == (0, []), "not at once again"
    monkeypatch.setattr(securing, "_again", [clock.real()])

    assert securing.tell() == 1

    assert len(post.told()) == 1
    assert Record.objects.filter(type="incident").count() == 1


def test_without_a_mail_server_the_incident_is_opened_all_the_same(
    home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_MAIL", "")
    number = home.until(home.draft(), "in_approval")
    misused(home, number)
    caught_up()
    securing.tell()

    assert Record.objects.filter(type="incident").count() == 1
    assert post.told() == []


def test_a_log_that_cannot_be_written_stops_nobody(home: TestHome) -> None:
    (settings.HOME.path / security.FOLDER).write_text("in the way")

    assert browsing.sign_in("ann").get("/").status_code == 200
    assert (settings.HOME.path / security.FOLDER).read_text("utf-8") == "in the way"


def test_a_field_that_the_guide_does_not_know_is_never_written(home: TestHome) -> None:
    with pytest.raises(ValueError, match="not a field"):
        security.told("sign_in", password="x")
