"""The only place that brings somebody new into the copy, as an administrator, the person and those who grant roles would."""

from __future__ import annotations

import itertools
import os
import re
import secrets
from typing import TYPE_CHECKING, Any

from .answers import Answer
from .people import Person

if TYPE_CHECKING:
    from .ground import Ground

LINK = re.compile(r"/link/([A-Za-z0-9_-]{16,})")
NUMBERS = itertools.count(1)
JOB, CV = "job_description", "cv"


class Hiring:
    """Invites, enrols and grants, over the pages; `gone` are user ids that a script has let go."""

    def __init__(self, site: Ground) -> None:
        self.site = site
        self.gone: set[str] = set()

    def invite(self, user_id: str, name: str) -> Answer:
        """Let the administrator invite somebody whose passport was seen; the page shows the one-time link."""
        return self.site.person("sysadmin").post("/accounts/invite", {
            "key": secrets.token_hex(8), "printed_name": name, "job_title": "Scientist", "user_id": user_id,
            "email": f"{user_id}@quality.example", "document": "passport", "way": "in_person", "seen_on": self._day(),
        })  # fmt: skip

    def newcomer(self, *roles: str, name: str = "") -> Person:
        """Give somebody new who has set a password and accepted the statement, with roles granted."""
        at = f"{os.getpid()}-{next(NUMBERS)}"
        user_id, password = f"q.new-{at}", secrets.token_urlsafe(24)
        page = self.invite(user_id, name or f"New Person {at}")
        person = self.site.another(user_id, password)
        self.site.join(person)
        self.enrol(page, person)
        if self.site.reading.policies.get("signing_statement"):
            person.accept_statement()
        for role in roles:
            self.grant(person, role)
        return person

    def enrol(self, page: Answer, person: Person) -> Answer:
        """Let the person of a one-time link set the password."""
        found = LINK.search(page.text)
        self.site.trace.hide(found[1] if found else "")
        visitor = self.site.nobody()
        where = f"/link/{found[1] if found else 'none'}"
        visitor.get(where)
        return visitor.post(where, {"password": person.password, "again": person.password})

    def grant(self, person: Person, role: str, **more: Any) -> str:
        """Let those who may grant a role; gives the grant's number. The personnel file that it asks for is brought first."""
        if self.site.reading.roles[role].get("file"):
            self.complete(person, self.site.reading.roles[role]["file"])
        fields = {"person": person.user_id, "role": role, "why": "Needed for the work of this script", **more}
        if self.site.reading.roles[role].get("scoped"):
            fields |= {"department": self.site.department}
        number = self.site.person("qa_approver.2").create("grant", **fields).number
        self.site.walk(number, "approve")
        return number

    def complete(self, person: Person, kinds: list[str]) -> None:
        """Bring and sign what a role asks for in the personnel file."""
        for kind in kinds:
            fields = {
                "person": person.user_id,
                "kind": kind,
                "title": f"{kind} of {person.user_id}",
                "text": "What the work is.",
            }
            fields |= {"manager": "q.executive"} if kind == JOB else {}
            number = person.create("personnel_item", **fields).number
            self.site.walk(number, "agree" if kind == JOB else "declare" if kind == CV else "see_original")

    def list_people(self) -> list[dict[str, Any]]:
        """Give every person as the administrator's list shows them."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            page = self.site.person("sysadmin").api("GET", f"/records/person?limit=100{more}").json
            found += page.get("records", [])
            cursor = page.get("next") or ""
            if not cursor:
                return found

    def active(self) -> list[str]:
        """Give the user ids of all active people."""
        return [one["fields"]["user_id"] for one in self.list_people() if one["standing"] == "in_force"]

    def user_id_of(self, person: str) -> str:
        """Give the user id of a person by everlasting id; "" where there is none."""
        return next((str(one["fields"]["user_id"]) for one in self.list_people() if one["id"] == person), "")

    def number_of(self, user_id: str) -> str:
        """Give the number of a person's record by user id; "" where there is none."""
        return next((str(one["number"]) for one in self.list_people() if one["fields"]["user_id"] == user_id), "")

    def _day(self) -> str:
        # Long enough ago for any zone and any simulated clock; the check of an identity is dated in the past anyway.
        return "2020-01-02"
