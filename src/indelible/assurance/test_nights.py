"""PQ of a night without people: everything is re-read, what is wrong or late is an incident, and the set of printed copies is written.

A clock that jumps cannot be shown from outside without setting the clock of the machine, and is not tried here.
"""

from __future__ import annotations

import calendar
import json
import time

import pytest

PATIENCE = 420.0  # seconds; the server looks every five minutes
AN_HOUR_OF_THE_NIGHT = 3
LONG_AGO = "2020-01-01 00:00:00"
PASSWORD = "a password that nobody uses 42"


def yes(it):
    return "yes" if it else "no"


def night():
    """Give a zone in which it is three in the night now."""
    east = (AN_HOUR_OF_THE_NIGHT - time.gmtime().tm_hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def enrolled(own, person, user_id):
    """Let the administrator invite somebody, who sets a password and never signs in."""
    ran = own.run("user", "invite", user_id, "--name", user_id.title(), "--title", "Scientist", "--document", "passport",
                  "--as", person.user_id, "--password-stdin", "--json", stdin=f"{person.password}\n")  # fmt: skip
    link, visitor = str(ran.json["link"]), own.nobody()
    own.site.trace.hide(link.removeprefix("/link/"))
    visitor.get(link)
    visitor.post(link, {"password": PASSWORD, "again": PASSWORD})
    return own.database.value("SELECT person_id AS n FROM account WHERE user_id = ?", user_id)


def long_ago(person, ago):
    """Give what sets back when an account came and was used last."""
    day = f"datetime('now', '-{ago} days')"
    return (
        f"UPDATE event SET at = {day} WHERE record_id = '{person}' OR person_id = '{person}'",
        f"UPDATE record SET created_at = {day} WHERE id = '{person}'",
        f"UPDATE account SET last_login = NULL WHERE person_id = '{person}'",
    )


def incidents(own):
    """Give every incident by its title."""
    rows = own.database.rows("SELECT number, title, author_id FROM record WHERE type = 'incident' ORDER BY number")
    return {str(row["title"]): row for row in rows}


def unserved(folder):
    """Let the looks at the service say that for 22 of the last 24 hours no act could be served."""
    looks = ((23, 0), (1, 1))
    at = [
        time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(calendar.timegm(time.gmtime()) - 3600 * hours))
        for hours, _ in looks
    ]
    folder.mkdir(exist_ok=True)
    (folder / "ready").write_text("".join(f"{one} {held}\n" for one, (_, held) in zip(at, looks, strict=True)), "utf-8")


def damaged(own, sha256, *more):
    """Change a row as whoever holds the file can, lose a follow-up and a file; gives where the file was."""
    guards = own.database.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('event', 'record')"
    )
    own.change(
        *(f"DROP TRIGGER {one['name']}" for one in guards),
        f"UPDATE event SET at = '{LONG_AGO}' WHERE id = (SELECT min(id) FROM event)",
        *more,
        *(str(one["sql"]) for one in guards),
        "INSERT INTO outbox (record_id, position, reaction, attempts, note) SELECT record_id, position, 'script.what_should_follow', 5, "
        "'Given up by the script' FROM event WHERE id = (SELECT max(id) FROM event)",
    )
    place = own.home / "files" / sha256[:2] / sha256
    place.unlink()
    return place


def become(own, person):
    """Say what became of an account: its standing, and what happened to it."""
    standing = own.database.value("SELECT standing FROM record WHERE id = ?", person)
    rows = own.database.rows("SELECT payload FROM event WHERE record_id = ?", person)
    happened = {json.loads(row["payload"])["event"] for row in rows}
    told = [
        word for word, event in (("warned", "person.warned_unused"), ("disabled", "person.deactivated")) if event in happened
    ]
    return " and ".join([*told, *(["active"] if standing == "in_force" else [])])


def let_in(own, user_id):
    answer = own.nobody().sign_in(user_id, PASSWORD)
    return yes(answer.status == 302 and "/login" not in answer.where)


def patiently(is_so, seconds):
    """Wait until something is so, or no longer."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(3)


@pytest.mark.needs("incident")
@pytest.mark.script(
    "OQ-RET-020",
    title="A night in which nobody looks: damage and what is late become incidents by themselves",
    negative=True,
    requirements=("URS-LED-009", "URS-RET-006", "URS-RET-009", "URS-SYS-001", "URS-IDN-015", "URS-INC-007"),
)
def test_a_night(steps, own, reading):
    """On a home whose zone makes it night: a lost file, a changed row, no backup, a follow-up given up, no service, two unused accounts."""
    made, days = {}, int(reading.policies["backup_days"])
    warned, ended = (int(one) + 1 for one in reading.policies["dormant_days"])

    @steps(
        "Found a home where it is night, serve it, and let its administrator report an incident with a file",
        expected="exit 0; served; 201",
    )
    def _():
        founded = own.found("--environment", "validation", "--zone", night())
        served = own.serve()
        person = made["person"] = own.administrator(founded)
        made["sha256"] = person.upload("seen.txt", b"What was seen.\n").json["sha256"]
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        given = {
            "title": "Seen by a person",
            "source": "person",
            "occurred_at": now,
            "detected_at": now,
            "files": [made["sha256"]],
        }
        answer = person.create("incident", **own.site.filling.values("incident", **given))
        return f"exit {founded.code}; {served}; {answer.said}"

    @steps("Verify it", given="indelible verify", expected="exit 0; incidents of the system: 0")
    def _():
        ran = own.run("verify")
        return (
            f"exit {ran.code}; incidents of the system: {sum(row['author_id'] is None for row in incidents(own).values())}"
        )

    @steps("Let two people be invited and set a password, and neither sign in", expected="active: 2")
    def _():
        made["warned"], made["gone"] = (enrolled(own, made["person"], one) for one in ("seldom.here", "never.here"))
        people = (made["warned"], made["gone"])
        rows = own.database.rows("SELECT standing FROM record WHERE id = ? OR id = ?", *people)
        return f"active: {sum(row['standing'] == 'in_force' for row in rows)}"

    @steps("Set the time of the first entry back, with the guards in place", given="SQL", expected="done: no")
    def _():
        return f"done: {yes(own.database.attempt('UPDATE event SET at = ? WHERE id = 1', LONG_AGO) == 'done')}"

    @steps(
        "Do it as whoever holds the file can, take the file away, and let a follow-up be one that was given up",
        given="a guard lifted and put back; the looks at the service say that for 22 hours there was none",
        expected="the guards stand: yes; the file is there: no; given up: 1",
    )
    def _():
        own.end()
        place = damaged(own, made["sha256"], *long_ago(made["warned"], warned), *long_ago(made["gone"], ended))
        unserved(own.home / "running")
        stands = own.database.value("SELECT count(*) AS n FROM sqlite_master WHERE name = 'event_guard_update'")
        lost = own.database.value("SELECT count(*) AS n FROM outbox WHERE done_at IS NULL AND attempts >= 5")
        return f"the guards stand: {yes(stands == 1)}; the file is there: {yes(place.exists())}; given up: {lost}"

    expected = {
        "Files of records are missing or changed": "the file",
        "Records are not as they were recorded": "the row",
        f"No backup for more than {days} days": "the backup",
        f"No restore was tested for more than {reading.policies['restore_test_days']} days": "the restore test",
        "What should follow by itself did not": "the follow-up",
        "Service target missed: time without service": "the service",
    }

    @steps(
        "Serve it, touch nothing, and wait",
        given=f"until there are {len(expected)} incidents, seven minutes at most",
        expected=f"served; opened: {', '.join(sorted(expected.values()))}; others: none",
    )
    def _():
        served = own.serve()
        patiently(lambda: {*expected} <= {*incidents(own)}, PATIENCE)
        found = {title for title, row in incidents(own).items() if row["author_id"] is None}
        opened = ", ".join(sorted(expected[one] for one in found if one in expected))
        return f"{served}; opened: {opened}; others: {', '.join(sorted(found - {*expected})) or 'none'}"

    @steps(
        "Look at the accounts that nobody used, and try to sign in with both",
        given=f"for {warned} and for {ended} days",
        expected="warned and active, disabled; administrator: active; let in: yes, no",
    )
    def _():
        patiently(lambda: "disabled" in become(own, made["gone"]), 60)
        administrator = own.database.value("SELECT person_id AS n FROM account WHERE user_id = ?", made["person"].user_id)
        told = ", ".join(become(own, made[one]) for one in ("warned", "gone"))
        return f"{told}; administrator: {become(own, administrator)}; let in: {let_in(own, 'seldom.here')}, {let_in(own, 'never.here')}"

    @steps("Read what the trail and one incident say", expected="verification noted with findings: yes; the file named: yes")
    def _():
        notes = own.database.rows("SELECT payload FROM event WHERE payload LIKE '%note_verification%'")
        content = own.database.value("SELECT content FROM record WHERE title = 'Files of records are missing or changed'")
        named = made["sha256"][:12] in json.dumps(content)
        return f"verification noted with findings: {yes(any('findings' in row['payload'] for row in notes))}; the file named: {yes(named)}"

    @steps(
        "Look for the set of printed copies",
        given="the folder continuity of the home",
        expected="of this night: 1, with its sums: yes",
    )
    def _():
        patiently(lambda: any((own.home / "continuity").glob("????-??-??")), 60)
        sets = sorted((own.home / "continuity").glob("????-??-??"))
        return f"of this night: {len(sets)}, with its sums: {yes(sets and (sets[0] / 'SHA256SUMS').is_file())}"

    @steps(
        "Verify by hand: the same findings again", given="indelible verify", expected="exit 0: no; opened once more: none"
    )
    def _():
        before = len(incidents(own))
        ran = own.run("verify", "--json")
        rows = own.database.value("SELECT count(*) AS n FROM record WHERE type = 'incident'")
        return f"exit 0: {yes(ran.code == 0)}; opened once more: {'none' if rows == before else rows - before}"
