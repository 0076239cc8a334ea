"""OQ of the ledger: what is altered in a copy whose guards were lifted is found by the verification, whatever it is."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3

import pytest


def yes(it):
    return "yes" if it else "no"


def newest(connection, table):
    """Give the newest event of a record that has several."""
    del table
    sql = "SELECT id, record_id, position, payload FROM event WHERE position > 1 ORDER BY id DESC LIMIT 1"
    return connection.execute(sql).fetchone()


def content_of_a_version(connection):
    row = connection.execute(
        "SELECT id, record_id, content FROM version WHERE content <> '' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    changed = json.loads(row[2])
    changed["fields"] = {**changed["fields"], "1": "What nobody ever wrote"}
    connection.execute("UPDATE version SET content = ? WHERE id = ?", (json.dumps(changed, separators=(",", ":")), row[0]))
    return row[1]


def earlier_value(connection):
    row = connection.execute(
        "SELECT v.id, v.record_id FROM version v WHERE v.number = 1 AND EXISTS (SELECT 1 FROM version w WHERE w.record_id = v.record_id AND "
        "w.number = 2) ORDER BY v.id DESC LIMIT 1"
    ).fetchone()
    connection.execute("DELETE FROM version WHERE id = ?", (row[0],))
    return row[1]


def link_to_the_event_before(connection):
    row = newest(connection, "event")
    payload = json.loads(row[3])
    payload["prev"] = "0" * 64
    connection.execute("UPDATE event SET payload = ? WHERE id = ?", (json.dumps(payload, separators=(",", ":")), row[0]))
    return row[1]


def place_in_the_order(connection):
    seq, ref = connection.execute(
        "SELECT seq, ref FROM log_position WHERE kind = 'e' ORDER BY seq LIMIT 1 OFFSET 20"
    ).fetchone()
    record = connection.execute("SELECT record_id FROM event WHERE id = ?", (ref,)).fetchone()[0]
    connection.execute("DELETE FROM log_position WHERE seq = ?", (seq,))
    return record


def event_of_an_act(connection):
    row = newest(connection, "event")
    connection.execute("DELETE FROM event WHERE id = ?", (row[0],))
    return row[1]


ALTERED = {
    "the content of a version": content_of_a_version,
    "the earlier value, taken away": earlier_value,
    "the link of an event to the one before": link_to_the_event_before,
    "a place in the order of all events, left empty": place_in_the_order,
    "the event of an act, taken away": event_of_an_act,
}


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-LED-031",
    title="Whatever is altered in the rows of truth is found by the verification",
    negative=True,
    requirements=("URS-LED-002", "URS-LED-003", "URS-LED-004", "URS-TRL-001", "URS-TRL-003"),
)
def test_whatever_is_altered(steps, site, tmp_path):
    """Content, earlier value, link, place and event: each altered alone in a restored copy; `verify` names the record each time."""
    made = {"backup": tmp_path / "backup.tar", "home": tmp_path / "restored"}

    @steps(
        "Change a value, write a backup, restore it into a home of its own and verify that",
        expected="200, exit 0, exit 0, exit 0",
    )
    def _():
        number = site.make("document", "author").number
        changed = site.person("author").edit(number, title="Changed once", reason="Told more exactly")
        ran = [
            site.command("backup", "create", str(made["backup"])),
            site.command("restore", str(made["backup"]), "--to", str(made["home"])),
            site.command("verify", "--json", home=str(made["home"])),
        ]
        return f"{changed.said}, {', '.join(f'exit {one.code}' for one in ran)}"

    def verified(alter):
        """Lift the guards, alter one thing, verify, and put it back; gives the exit code, what was found, and the record's number."""
        file, whole = made["home"] / "indelible.sqlite3", tmp_path / "whole.sqlite3"
        shutil.copyfile(file, whole)
        with contextlib.closing(sqlite3.connect(file)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            record = alter(connection) if alter else ""
            number = connection.execute("SELECT number FROM record WHERE id = ?", (record,)).fetchone()
            connection.commit()
        ran = site.command("verify", "--json", home=str(made["home"]))
        shutil.copyfile(whole, file)
        return ran.code, ran.json.get("findings", []), number[0] if number else ""

    @steps("Lift the guards and alter nothing", expected="exit 1; only the guards are found: yes")
    def _():
        code, found, _ = verified(None)
        made["guards"] = {one["message"] for one in found}
        return f"exit {code}; only the guards are found: {yes(made['guards'] and not any(one['record'] for one in found))}"

    for words, alter in ALTERED.items():

        @steps(
            "Lift the guards, alter one thing, and verify",
            given=words,
            expected="found beside the guards: yes; the record is named: yes",
        )
        def _(alter=alter):
            _, found, number = verified(alter)
            more = [one for one in found if one["message"] not in made["guards"]]
            return f"found beside the guards: {yes(more)}; the record is named: {yes(any(one['record'] == number for one in more))}"

    @steps("Put everything back as it was restored, and verify", expected="exit 0")
    def _():
        return f"exit {site.command('verify', '--json', home=str(made['home'])).code}"
