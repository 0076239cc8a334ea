"""Asks, before a regulated record is signed, for the letter to FDA of the company (21 CFR 11.100(c)).

While an installation is being founded or is in stage A the letter may still be on its way (D26); from the release on it may not.
A further legal entity raises a task and stops nobody: for which one a person signs is not known here. What is not regulated
(files of people, grants of access, this letter itself) is signed without it, or it could never be filed.
"""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel import gather
from indelible.kernel.case import Case
from indelible.kernel.errors import Missing
from indelible.kernel.gates import RELEASED
from indelible.kernel.models import Record
from indelible.modules.certification.rules import COUNTS, LETTER
from indelible.practice.enrolment import asks

OWED = "letter owed"
counting = ", ".join(f"'{state}'" for state in COUNTS)
gather.BESIDE[OWED] = f"""SELECT '{OWED}', NULL, NULL, NULL, NULL, NULL, NULL FROM (SELECT CAST(%s AS text) AS asked) one
    WHERE NOT EXISTS (SELECT 1 FROM record WHERE type = '{LETTER}' AND state IN ({counting}))"""


@asks
def letter_is_filed(case: Case) -> Iterator[Missing]:
    """A letter of this company is filed, or that none is needed was signed."""
    if case.declaration.gxp is None or case.validated != RELEASED or not case.memo.get(OWED):
        return
    letter = Record.objects.filter(type=LETTER, state="draft").order_by("number").first()
    how = f"Document control or a quality approver files {letter.number}." if letter else (
        "Quality operations or an administrator enters the legal entity (Registers, Companies); its letter is then begun by itself."
    )  # fmt: skip
    yield Missing(f"The company's letter to FDA under 21 CFR 11.100(c). {how}", rule="letter_is_filed")
