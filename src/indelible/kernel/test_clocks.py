"""OQ of the clocks of server and database, in a home of the script's own: beyond two minutes apart nobody signs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'"
RELEASED = "UPDATE record SET state = 'released' WHERE type = 'installation'"
GIVEN = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"
MOST = 120  # seconds
AHEAD = """import datetime
import os

BY = datetime.timedelta(seconds=int(os.environ["CLOCK_OF_A_SCRIPT"]))
REAL = datetime.datetime


class Kind(type):
    def __instancecheck__(cls, one):
        return isinstance(one, REAL)


class Moved(REAL, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return REAL.now(tz) + BY


datetime.datetime = Moved
"""


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("personnel_item.draft.declare")
@pytest.mark.script(
    "OQ-SIG-023",
    title="Nobody signs while the clocks of server and database differ by more than 120 seconds",
    negative=True,
    requirements=("URS-SIG-012",),
)
def test_clocks_that_differ(steps, own):
    """The server's clock is moved against that of its database: up to two minutes it is signed, beyond it is not, ahead or behind."""
    made = {"user": "signs.here", "password": secrets.token_urlsafe(24)}

    def served(seconds):
        """Serve the home by a server whose clock differs by so many seconds."""
        own.end()
        place = Path(made["place"])
        (place / "sitecustomize.py").write_text(AHEAD, "utf-8")
        path = os.pathsep.join(one for one in (str(place), os.environ.get("PYTHONPATH", "")) if one)
        return own.serve(PYTHONPATH=path, CLOCK_OF_A_SCRIPT=str(seconds))

    def declared(person, title):
        """Let a person bring the own CV and sign it; gives what came of it."""
        fields = {"person": person.user_id, "kind": "cv", "title": title, "text": "What was done, and where."}
        number = person.create("personnel_item", **fields).number
        answer = person.sign(number, "declare")
        return f"{answer.signed}; {person.state(number)}, {own.database.value(GIVEN, number)} signatures"

    def tried(seconds):
        told = served(seconds)
        person = own.site.another(made["user"], made["password"])
        return f"{told}; {declared(person, f'CV of a clock that differs by {seconds}')}"

    @steps("Found a home, let it be released, and serve it", expected="exit 0; served")
    def _():
        ran = own.found("--environment", "validation")
        guards = own.database.rows(GUARDS)  # no head changes without its event: they are taken away for this, and put back
        own.change(*(f"DROP TRIGGER {one['name']}" for one in guards), RELEASED, *(one["sql"] for one in guards))
        made["place"], made["ran"] = own.home.parent, ran
        return f"exit {ran.code}; {own.serve()}"

    @steps(
        "Sign with clocks that agree",
        given="the own CV of somebody whose identity was checked",
        expected="signed; in_force, 1 signatures",
    )
    def _():
        page = own.administrator(made["ran"]).post("/accounts/invite", {
            "key": secrets.token_hex(8), "printed_name": "Signs Here", "job_title": "Scientist", "user_id": made["user"],
            "email": "signs.here@quality.example", "document": "passport", "way": "in_person", "seen_on": "2020-01-02",
        })  # fmt: skip
        person = own.site.another(made["user"], made["password"])
        own.site.join(person)
        own.site.hiring.enrol(page, person)
        person.accept_statement()
        return declared(person, "CV of clocks that agree")

    for seconds in (MOST + 60, -MOST - 60):

        @steps(
            "Sign with a server whose clock is wrong",
            given=f"{seconds} seconds",
            expected="served; refused: time_offset; draft, 0 signatures",
        )
        def _(seconds=seconds):
            return tried(seconds)

    @steps(
        "Sign with one whose clock differs by less", given="60 seconds", expected="served; signed; in_force, 1 signatures"
    )
    def _():
        return tried(60)
