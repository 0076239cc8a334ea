"""Ways to inspections and their requests: one that runs, a request in it, and its usual next steps."""

from __future__ import annotations

from typing import Any

from indelible.infra import clock
from tests.homes import TestHome
from tests.modules.events import day


def inspection(home: TestHome, who: str = "rob", *, running: bool = True, **more: Any) -> str:
    """Make an inspection that somebody hosts, running unless it is only announced."""
    given = {
        "title": "Routine inspection of the quality system", "agency": "Agency of the coast", "kind": "routine", "host": who,
        "inspectors": "I. Nspector", "from_on": day(0), "until_on": day(2), "scope": "Documents and quality events",
    }  # fmt: skip
    number = home.act(who, "inspection.create", fields=given | more).number
    if running:
        home.act(who, "inspection.begin", number)
    return number


def request(home: TestHome, number: str, who: str = "rob", **more: Any) -> str:
    """Write down what an inspector asks for, which is answered in words unless records are named."""
    given = {
        "asked": "Show me how you handle samples", "asked_by": "I. Nspector", "asked_at": clock.iso(clock.now()),
        "inspection": [number], "owner": who, "how": "said", "answer": "It was explained at the bench, step by step",
    }  # fmt: skip
    return home.act(who, "inspection_request.create", fields=given | more).number


def handed_over(home: TestHome, number: str, who: str = "rob", checker: str = "qua") -> None:
    """Let a request be prepared, checked by a second person and handed over."""
    home.act(who, "inspection_request.prepare_answer", number)
    home.sign(checker, "inspection_request.check", number)
    home.act(who, "inspection_request.hand_over", number)
