"""Signatures on paper: they count after a second person certified the scan of the very page."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import canonical, clock, ids
from indelible.infra.storage import Store
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Record, Signature
from indelible.practice.models import Upload
from tests.homes import TestHome


def scan(home: TestHome, user: str = "ann") -> str:
    sha256 = Store(home.path / "files").put([ids.new().bytes], limit=100).sha256
    Upload.objects.create(id=ids.new(), person_id=home.person(user), sha256=sha256, size=16, name="page.pdf",
                          media_type="application/pdf", at=clock.now())  # fmt: skip
    return sha256


def page(home: TestHome, number: str, **changed: Any) -> dict[str, Any]:
    sha256 = bytes(Record.objects.get(number=number).version_sha256).hex()
    given = {"move": "approve", "signer": "hed", "signed_on": "2020-01-02", "page_hash": sha256[:16],
             "scan": scan(home), "place": "Binder 3, shelf B"}  # fmt: skip
    return given | changed


def test_a_certified_page_counts_as_the_signature_of_who_signed_it(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    home.act("doc", "document.certify", number, **page(home, number))
    home.sign("qua", "document.approve", number)

    record = Record.objects.get(number=number)
    given = Signature.objects.get(record_id=record.id, printed_name="Hed Head")
    assert record.state == "approved"
    assert canonical.decode(given.manifest)["method"] == "wet ink"


def test_a_page_of_another_content_is_refused(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(Refused, match="not of"):
        home.act("doc", "document.certify", number, **page(home, number, page_hash="0" * 16))
    with pytest.raises(Refused, match="not of"):
        home.act("doc", "document.certify", number, **page(home, number, page_hash=""))


def test_who_scanned_does_not_certify(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(Refused, match="another person certifies"):
        home.act("doc", "document.certify", number, **page(home, number, scan=scan(home, "doc")))


def test_nobody_certifies_a_signature_of_their_own(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(Invalid, match="not yourself"):
        home.act("qua", "document.certify", number, **page(home, number, signer="qua"))


def test_paper_gives_nobody_a_right_that_they_do_not_hold(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    for signer in ("ann", "tek", "adm"):
        with pytest.raises(Refused, match="may not give a signature"):
            home.act("doc", "document.certify", number, **page(home, number, signer=signer))


def test_only_the_declared_roles_certify(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(Refused, match="may not certify"):
        home.act("rob", "document.certify", number, **page(home, number))
    with pytest.raises(NotFound):
        home.act("rea", "document.certify", number, **page(home, number))


def test_a_day_in_the_future_is_not_beside_a_signature(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")

    with pytest.raises(Invalid, match="day that stands beside"):
        home.act("doc", "document.certify", number, **page(home, number, signed_on="2999-01-01"))
