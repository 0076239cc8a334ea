"""Ways to retention rules, legal holds and disposals in every state, through the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from indelible.infra import canonical, clock
from indelible.kernel import acts, config, reactions, timers
from indelible.kernel.configuration import RetentionClass
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Baseline, Restriction, Version
from indelible.modules.retention import keeping
from tests.homes import TestHome
from tests.modules.events import head, in_review

Later = Callable[[timedelta], None]
YEARS = timedelta(days=3 * 366)
CLASSES: dict[str, dict[str, Any]] = {
    "quality_event": {"label": "Quality event", "starts": "closed or void", "years": 2},
    "lot": {"label": "Lot", "starts": "expires_on", "years": 1},
}
HOLD = {"matter": "Questions of the authority", "why": "They may ask for it", "asked_by": "FDA, letter of 3 May"}
PROPOSAL = {
    "title": "What ended",
    "why": "The rules that Quality signed",
    "originals": "There is no paper",
    "titles": "kept",
}


def ruled(types: dict[str, str] | None = None, **classes: dict[str, Any]) -> None:
    """Let retention say years from now on, as the next baseline; `types` gives types another class."""
    now = config.current()
    kept = now.retention | {name: RetentionClass(**said) for name, said in (classes or CLASSES).items()}
    given = {"lot": "lot"} if types is None else types
    declared = now.types | {name: now.types[name].model_copy(update={"retention": to}) for name, to in given.items()}
    text = canonical.encode(now.model_copy(update={"retention": kept, "types": declared}).model_dump(mode="json"))
    Baseline.objects.create(number=Baseline.objects.count() + 1, content=text, sha256=canonical.sha256(text), at=clock.now())
    acts.run(SYSTEM, "site.create", fields={"name": "Made under it"})  # which names the baseline


def closed(home: TestHome, **fields: Any) -> str:
    """Bring a deviation to its end."""
    number = in_review(home, **fields)
    home.sign("qua", "deviation.close", number)
    assert head(number).state == "closed"
    return number


def lot(home: TestHome, expires: str = "2020-03-31", name: str = "L-1") -> str:
    """Enter a lot, which expires at once when its day is behind."""
    product = home.act("rob", "product.create", fields={"name": f"Product of {name}"}).number
    fields = {"lot_number": name, "product": [product], "expires_on": expires}
    number = home.act("rob", "lot.create", fields=fields).number
    timers.run_due()
    return number


def proposed(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Propose a disposal, and let the system list what it holds."""
    number = home.act("rob", "disposal.create", fields={**PROPOSAL, "records": list(numbers), **fields}).number
    reactions.run_pending()
    return number


def asked(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Propose a disposal and ask for its authorisation."""
    number = proposed(home, *numbers, **fields)
    home.sign("rob", "disposal.submit", number)
    return number


def carried_out(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Dispose of records by the signatures of Quality and management."""
    number = asked(home, *numbers, **fields)
    for who in ("qua", "exe"):
        home.sign(who, "disposal.authorise", number)
    assert head(number).state == "carried_out"
    return number


def held(home: TestHome, *numbers: str, **fields: Any) -> str:
    """Place a legal hold."""
    number = home.act("rob", "legal_hold.create", fields={**HOLD, "records": list(numbers), **fields}).number
    home.sign("qua", "legal_hold.place", number)
    return number


def said(number: str) -> keeping.Kept:
    return keeping.of(head(number), keeping.look())


def texts(number: str) -> list[str]:
    return [one.content for one in Version.objects.filter(record_id=head(number).pk).order_by("number")]


def untouched(number: str) -> bool:
    return all(texts(number)) and not Restriction.objects.exists() and "disposed" not in head(number).marks
