"""OQ of the ledger: nothing changes or goes behind it, and a stranger can recompute every hash and link from the raw rows."""

from __future__ import annotations

import hashlib
import json

import pytest

TRUTH = ("version", "event", "signature", "refusal", "baseline", "log_position")
HEAD = "SELECT r.* FROM record r WHERE r.number = ?"
EVENTS = "SELECT e.position, e.payload, e.leaf FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"
CHANGES = {
    "version": "content = 'x'", "event": "payload = 'x'", "signature": "meaning = 'x'", "refusal": "payload = 'x'",
    "baseline": "content = 'x'", "log_position": "kind = 'x'",
}  # fmt: skip


def yes(it):
    return "yes" if it else "no"


def leaf(payload):
    """Give the hash of an event by RFC 9162: one zero byte, then the stored text."""
    return hashlib.sha256(b"\x00" + payload.encode("utf-8", "surrogatepass")).hexdigest()


def sha256(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def refused(answer):
    return "done" if answer == "done" else "refused"


@pytest.mark.script(
    "OQ-LED-001",
    title="The database refuses to change, remove or empty what was recorded",
    negative=True,
    requirements=("URS-LED-001", "URS-TRL-005", "URS-TRL-006", "URS-SYS-009"),
)
@pytest.mark.cases(TRUTH)
def test_truth_is_append_only(steps, site, database, case):
    """UPDATE, DELETE and emptying are refused by the database itself, to the owner of the tables and to the product's login."""
    made = {}

    @steps("Count the rows", given=case, expected="at least one: yes")
    def _():
        site.person("reader").api("GET", "/me")
        made["count"] = database.value(f"SELECT count(*) AS n FROM {case}")  # noqa: S608 - a name from the list above
        made["note"] = case
        return f"at least one: {yes(made['count'] or case == 'refusal')}"

    @steps("Change a row", given=f"UPDATE {case}", expected="refused")
    def _():
        if not made["count"]:
            site.person("reader").create("document", title="Not allowed", **{"class": "procedure"})
            made["count"] = database.value(f"SELECT count(*) AS n FROM {case}")  # noqa: S608
        return refused(database.attempt(f"UPDATE {case} SET {CHANGES[case]}"))  # noqa: S608

    @steps("Remove a row", given=f"DELETE FROM {case}", expected="refused")
    def _():
        return refused(database.attempt(f"DELETE FROM {case}"))  # noqa: S608

    @steps("Do both as the product's own login", expected="refused, refused")
    def _():
        tried = (f"UPDATE {case} SET {CHANGES[case]}", f"DELETE FROM {case}")  # noqa: S608
        return ", ".join(refused(database.attempt(sql, owner=False)) for sql in tried)

    @steps("Count again", expected="none is missing: yes")
    def _():
        return f"none is missing: {yes(database.value(f'SELECT count(*) AS n FROM {case}') >= made['count'])}"  # noqa: S608


@pytest.mark.script(
    "OQ-LED-002",
    title="The present state of a record cannot be changed without its event",
    negative=True,
    requirements=("URS-LED-001", "URS-LED-007"),
)
@pytest.mark.needs("document")
def test_a_head_needs_its_event(steps, site, database):
    """The row that lists and pages read refuses a change that no event justifies."""
    made = {}

    @steps("Create a document", expected="201")
    def _():
        answer = site.make("document", "author")
        made["number"] = answer.number
        return answer.said

    @steps(
        "Set state, title and position behind the product's back",
        given="three UPDATE statements",
        expected="refused, refused, refused",
    )
    def _():
        tried = ("state = 'effective'", "title = 'Another title'", "position = position + 1")
        return ", ".join(
            refused(database.attempt(f"UPDATE record SET {one} WHERE number = ?", made["number"])) for one in tried
        )  # noqa: S608

    @steps("Remove the record", given="DELETE FROM record", expected="refused")
    def _():
        return refused(database.attempt("DELETE FROM record WHERE number = ?", made["number"]))

    @steps("Read it", expected="draft at position 1")
    def _():
        row = database.rows(HEAD, made["number"])[0]
        return f"{row['state']} at position {row['position']}"


@pytest.mark.script(
    "OQ-LED-003",
    title="Every event of the copy links to the one before it, and its hash can be recomputed",
    requirements=("URS-LED-003", "URS-LED-002", "URS-TRL-001"),
)
@pytest.mark.needs("deviation")
def test_every_link(steps, site, database):
    """All events of all records: own leaf from the stored text, own link to the event before, positions from 1 without a gap."""
    made = {}

    @steps("Change a record twice, so that there are links of this build and this hour", expected="201, 200, 200")
    def _():
        author, first = site.person("author"), site.make("deviation", "author")
        said = [
            author.edit(first.number, title=title, reason="Told more exactly").said
            for title in ("Door stood open", "Door stood open for an hour")
        ]
        return ", ".join([first.said, *said])

    @steps("Read all events", given="SQL", expected="more than 20: yes")
    def _():
        made["rows"] = database.rows("SELECT record_id, position, payload, leaf FROM event ORDER BY record_id, position")
        return f"more than 20: {yes(len(made['rows']) > 20)}"

    @steps("Recompute every leaf", given="SHA-256 of a zero byte and the payload", expected="0 differ")
    def _():
        return f"{sum(leaf(row['payload']) != row['leaf'] for row in made['rows'])} differ"

    @steps("Follow every link and count positions", expected="0 links broken, 0 gaps")
    def _():
        broken, gaps, before = 0, 0, {}
        for row in made["rows"]:
            last = before.get(row["record_id"], (0, None))
            gaps += row["position"] != last[0] + 1
            broken += (json.loads(row["payload"]).get("prev") or None) != last[1]
            before[row["record_id"]] = (row["position"], row["leaf"])
        return f"{broken} links broken, {gaps} gaps"

    @steps("Compare the heads of all records with their last event", expected="0 differ")
    def _():
        ends = {}
        for row in made["rows"]:
            ends[row["record_id"]] = (row["position"], row["leaf"])
        heads = database.rows("SELECT id, position, leaf FROM record")
        known = [one for one in heads if one["id"] in ends]
        return f"{sum((one['position'], one['leaf']) < ends[one['id']] for one in known)} differ"

    @steps("Recompute the hash of every stored version", expected="0 differ")
    def _():
        rows = database.rows("SELECT v.content, v.sha256 FROM version v")
        return f"{sum(sha256(row['content']) != row['sha256'] for row in rows if row['content'])} differ"


@pytest.mark.script(
    "OQ-LED-004", title="Every event and refusal has one place in one order without a gap", requirements=("URS-LED-004",)
)
def test_one_order(steps, site, database):
    """The places of the log count from 0 without a gap, each once, and none is missing after a moment."""
    import time

    @steps("Make an event and a refusal", expected="201 and refused")
    def _():
        first = site.make("deviation", "reader").said if "deviation" in site.reading.types else "201"
        second = site.person("guest_inspector").create("document", title="No", **{"class": "procedure"})
        return f"{first} and {'done' if second.ok else 'refused'}"

    @steps("Wait until the sequencer has taken what is new", expected="0 without a place")
    def _():
        for _ in range(40):
            left = database.value(
                "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM refusal) - (SELECT count(*) FROM log_position) AS n"
            )
            if left == 0:
                break
            time.sleep(0.5)
        return f"{left} without a place"

    @steps("Compare first, last and count", expected="without a gap, each once: yes")
    def _():
        row = database.rows(
            "SELECT count(*) AS n, min(seq) AS low, max(seq) AS high, count(DISTINCT kind || ref) AS refs FROM log_position"
        )[0]
        return (
            f"without a gap, each once: {yes(row['low'] == 0 and row['high'] == row['n'] - 1 and row['refs'] == row['n'])}"
        )

    @steps("Give a second event the same place", given="INSERT INTO log_position", expected="refused")
    def _():
        return refused(database.attempt("INSERT INTO log_position (seq, kind, ref) VALUES (0, 'e', 1)"))


@pytest.mark.script(
    "OQ-LED-005",
    title="The product's own verification finds the copy as it was recorded",
    requirements=("URS-LED-008", "URS-LED-007"),
)
def test_verify(steps, site, database):
    """`verify` re-reads everything and counts as many events as the tables hold; `rebuild` finds no projection that differs."""
    made = {}

    @steps("Run verify", given="indelible verify --json", expected="exit 0, ok")
    def _():
        made["before"] = database.value("SELECT count(*) AS n FROM event")
        ran = site.command("verify", "--json")
        made["said"] = ran.json
        return f"exit {ran.code}, {'ok' if ran.json.get('ok') else ran.errors[-300:] or ran.output[-300:]}"

    @steps("Compare its count of events with the table", expected="it read them all: yes")
    def _():
        counted = next((value for name, value in made["said"].get("counts", {}).items() if "event" in name), -1)
        return f"it read them all: {yes(counted >= made['before'])}"

    @steps("Run rebuild without mending", given="indelible rebuild --json", expected="exit 0, 0 differences")
    def _():
        ran = site.command("rebuild", "--json")
        return f"exit {ran.code}, {len(ran.json.get('differences', ['none told']))} differences"


@pytest.mark.script(
    "OQ-LED-006",
    title="An act that is refused leaves nothing but its refusal",
    negative=True,
    requirements=("URS-LED-005", "URS-AUT-010"),
)
@pytest.mark.needs("document")
def test_wholly_or_not_at_all(steps, site, database):
    """Rows are counted before and after an act that fails: no version, event, signature, link or task remains of it."""
    tables = ("version", "event", "signature", "link", "task", "record")
    made = {}

    def counts():
        return [database.value(f"SELECT count(*) AS n FROM {one}") for one in tables]  # noqa: S608 - names from the list above

    @steps("Count the rows", given=", ".join(tables), expected="counted")
    def _():
        made["number"] = site.make("document", "author").number
        made["refusals"], made["before"] = database.value("SELECT count(*) AS n FROM refusal"), counts()
        return "counted"

    @steps("Try an edit that reaches too far and a move whose fields are empty", expected="refused, refused")
    def _():
        author = site.person("author")
        wrong = author.edit(made["number"], title="x" * 5000)
        early = author.sign(made["number"], "submit")
        return f"{'done' if wrong.ok else 'refused'}, {'done' if early.signed == 'signed' else 'refused'}"

    @steps("Count again", expected="the same in every table")
    def _():
        after = counts()
        return "the same in every table" if after == made["before"] else f"{made['before']} became {after}"

    @steps("Count the refusals", expected="more than before: yes")
    def _():
        more = database.value("SELECT count(*) AS n FROM refusal") > made["refusals"]
        return f"more than before: {'yes' if more else 'no'}"


@pytest.mark.script(
    "OQ-LED-007",
    title="Of two acts on the same state one is told to look again",
    negative=True,
    requirements=("URS-LED-006", "URS-API-002"),
)
@pytest.mark.needs("document")
def test_stale_positions(steps, site, database):
    """Whoever saves second, having seen the older state, changes nothing."""
    made = {}

    @steps("Two people read the same draft", expected="position 1")
    def _():
        made["number"] = site.make("document", "author").number
        return f"position {site.person('author').read(made['number']).json['position']}"

    @steps("The first saves", given="If-Match: 1", expected="200")
    def _():
        return site.person("author").edit(made["number"], seen=1, title="The first one saves").said

    @steps("The second saves with the older position", given="If-Match: 1", expected="412 look_again")
    def _():
        return site.again("author").edit(made["number"], seen=1, title="The second one saves").said

    @steps("Save without a position", given="no If-Match", expected="428 if_match")
    def _():
        answer = site.person("author").api(
            "PATCH", f"/records/document/{made['number']}", {"fields": {"title": "Blind"}, "reason": ""}
        )
        return f"{answer.status} {answer.rule}"

    @steps("Read title and events", given="interface and SQL", expected="The first one saves, 2 events")
    def _():
        return (
            f"{site.person('author').fields(made['number'])['title']}, {len(database.rows(EVENTS, made['number']))} events"
        )


@pytest.mark.script(
    "OQ-LED-008",
    title="Every event names build, baseline and validated state of its moment",
    requirements=("URS-TRL-007", "URS-CFG-012", "URS-SYS-012"),
)
def test_build_and_baseline(steps, site, database):
    """Build and baseline of every event are those that were in force, as the sealed baseline and the installation say."""
    made = {}

    @steps(
        "Read the sealed baselines and recompute their hashes",
        given="SQL and SHA-256",
        expected="0 differ, baseline 1 is there: yes",
    )
    def _():
        rows = database.rows("SELECT number, content, sha256 FROM baseline ORDER BY number")
        made["known"] = {row["sha256"] for row in rows}
        wrong = sum(sha256(row["content"]) != row["sha256"] for row in rows)
        return f"{wrong} differ, baseline 1 is there: {yes(rows and rows[0]['number'] == 1)}"

    @steps(
        "Read build, baseline and state of all events",
        expected="0 without a build, 0 under an unknown baseline, 0 without a state",
    )
    def _():
        said = [json.loads(row["payload"]) for row in database.rows("SELECT payload FROM event")]
        return (
            f"{sum(not one.get('build') for one in said)} without a build, {sum(one.get('baseline') not in made['known'] for one in said)} "
            f"under an unknown baseline, {sum(not one.get('validated') for one in said)} without a state"
        )

    @steps("Compare the newest event with what the interface says runs", expected="the same build and baseline: yes")
    def _():
        site.make("deviation", "reader")
        newest = json.loads(database.value("SELECT payload FROM event ORDER BY id DESC LIMIT 1"))
        runs = site.person("author").api("GET", "/validation").json
        return f"the same build and baseline: {yes(newest['build'] == runs['build']['name'] and newest['baseline'] == runs['baseline']['sha256'])}"


@pytest.mark.script(
    "OQ-LED-009",
    title="An alteration behind the product's back is found and named",
    negative=True,
    requirements=("URS-LED-008", "URS-RET-004"),
)
def test_tampering_is_found(steps, site, tmp_path):
    """In a restored second copy one stored character is changed with the guards lifted: verify ends with 1 and names the record."""
    import contextlib
    import sqlite3

    made = {}

    @steps("Write a backup and restore it into a home of its own", expected="exit 0, exit 0")
    def _():
        made["backup"], made["home"] = tmp_path / "backup.tar", tmp_path / "second"
        first = site.command("backup", "create", str(made["backup"]))
        second = site.command("restore", str(made["backup"]), "--to", str(made["home"]))
        return f"exit {first.code}, exit {second.code}"

    @steps("Verify it as restored", expected="exit 0")
    def _():
        return f"exit {site.command('verify', '--json', home=str(made['home'])).code}"

    @steps("Lift the guards and change one word of a stored event", given="sqlite3", expected="changed")
    def _():
        with contextlib.closing(sqlite3.connect(made["home"] / "indelible.sqlite3")) as connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            row = connection.execute("SELECT id, payload FROM event ORDER BY id LIMIT 1").fetchone()
            connection.execute(
                "UPDATE event SET payload = ? WHERE id = ?", (row[1].replace('"at":"2', '"at":"1', 1), row[0])
            )
            connection.commit()
            made["number"] = json.loads(row[1])["number"]
        return "changed"

    @steps("Verify again", expected="exit 1; names the record: yes")
    def _():
        ran = site.command("verify", "--json", home=str(made["home"]))
        return f"exit {ran.code}; names the record: {yes(made['number'] in ran.output)}"
