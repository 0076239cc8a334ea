"""OQ of drift: what differs from the approved state is recorded by itself, stops signing where it must, and is not accepted in passing."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta

import psycopg
import pytest

WHY = "The script lays down that this is tried"
NAME = "added_by_a_script"
PATIENCE = 60.0  # seconds in which a comparison that was asked for must be on record


def yes(it):
    return "yes" if it else "no"


def behind(site, *statements):
    """Change the database behind the product's back, as who owns it could."""
    if site.copy.engine == "sqlite":
        with closing(sqlite3.connect(site.copy.file, timeout=30, isolation_level=None)) as connection:
            for one in statements:
                connection.execute(one)
        return
    with psycopg.connect(site.copy.owner or site.copy.database, autocommit=True) as connection:
        for one in statements:
            connection.execute(one)


def open_drifts(site):
    """Give the drifts that neither ended nor were accepted, as a reader's program is told them."""
    return site.person("reader").api("GET", "/validation").json.get("drift", [])


def awaited(site, key, *, there=True):
    """Wait until a drift with a key is on record, or is not any more; gives it, or nothing."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = next((one for one in open_drifts(site) if one["key"] == key), None)
        if bool(found) == there:
            return found
        time.sleep(0.5)
    return None


def compared(site):
    """Let the installation be compared now; gives the keys of what differs."""
    return sorted(one["key"] for one in site.command("drift", "--json").json.get("findings", []))


def added(site):
    """Add a trigger that does nothing to a guarded table."""
    body = (
        f"CREATE TRIGGER {NAME} AFTER INSERT ON baseline WHEN 0 BEGIN SELECT 1; END"
        if site.copy.engine == "sqlite"
        else f"CREATE TRIGGER {NAME} BEFORE UPDATE ON baseline FOR EACH ROW WHEN (false) EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    )
    behind(site, body)


def taken_away(site):
    """Take that trigger away again."""
    behind(site, f"DROP TRIGGER {NAME}" + ("" if site.copy.engine == "sqlite" else " ON baseline"))


@pytest.mark.needs("drift.found.roll_back", "drift:place", "policy:backup_days")
@pytest.mark.script(
    "OQ-CFG-009",
    title="A difference from the approved state is recorded by itself with key, approved value, found value and place",
    negative=True,
    last=True,
    requirements=("URS-CFG-009",),
)
def test_noticed(steps, site, reading, database):
    """A file is edited behind the product's back: nobody asks, and it is on record; nobody makes it undone but who puts it back."""
    made, now = {}, reading.policies["backup_days"]
    key, path = "configuration.policies.backup_days", site.copy.types / "policies.yaml"

    @steps("Compare before anything was changed", given="indelible drift", expected=f"{key} differs: no")
    def _():
        return f"{key} differs: {yes(key in compared(site))}"

    @steps(
        "Edit a file of the configuration, and let the server begin anew",
        given=f"backup_days: {now + 4}",
        expected="restarted",
    )
    def _():
        made["was"] = path.read_text("utf-8")
        path.write_text(made["was"].replace(f"backup_days: {now}", f"backup_days: {now + 4}"), "utf-8")
        return site.restart()

    @steps("Wait, and ask nothing", expected=f"{key}: {now} -> {now + 4}; seen within ten minutes: yes")
    def _():
        found = awaited(site, key)
        if not found:
            return "not on record"
        made["number"] = found["number"]
        age = abs(site.now() - datetime.fromisoformat(found["since"]))
        return f"{found['key']}: {found['before']} -> {found['after']}; seen within ten minutes: {yes(age < timedelta(minutes=10))}"

    @steps(
        "Read its record",
        given="place, and the line that stands there",
        expected="policies.yaml, the line with it; every page says it: yes",
    )
    def _():
        place = site.person("reader").fields(made["number"])["place"]
        file, _, line = place.rpartition(":")
        there = path.read_text("utf-8").splitlines()[int(line) - 1]
        said = "drifted" in site.person("reader").get("/").text
        return f"{file.rpartition('/')[2]}, the line {'with it' if 'backup_days' in there else there}; every page says it: {yes(said)}"

    @steps("Edit, void and end its record", given="administrator, Quality and system owner", expected="0 done; found")
    def _():
        people = [site.person(one) for one in ("sysadmin", "qa_approver", "system_owner")]
        done = [one.edit(made["number"], reason=WHY, after="nothing").ok for one in people]
        done += [one.act(made["number"], move, reason=WHY).ok for one in people for move in ("roll_back", "void")]
        return f"{sum(done)} done; {site.person('reader').state(made['number'])}"

    @steps("Put the file back, and compare", expected=f"{key} differs: no; rolled_back")
    def _():
        path.write_text(made["was"], "utf-8")
        return f"{key} differs: {yes(key in compared(site))}; {site.person('reader').state(made['number'])}"


@pytest.mark.needs("drift.found.decide", "document.in_review.agree", "drift:stops_signing")
@pytest.mark.script(
    "OQ-CFG-010",
    title="Signing stops while guards differ from the approved state, until they are put back or two people decide",
    negative=True,
    last=True,
    requirements=("URS-CFG-010",),
)
def test_signing_stops(steps, site, database):
    """A trigger is added to a guarded table: nobody signs until system owner and Quality have decided; reporting is never stopped."""
    made, reviewer = {}, site.person("qa_ops")
    owner, quality, key = site.person("system_owner"), site.person("qa_approver"), f"guard.{NAME}"

    def agreed():
        return f"{reviewer.sign(made['document'], 'agree').signed}; {reviewer.state(made['document'])}"

    @steps("Send a document for review, and add a trigger to the database", expected=f"in_review; {key} differs: yes")
    def _():
        made["document"] = site.make("document", "author", "in_approval").number
        state = site.walk(made["document"], "submit")
        added(site)
        return f"{state}; {key} differs: {yes(key in compared(site))}"

    @steps("Sign the review", expected="refused: signing_is_as_approved; in_review")
    def _():
        return agreed()

    @steps("Report a deviation", expected="201")
    def _():
        return site.person("reader").create("deviation", **site.filling.values("deviation")).said

    @steps("Let those decide who may not", given="administrator, author, management", expected="signed: no, no, no")
    def _():
        made["drift"] = next(one["number"] for one in open_drifts(site) if one["key"] == key)
        people = (site.person(one) for one in ("sysadmin", "author", "executive"))
        return f"signed: {', '.join(yes(one.sign(made['drift'], 'decide', WHY).signed == 'signed') for one in people)}"

    @steps(
        "Let the system owner decide alone, and sign the review",
        expected="signed; refused: signing_is_as_approved; in_review",
    )
    def _():
        return f"{owner.sign(made['drift'], 'decide', WHY).signed}; {agreed()}"

    @steps("Let Quality decide too, and sign the review", expected="signed; decided; signed; in_approval")
    def _():
        said = quality.sign(made["drift"], "decide", WHY).signed
        return f"{said}; {quality.state(made['drift'])}; {agreed()}"

    @steps("Read whether the installation still says that it differs", expected="drifted: yes")
    def _():
        return f"drifted: {yes(site.person('reader').api('GET', '/validation').json['drifted'])}"

    @steps("Take the trigger away, and compare", expected=f"{key} differs: no; rolled_back")
    def _():
        taken_away(site)
        return f"{key} differs: {yes(key in compared(site))}; {quality.state(made['drift'])}"


@pytest.mark.needs("drift.found.accept", "drift:only_put_back", "change.approval.approve")
@pytest.mark.script(
    "OQ-CFG-011",
    title="A drift becomes the approved state only by a change that system owner and Quality approved",
    negative=True,
    last=True,
    requirements=("URS-CFG-011",),
)
def test_accepted(steps, site, database):
    """Not without a change, not under one that nobody approved or that no system owner approved, and not by who approved it."""
    made, admin = {}, site.person("sysadmin")
    key = f"table.{NAME}"

    def change(kind):
        """Begin a change that names the drift."""
        return site.make(
            "change",
            "author",
            "assessment",
            kind=kind,
            urgency="normal",
            sources=[made["drift"]],
            owner="q.author",
            assessors=["q.dept_approver"],
            department=site.department,
        ).number

    def accepted(person):
        return f"{person.act(made['drift'], 'accept', reason=WHY).said}; {person.state(made['drift'])}"

    @steps("Add a table to the database, and compare", expected=f"{key} differs: yes; found")
    def _():
        behind(site, f"CREATE TABLE {NAME} (number integer)")
        found = key in compared(site)
        made["drift"] = next(one["number"] for one in open_drifts(site) if one["key"] == key)
        return f"{key} differs: {yes(found)}; {admin.state(made['drift'])}"

    @steps("Accept it without a change", given="administrator", expected="409 change_accepts_it; found")
    def _():
        return accepted(admin)

    @steps("Begin a change, and accept it before that is approved", expected="409 change_accepts_it; found")
    def _():
        made["change"] = change("computer system")
        return accepted(admin)

    @steps(
        "Approve another change of it, which asks for no system owner, and accept",
        expected="implementing; 409 change_accepts_it; found",
    )
    def _():
        number = change("equipment")
        for move in ("submit", "assess", "approve"):
            state = site.walk(number, move)
        return f"{state}; {accepted(admin)}"

    @steps(
        "Approve the first one with system owner and Quality, who accept it themselves",
        expected="implementing; done: no, no; found",
    )
    def _():
        for move in ("submit", "assess", "approve"):
            state = site.walk(made["change"], move)
        people = [site.person(one) for one in ("system_owner", "qa_approver")]
        done = [one.act(made["drift"], "accept", reason=WHY).ok for one in people]
        return f"{state}; done: {', '.join(map(yes, done))}; {admin.state(made['drift'])}"

    @steps(
        "Accept it as an administrator, and compare", expected=f"200; accepted; {key} differs: no; approved states more: 1"
    )
    def _():
        sql = "SELECT count(*) AS n FROM record WHERE type = 'approved_state'"
        before = database.value(sql)
        said = accepted(admin)
        found = key in compared(site)
        return f"{said}; {key} differs: {yes(found)}; approved states more: {database.value(sql) - before}"
