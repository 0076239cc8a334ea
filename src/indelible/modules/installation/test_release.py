"""OQ of the release of an installation, in a home of the script's own: two people, each by the own function."""

from __future__ import annotations

import pytest

INSTALLATION = "SELECT number, state FROM record WHERE type = 'installation'"
TAKEN = "UPDATE record SET state = 'stage_a' WHERE type = 'installation'"
GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'"
GIVEN = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? AND s.position > ?"


@pytest.mark.needs("installation.stage_a.release")
@pytest.mark.script(
    "OQ-VAL-020",
    title="An installation is released by its system owner and Quality together, and by nobody else",
    negative=True,
    requirements=("URS-VAL-012",),
)
def test_release(steps, own):
    """A home made of the copy, taken back before its release: it asks for both signatures, and each of the others is refused."""
    made = {}

    def person(who):
        return own.site.person(who)

    def state():
        return own.database.rows(INSTALLATION)[0]["state"]

    def since():
        return own.database.value(GIVEN, made["number"], made["position"])

    def released_by(who):
        answer = person(who).sign(made["number"], "release", "Everything that the plan asks for is there")
        return f"{who}: {answer.signed}"

    @steps("Make a home of the copy that is not released yet, and serve it", expected="restored; stage_a; served")
    def _():
        home = own.restored()
        guards = own.database.rows(GUARDS)  # no head changes without its event: they are taken away for this, and put back
        own.change(*(f"DROP TRIGGER {one['name']}" for one in guards), TAKEN, *(one["sql"] for one in guards))
        row = own.database.rows("SELECT number, state, position FROM record WHERE type = 'installation'")[0]
        made["number"], made["position"] = row["number"], row["position"]
        return f"{home}; {row['state']}; {own.serve()}"

    @steps(
        "Release it as those who administer, validate and write",
        expected="sysadmin, validation, author: signed by none; stage_a; 0 signatures",
    )
    def _():
        asked = ("sysadmin", "validation", "author")
        signed = [one for one in asked if released_by(one).endswith(": signed")]
        return f"{', '.join(asked)}: signed by {', '.join(signed) or 'none'}; {state()}; {since()} signatures"

    @steps("Sign as its system owner", expected="system_owner: signed; stage_a; 1 signatures")
    def _():
        return f"{released_by('system_owner')}; {state()}; {since()} signatures"

    @steps("Sign again as the same person, for Quality", expected="signed: no; stage_a; 1 signatures")
    def _():
        again = released_by("system_owner").endswith(": signed")
        return f"signed: {'yes' if again else 'no'}; {state()}; {since()} signatures"

    @steps("Sign as Quality", expected="qa_approver: signed; released; 2 signatures")
    def _():
        return f"{released_by('qa_approver')}; {state()}; {since()} signatures"
