"""The only place that a script asks for somebody on the copy, for its clock, its command line and its mail."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from . import letters
from .answers import Answer, Ran
from .copy import of
from .declared import Declared
from .filling import Filling
from .hiring import Hiring
from .people import Person, Program, Visitor
from .trace import Recorder, Trace
from .walking import Walking

PREFIX = "q."
SPAN = re.compile(r"(\d+)([hdw])")
HOURS = {"h": 1, "d": 24, "w": 168}
LONGEST_ALONE = 20 * 24  # hours; whoever signs in more rarely than policies allow is disabled, so all sign in on the way
PATIENCE = 120  # seconds for a server that begins anew
STRANGERS = itertools.count(10)


class Site:
    """One served copy, seen by one script. Persons are asked for by role (`author`, `author.2`) or by user id."""

    def __init__(self, told: Mapping[str, Any], recorder: Recorder) -> None:
        self.copy, self.trace = of(told), Trace(recorder)
        self._people: dict[str, Person] = {}
        self._department = ""
        self.trace.hide(self.copy.password)
        self.hiring = Hiring(self)
        self.walking = Walking(self)
        self.filling = Filling(self)

    @cached_property
    def reading(self) -> Declared:
        """Give what is declared, read from the YAML of the copy."""
        return Declared(self.copy.types)

    def close(self) -> None:
        """End all connections."""
        for person in self._people.values():
            person.browser.close()

    def person(self, who: str) -> Person:
        """Give a person of the cast; nothing happens before the person does something."""
        user_id = who if who.startswith(PREFIX) or who in self._people else PREFIX + who
        if user_id not in self._people:
            self._people[user_id] = self.another(user_id, self.copy.password)
        return self._people[user_id]

    def again(self, who: str) -> Person:
        """Give a person of the cast in a browser of its own, in which nobody has signed in yet."""
        person = self.another(who if who.startswith(PREFIX) else PREFIX + who, self.copy.password)
        person.comes_back = False
        return person

    def another(self, user_id: str, password: str, source: str = "") -> Person:
        """Give somebody by user id and password, in a browser of their own."""
        return Person(self.copy.address, self.trace, self._type_of, user_id, password, source)

    def nobody(self, source: str = "") -> Visitor:
        """Give a browser in which nobody has signed in."""
        return Visitor(self.copy.address, self.trace, self._type_of, source)

    def elsewhere(self) -> str:
        """Give a loopback address that nobody has called from: failures counted there lock nobody else out."""
        at = next(STRANGERS)
        return f"127.{os.getpid() % 200 + 10}.{at // 250}.{at % 250 + 2}"

    def token(self, role: str, *scopes: str) -> Program:
        """Give a program with a token that a person of the cast has just issued."""
        owner = self.person(role)
        secret = owner.issue_token(f"Script {next(STRANGERS)}", " ".join(scopes or ("*",)))
        return self.program(secret, f"token of {owner.user_id}")

    def program(self, secret: str, name: str) -> Program:
        """Give a program that calls with a secret."""
        return Program(self.copy.address, self.trace, self._type_of, secret, name)

    def newcomer(self, *roles: str, name: str = "") -> Person:
        """Invite somebody new, let them enrol and accept the statement, and grant the roles by those who may."""
        return self.hiring.newcomer(*roles, name=name)

    def join(self, person: Person) -> None:
        """Let somebody who was enrolled by the script be asked for by user id."""
        self._people[person.user_id] = person

    @property
    def department(self) -> str:
        """Give the number of the department for which the scoped roles of the cast are held."""
        if not self._department:
            me = self.person("dept_approver").api("GET", "/me").json
            self._department = next((one["scope"] for one in me.get("roles", []) if one.get("scope")), "")
        return self._department

    def walk(self, number: str, move: str, **given: Any) -> str:
        """Let all do a move whom the configuration asks for it; gives the state after it (`walking`)."""
        return self.walking.walk(number, move, **given)

    def until(self, number: str, state: str, who: str = "qa_approver", seconds: float = 30.0) -> str:
        """Wait for what the system does by itself a moment later; gives the state in which the record then is."""
        end = time.monotonic() + seconds
        while (found := self.person(who).state(number)) != state and time.monotonic() < end:
            time.sleep(0.3)
        return found

    def effective(self, **given: Any) -> str:
        """Let a document be written, reviewed, approved and take effect; gives its number."""
        number = self.make("document", "author", "in_approval", **given).number
        for move in ("submit", "agree", "approve"):
            self.walk(number, move)
        self.until(number, "effective")
        return number

    def make(self, kind: str, who: str = "", state: str = "", /, **given: Any) -> Answer:
        """Let somebody who may begin a record of a type, with all fields that it asks for at creation, or before `state`."""
        return self.filling.make(kind, who, state, **given)

    def now(self) -> datetime:
        """Give the copy's own time, as its interface tells it."""
        return datetime.fromisoformat(str(self.person("author").api("GET", "/validation").json["time"]))

    def advance(self, span: str, *, keep: bool = False) -> str:
        """Move the copy's simulated clock: 3h, 7d, 2w. All sessions begin anew, unless they are to be kept as they are."""
        told = ""
        for hours in _pieces(span):
            told = str(self.command("demo", "advance", f"{hours}h", "--json").json.get("now", "not moved"))
            if hours >= LONGEST_ALONE:
                self._all_sign_in()
        if not keep:
            for person in self._people.values():
                person.inside = False
        return told

    def restart(self) -> str:
        """Let whoever serves the copy stop and start it; gives "restarted", or why it was not."""
        if not self.copy.restart:
            return "the runner gave no way to restart"
        asked = Path(self.copy.restart)
        asked.touch()
        until = time.monotonic() + PATIENCE
        while asked.exists() and time.monotonic() < until:
            time.sleep(0.2)
        return "not restarted" if asked.exists() else "restarted"

    def mail(self) -> list[letters.Letter]:
        """Give all mail that the copy has sent."""
        found = letters.read(Path(self.copy.mail)) if self.copy.mail else []
        self.trace.add("log", [{"to": one.to, "subject": one.subject, "text": one.text} for one in found])
        return found

    def command(self, *given: str, home: str = "", patience: int = 900) -> Ran:
        """Run the product's command line on the copy (or on another home); gives exit code and output."""
        program = (
            self.copy.command[: self.copy.command.index("--home")] if "--home" in self.copy.command else self.copy.command
        )
        arguments = [*program, "--home", home or self.copy.home, *given]
        environment = {**os.environ, **dict(self.copy.environment)}
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=patience, env=environment, check=False)
        done = Ran(ran.returncode, ran.stdout, ran.stderr)
        shown = {"arguments": list(given), "code": done.code, "output": done.output[-20000:], "errors": done.errors[-20000:]}
        self.trace.add("log", shown)
        return done

    def user_id_of(self, person: str) -> str:
        """Give the user id of a person by everlasting id."""
        return self.hiring.user_id_of(person)

    def _type_of(self, number: str) -> str:
        return self.reading.type_of(number)

    def _all_sign_in(self) -> None:
        for one in self.copy.people:
            if one["user_id"] not in self.hiring.gone:
                self.again(one["user_id"]).enter()


def _pieces(span: str) -> list[int]:
    found = SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"{span!r} is not a span of time: 3h, 7d, 2w")
    hours = int(found[1]) * HOURS[found[2]]
    whole, rest = divmod(hours, LONGEST_ALONE)
    return [LONGEST_ALONE] * whole + ([rest] if rest else [])
