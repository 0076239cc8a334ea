"""The paper of the letter under 11.100(c): on the company's letterhead, from its entry, with the place to sign by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.infra.pdf import PdfFailed, compile_pdf
from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.modules.certification.reactions import written
from indelible.practice.papers import paper


@paper("certification_letter", "Paper to sign by hand")
def letter(record: Record) -> bytes:
    """Give the letter as PDF/A-3a and PDF/UA-1; raises Refused where its text cannot be set."""
    values = records.values(record)
    company = records.find(values["company"][0]["number"])
    entry = records.values(company)
    signatory = records.find(UUID(values["signatory"]["person"])) if values["signatory"] else None
    data = {
        "company": entry["name"], "letterhead": entry.get("letterhead") or entry["name"], "addressee": values["addressee"] or "",
        "lines": str(entry.get("address") or "").splitlines(), "text": values["text"] or written(company),
        "signer": signatory.title if signatory else "", "post": records.values(signatory).get("job_title") if signatory else "",
        "number": record.number, "hash": bytes(record.version_sha256).hex(),
    }  # fmt: skip
    zone = ZoneInfo(records.configuration_of(record).company.zone)
    try:
        return compile_pdf(_template(), data, at=clock.now().astimezone(zone))
    except PdfFailed as problem:
        raise Refused(
            rule="printable", text=f"The letter cannot be set: {problem}.", do="Change its text, then print it again."
        ) from problem


@cache
def _template() -> str:
    return Path(__file__).with_name("letter.typ").read_text(encoding="utf-8")
