"""The only place that says how far a duty is shown: the product's part by official tests of what runs, people's part by probes.

Nothing is shown by silence. Without a probe, without a test, outside the product: such a duty is open, whatever everything else says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from indelible.assurance.boards import live
from indelible.assurance.catalogue import duties
from indelible.assurance.catalogue.requirement import Obligation
from indelible.assurance.catalogue.trace import COVERED, EXCLUDED, LEVERAGED, Answer
from indelible.assurance.qualification import traced
from indelible.assurance.qualification.traced import Traced
from indelible.practice import probing
from indelible.practice.probing import NOT_SHOWN, OPEN, SHOWN, Finding
from indelible.practice.queries import Viewer

REQUIREMENT = "/validation/requirements/"
WORST = (NOT_SHOWN, OPEN, SHOWN)


@dataclass(frozen=True, slots=True)
class Answered:
    """One duty: its state, why, how the product's part stands in words (empty: it has none), what each probe found, and the requirements
    that serve it."""

    obligation: Obligation
    state: str
    why: str
    product: str
    findings: tuple[Finding, ...]
    requirements: tuple[str, ...]

    @property
    def evidence(self) -> Finding | None:
        """Give the finding that decides: the first of the worst; None where nothing was asked."""
        return min(self.findings, key=lambda one: WORST.index(one.state), default=None)


class Board:
    """What a page asks of the duties; the matrix is read once for it, and each probe asked once."""

    def __init__(self, view: Viewer, found: Traced | None = None) -> None:
        self.view = view
        self.found = found or traced.trace(settings.HOME)
        self._asked: dict[str, Finding] = {}

    def ask(self, name: str) -> Finding:
        """Ask a probe, once for this page."""
        if name not in self._asked:
            self._asked[name] = probing.ask(self.view, name)
        return self._asked[name]

    def of_source(self, source: str) -> list[Answered]:
        """Give the duties of a source in the order of its file."""
        return [self.answer(one) for one in self.found.matrix.answers if one.obligation.source == source]

    def starting(self, with_: str) -> list[Answered]:
        """Give the duties whose id begins so, in the order of their file."""
        return [self.answer(one) for one in self.found.matrix.answers if one.obligation.id.startswith(with_)]

    def tests(self) -> str:
        """Say in a sentence which run counts for the product's part."""
        run = self.found.run
        if run is None:
            return "No qualification has run here: what the product does is not shown yet."
        kind = "official" if self.found.matrix.official else "a trial, which never counts"
        return f"The product's part is shown by {run.id} ({kind})."

    def answer(self, one: Answer) -> Answered:
        """Say how far one duty is shown."""
        findings = tuple(self.ask(name) for name in asked(one.obligation))
        if one.obligation.open:
            return Answered(one.obligation, OPEN, one.obligation.open, one.obligation.open, findings, one.requirements)
        tested = list(self._product(one))
        parts = [*tested, *((_counts(one.obligation, finding), finding.says) for finding in findings)]
        if not findings and one.obligation.kind != duties.TECHNICAL:
            parts.append((OPEN, _unasked(one.obligation)))
        state = next(word for word in WORST if any(said == word for said, _ in parts)) if parts else OPEN
        why = " ".join(dict.fromkeys(text for said, text in parts if said == state and text))
        return Answered(one.obligation, state, why, " ".join(text for _, text in tested), findings, one.requirements)

    def _product(self, one: Answer) -> Iterable[tuple[str, str]]:
        """Give the state of the product's part, where it has one."""
        if one.obligation.kind == duties.PROCEDURES or not one.product:
            return
        if one.product == EXCLUDED:
            yield OPEN, f"Left out of the validation: {one.why}"
        elif one.product not in (COVERED, LEVERAGED):
            yield NOT_SHOWN, self._lack(one)
        elif not self.found.matrix.official:
            yield NOT_SHOWN, f"Its tests passed in {self.found.matrix.run}, a trial, which never counts."
        else:
            yield SHOWN, f"Its tests passed in {self.found.matrix.run}."

    def _lack(self, one: Answer) -> str:
        if self.found.run is None:
            return "Its tests have not run here."
        rows = [self.found.matrix.of(name) for name in one.requirements]
        behind = [row.requirement.id for row in rows if row.state == one.product]
        return f"Tests: {one.product}{f' ({probing.some(behind)})' if behind else ''}."


def asked(one: Obligation) -> tuple[str, ...]:
    """Give the probes that answer a duty: those that are named for it, else the records that are its evidence."""
    named = live.probes().get(one.id, ())
    if named or one.kind == duties.TECHNICAL or one.evidence is None or one.evidence.kind != "record":
        return named
    return (f"kept {','.join(one.evidence.types)}",)


def _counts(one: Obligation, finding: Finding) -> str:
    """Give how a finding counts: what the project does stays open until the company has reviewed it, and is not the company's failing."""
    return OPEN if finding.state == NOT_SHOWN and one.who == "platform" else finding.state


def _unasked(one: Obligation) -> str:
    whose = "A duty of the project" if one.who == "platform" else "The company's duty"
    return f"{whose}, and nothing here looks at it by itself. Evidence: {one.evidence.says}" if one.evidence else f"{whose}."
