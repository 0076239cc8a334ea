"""What begins, fills and questions a letter under 11.100(c): the entry of the company of which it is (21 CFR 11.100(c))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.kernel.models import Link, Record
from indelible.modules.certification.rules import COMPANY, COUNTS, LETTER

TITLE = "Certification of electronic signatures of {name}"
TEXT = (
    "Pursuant to 21 CFR 11.100(c), {name}{address} certifies that all electronic signatures executed by its employees, and by "
    "others who act on its behalf, wherever they are located, in its electronic systems are intended to be the legally binding "
    "equivalent of traditional handwritten signatures."
)
ENTITY = ("name", "address")  # what of a company's entry the letter says


@follows_later("company.create")
def each_company_owes_a_letter(event: dict[str, Any]) -> Iterator[Reply]:
    """A legal entity that is entered gets the draft of its letter, and with it a task."""
    company = records.find(event["number"])
    if not any(_letters(company.number)):
        fields = {"title": TITLE.format(name=company.title)[:200], "company": [company.number], "text": written(company)}
        yield Reply(f"{LETTER}.create", None, {"fields": fields})


@follows_later("certification_letter.create")
def text_is_written_from_the_entry(event: dict[str, Any]) -> Iterator[Reply]:
    """A letter that was begun without its text gets it from the entry of its company."""
    letter = records.find(event["number"])
    values = records.values(letter)
    if not values["text"] and letter.state == "draft":
        company = records.find(values["company"][0]["number"])
        yield Reply(
            f"{LETTER}.edit", letter.pk, {"fields": {"text": written(company)}}, reason=f"Written from {company.number}"
        )


@follows_later("company.edit")
def changed_company_questions_its_letter(event: dict[str, Any]) -> Iterator[Reply]:
    """Another name or address of a legal entity asks whether its letter still holds, within ten business days."""
    company = records.find(event["number"])
    names = {field.id: field.name for field in records.type_of(company).fields}
    if not {names.get(int(one)) for one in event.get("changed", [])} & set(ENTITY):
        return
    for letter in _letters(company.number):
        if letter.state in ("filed", "not_applicable"):
            yield Reply(f"{LETTER}.question", letter.pk, reason=f"Name or address of {company.number} has changed")


@follows("certification_letter.file")
def newer_letter_takes_the_place(case: Case, decision: Decision) -> Iterator[Reply]:
    """A letter that is filed takes the place of the one before it of the same company."""
    if decision.state == case.head.state:
        return
    for letter in _letters(case.value(COMPANY)[0]["number"]):
        if letter.state in COUNTS and letter.pk != case.head.id:
            yield Reply(f"{LETTER}.supersede", letter.pk, reason=f"{case.head.number} has taken its place")


def written(company: Record) -> str:
    """Write the text of the letter from the entry of a company."""
    values = records.values(company)
    address = ", ".join(line.strip() for line in str(values.get("address") or "").splitlines() if line.strip())
    return TEXT.format(name=values["name"], address=f", {address}," if address else "")


def _letters(company: str) -> list[Record]:
    named = Link.objects.filter(target=company, relation=COMPANY).values("record_id")
    return list(Record.objects.filter(type=LETTER, pk__in=named).order_by("number"))
