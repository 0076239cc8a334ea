"""Ways to audit-trail reviews: a day of work on which something is planted, a review of it, and its usual next steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import config, reactions, records
from indelible.kernel.models import Record
from tests.homes import TestHome, hire
from tests.modules.events import ago, head

WHY = "Looked at, and it is as the procedure says"
Row = dict[str, Any]


@dataclass
class Days:
    """A clock of the product that begins on a Tuesday at ten, in a week without holidays: whatever hour it is when the test runs."""

    zone: ZoneInfo
    first: date
    moment: datetime

    def at(self, hour: int, minute: int = 0, *, day: int = 0) -> None:
        """Go on to an hour of a day, counted from the first one; never back."""
        moment = datetime.combine(self.first + timedelta(days=day), time(hour, minute), self.zone).astimezone(UTC)
        assert moment >= self.moment
        self.moment, began = moment, clock.real()
        clock.simulate(lambda real: moment + (real - began))

    def later(self, span: timedelta) -> None:
        """Go on so long."""
        moment, began = clock.now() + span, clock.real()
        self.moment = moment
        clock.simulate(lambda real: moment + (real - began))

    def day(self, days: int = 0) -> str:
        """Give a day, counted from the first one."""
        return (self.first + timedelta(days=days)).isoformat()


@contextmanager
def working() -> Iterator[Days]:
    """Let the product's clock begin on a working day."""
    zone = ZoneInfo(config.current().company.zone)
    today = clock.real().astimezone(zone).date()
    first = today + timedelta(days=14 + (1 - today.weekday()) % 7)
    while {(first + timedelta(days=one)).isoformat() for one in range(9)} & {*config.current().policies.holidays}:
        first += timedelta(days=7)
    days = Days(zone, first, clock.real())
    days.at(10)
    yield days
    clock.simulate(None)


@contextmanager
def with_auditor(home: TestHome) -> Iterator[Days]:
    """Let an internal auditor be hired on the day before."""
    with working() as days:
        hire(home, "aud", "Aud Itor", ["internal_auditor"])
        days.first += timedelta(days=1)
        days.at(11)
        yield days


def followed() -> None:
    """Let everything follow that waits."""
    while reactions.run_pending():
        pass


def begun(home: TestHome, days: Days, who: str = "rob", last: int = 0, **fields: Any) -> str:
    """Begin a review from the first day to another one on the day after that, and let the system collect."""
    days.at(10, day=last + 1)
    given = {"title": "Days", "period_from": days.day(), "period_until": days.day(last)}
    number = home.act(who, "trail_review.create", fields=given | fields).number
    followed()
    return number


def lines(number: str, rule: str = "") -> list[Row]:
    """Give the flagged lines of a review, or those of one rule."""
    found: list[Row] = records.values(head(number))["lines"] or []
    return [one for one in found if one["rule"].partition(",")[0] == rule] if rule else found


def row(line: Row, decision: str | None = "fine", **more: Any) -> Row:
    """Give a row that decides on a line."""
    return {"line": line["line"], "decision": decision, "comment": WHY if decision else None, **more}


def decide(home: TestHome, who: str, number: str, *rows: Row) -> None:
    """Let somebody decide on lines; what was decided before stays."""
    known = {one["line"]: one for one in records.values(head(number))["decisions"] or []}
    known |= {one["line"]: {"about": known.get(one["line"], {}).get("about"), "ask": None, **one} for one in rows}
    home.act(who, "trail_review.edit", number, fields={"decisions": [known[line] for line in sorted(known, key=int)]})
    followed()


def decided(home: TestHome, number: str, *but: str) -> str:
    """Let every line be decided as fine by somebody who may, but those of some rules."""
    known = {one["line"] for one in records.values(head(number))["decisions"] or [] if one["decision"]}
    for line in lines(number):
        if line["rule"].partition(",")[0] in but or line["line"] in known:
            continue
        concerned = {line["user_id"], line["concerns"]}
        who = next(one for one in ("sys", "aud") if one not in concerned) if line["quality"] or "rob" in concerned else "rob"
        decide(home, who, number, row(line))
    return number


def concluded(home: TestHome, number: str, **fields: Any) -> str:
    """Write what the sample showed, and the conclusion."""
    given = {"sample_found": "Nothing out of the ordinary", "conclusion": "The trail of the day is in order"}
    home.act("rob", "trail_review.edit", number, fields=given | fields)
    return number


def queries() -> list[Record]:
    """Give the trail queries, by number."""
    return list(Record.objects.filter(type="trail_query").order_by("number"))


def weak(home: TestHome, who: str) -> str:
    """Let somebody report a deviation with a reason of two words."""
    given = {
        "title": "Alarm not heard", "what_happened": "It rang", "occurred_at": ago(minutes=5), "discovered_at": ago(minutes=1),
        "place": "LN2 room", "immediate_action": "Filled up", "product_or_lot": "none", "reporter": who,
    }  # fmt: skip
    return home.act(who, "deviation.create", fields=given, reason="Better wording").number


def in_approval(home: TestHome, number: str, **fields: Any) -> str:
    """Decide on what is left, conclude, and send the review for approval."""
    concluded(home, decided(home, number), **fields)
    home.sign("rob", "trail_review.submit", number)
    return number


def answered(home: TestHome, number: str) -> str:
    """Ask Ann about the weak reason, and let her answer; gives the query."""
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))
    query = queries()[0].number
    home.act(
        "ann", "trail_query.edit", query, fields={"answer": "The alarm was reported twice, and this one says it better"}
    )
    home.act("ann", "trail_query.answer", query)
    return query
