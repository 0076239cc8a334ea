"""Ways to access reviews in every state, through the door: what is listed, decided, submitted and closed."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.kernel.models import AccessGrant, Record
from indelible.practice import uploads
from tests.homes import TestHome
from tests.modules.events import day, head
from tests.modules.trained import settle

Row = dict[str, Any]
WHY = "Needed for the present work"


def roster(home: TestHome, text: str, who: str = "sys") -> list[str]:
    return [uploads.receive(home.people[who], "roster.csv", [text.encode()]).sha256]


def begun(home: TestHome, who: str = "sys", **fields: Any) -> str:
    given = {"title": "Access to SYS-001", "system": ["SYS-001"], "as_of": day(0)}
    number = home.act(who, "access_review.create", fields=given | fields).number
    settle()
    return number


def lines(number: str) -> list[Row]:
    return records.values(head(number))["lines"] or []


def line(number: str, user: str, right: str = "") -> Row:
    (found,) = [row for row in lines(number) if row["user_id"] == user and right in row["right"]]
    return found


def decide(home: TestHome, number: str, who: str, chosen: list[Row], decision: str = "keep", **given: Any) -> None:
    ids = [row["line"] for row in chosen]
    home.act(who, "access_review.decide_lines", number, lines=ids, decision=decision, **{"reason": WHY, **given})


def decided(home: TestHome, number: str) -> str:
    """Decide everything: Quality the lines of the system owner, the system owner all others."""
    if any(not row["flags"] and not row["decision"] and row["user_id"] != "sys" for row in lines(number)):
        home.act("sys", "access_review.keep_unflagged", number)
    for who in ("sys", "qua"):
        rest = [row for row in lines(number) if not row["decision"] and (row["user_id"] == "sys") == (who == "qua")]
        if rest:
            decide(home, number, who, rest)
    if not records.values(head(number)).get("summary"):
        home.act("sys", "access_review.edit", number, fields={"summary": "Nobody has more than the work asks for"})
    return number


def submitted(home: TestHome, number: str) -> str:
    home.sign("sys", "access_review.submit", number)
    return number


def closed(home: TestHome, number: str, who: str = "qua") -> str:
    home.sign(who, "access_review.close", number)
    settle()
    return number


def grant(user: str, home: TestHome, role: str) -> Record:
    held = AccessGrant.objects.filter(person_id=home.person(user), role=role).latest("from_at")
    return Record.objects.get(pk=held.record_id)


def refused_edit(home: TestHome, number: str, fields: Row, who: str = "sys") -> set[str | None]:
    with pytest.raises(Refused) as caught:
        home.act(who, "access_review.edit", number, fields=fields)
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


def refused_move(home: TestHome, number: str, verb: str, who: str = "sys", **given: Any) -> set[str | None]:
    with pytest.raises(Refused) as caught:
        home.act(who, f"access_review.{verb}", number, reason=WHY, **given)
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


def leaver(home: TestHome, user: str = "bea", **fields: Any) -> str:
    everybody = "".join(f"{one},\n" for one in home.people if one not in (user, "val"))
    return begun(home, roster=roster(home, f"user_id,left_on\n{everybody}{user},2020-03-01\n"), **fields)
