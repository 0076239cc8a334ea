"""Somebody of another company, one request that was made for them, and the access to it: through the door, as people do it."""

from __future__ import annotations

from typing import Any

from indelible.kernel.context import Context
from indelible.kernel.models import Record
from indelible.practice import raising
from tests.homes import TestHome, invited
from tests.modules.events import day, reported

ASKED = "Please send the log of the tank of that night and say who was on duty"
IDENTITY = "Called back over the switchboard of Northwind by Ann Author"


def outsider(home: TestHome, user: str = "out", name: str = "Out Sider") -> Context:
    """Invite somebody of another company and let them enrol; they have access to nothing yet."""
    fields = {
        "printed_name": name,
        "job_title": "Engineer",
        "user_id": user,
        "outside": "Northwind Cryogenics",
        "email": f"{user}@northwind.example",
    }
    home.people[user] = invited(home, fields)
    return home.people[user]


def contribution(home: TestHome, parent: str = "", who: str = "ann", **fields: Any) -> str:
    """Begin a request to another company from a record."""
    number = parent or reported(home)
    taken = raising.taken_over(home.view(who), "contribution", number)
    given = {"title": "Log of the tank", "company": "Northwind Cryogenics", "owner": who, "asked": ASKED, "until": day(30)}
    return home.act(who, "contribution.create", fields=taken | given | fields).number


def grant(home: TestHome, number: str, user: str = "out", **fields: Any) -> str:
    """Ask for somebody's access to a request."""
    sponsor = str(Record.objects.get(number=number).owner_id)
    given = {"person": user, "role": "guest_contributor", "record": [number], "sponsor": sponsor, "until": day(30), "identity": IDENTITY,
             "why": "They keep the tank"}  # fmt: skip
    return home.act("qua", "grant.create", fields=given | fields).number


def granted(home: TestHome, number: str, user: str = "out", **fields: Any) -> str:
    """Give somebody access to a request: the system owner and management sign."""
    made = grant(home, number, user, **fields)
    home.sign("sys", "grant.approve", made)
    home.sign("exe", "grant.approve", made)
    return made


def shared(home: TestHome, parent: str = "", user: str = "out", **fields: Any) -> str:
    """Open a request to somebody of another company, who was invited for it."""
    if user not in home.people:
        outsider(home, user)
    number = contribution(home, parent, **fields)
    granted(home, number, user)
    home.sign("ann", "contribution.share", number)
    return number
