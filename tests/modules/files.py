"""Ways to personnel files and the roles that rest on them, through the door."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from tests.homes import TestHome
from tests.modules.events import day
from tests.modules.trained import settle


def granted(home: TestHome, user: str, role: str, department: str | None = None, **more: Any) -> str:
    """Let a person be granted a role, whatever the file holds, and let what follows follow."""
    given: dict[str, Any] = {"person": user, "role": role, "why": "Needed for the work"} | more
    given |= {"department": department} if department else {}
    made = acts.run(SYSTEM, "grant.create", fields=given)
    acts.run(SYSTEM, "grant.establish", made.record)
    settle()
    return made.number


def item(home: TestHome, user: str, kind: str, by: str = "", **fields: Any) -> str:
    """Begin an item of a person's file."""
    given: dict[str, Any] = {"person": user, "kind": kind, "title": f"{kind} of {user}", "text": "## 1 Work"}
    given |= {"manager": "exe"} if kind == "job_description" else {}
    return home.act(by or user, "personnel_item.create", fields=given | fields).number


def filed(home: TestHome, user: str, *kinds: str, **fields: Any) -> list[str]:
    made = home.file(user, *kinds, **fields)
    settle()
    return made


def holds(home: TestHome, user: str, role: str) -> bool:
    return any(held.role == role for held in home.view(user).held)


def told(home: TestHome, user: str, act: str, number: str | None = None, **given: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        home.act(user, act, number, **given)
    return caught.value


def practice_of(user: str) -> dict[str, Any]:
    return {
        "what": "Change a filter",
        "trainee": user,
        "kind": "practical",
        "because": "other",
        "due_on": day(10),
        "taught": "Shown",
    }
