"""The release of stage A of a real home: two pages signed by hand, their scans certified by a second person."""

from __future__ import annotations

from indelible.infra import clock, ids
from indelible.infra.storage import Store
from indelible.kernel.models import Record
from indelible.practice.models import Upload
from tests.homes import TestHome


def release_stage_a(home: TestHome) -> None:
    """Let system owner and quality sign on paper, and document control certify both pages."""
    head = Record.objects.get(type="installation")
    for signer in ("sys", "qua"):
        home.act("doc", "installation.certify", head.number, **page(home, head, "release_stage_a", signer))


def page(home: TestHome, head: Record, move: str, signer: str) -> dict[str, str]:
    """Give what is typed to certify a page of a record's present content, whose scan Ann has brought."""
    sha256 = Store(home.path / "files").put([ids.new().bytes], limit=100).sha256
    Upload.objects.create(id=ids.new(), person_id=home.person("ann"), sha256=sha256, size=16, name="page.pdf",
                          media_type="application/pdf", at=clock.now())  # fmt: skip
    return {"move": move, "signer": signer, "signed_on": clock.now().date().isoformat(), "scan": sha256,
            "page_hash": bytes(head.version_sha256).hex(), "place": "Binder 1"}  # fmt: skip
