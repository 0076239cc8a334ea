"""OQ of drills: a restore is compared with what is here, what differs is named, and who performed it signs nothing."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

NEEDS = (
    "restore_drill.due.perform",
    "restore_drill.performed.close",
    "restore_drill.performed.fail",
    "restore_drill:outcome",
)
LOOKED = {"copy_from": "Brought back from another disk", "looked_at": "The installation's own record: as it is here"}
COUNTED = {"records": "record", "versions": "version", "events": "event", "signatures": "signature", "files": "blob"}


def yes(it):
    return "yes" if it else "no"


def awaited(asked, seconds=60):
    """Give what was asked for as soon as there is something, or what there is in the end."""
    until = time.monotonic() + seconds
    while not (found := asked()) and time.monotonic() < until:
        time.sleep(1)
    return found


def filed(database, state=""):
    """Give the drills that stand in the database, the newest last."""
    rows = database.rows(
        "SELECT number, state, content FROM record WHERE type = 'restore_drill' ORDER BY created_at, number"
    )
    return [one for one in rows if not state or one["state"] == state]


def told(row):
    """Give the content of a row as the database has it."""
    return json.loads(row["content"]) if isinstance(row["content"], str) else row["content"]


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-DRL-001",
    title="A drill compares every row and file of a backup with the installation and names what differs",
    negative=True,
    requirements=("URS-DRL-001", "URS-DRL-002"),
)
def test_a_drill(steps, own, tmp_path):
    """On a home of its own, made of a backup of the copy: whole, altered behind its back, with a damaged backup."""
    made = {"file": tmp_path / "drilled.tar"}

    def drilled(name="file"):
        return own.run("drill", "--backup", str(made[name]), "--json")

    @steps("Make a home of the copy's backup, and a backup of that home", expected="restored; exit 0")
    def _():
        said = own.restored()
        return f"{said}; exit {own.run('backup', 'create', str(made['file'])).code}"

    @steps(
        "Drill it, and count the rows of the backup outside of the product",
        given="indelible drill; the tables of the manifest",
        expected="exit 0; differences: 0; counts as in the tables: yes; filed: 1 more",
    )
    def _():
        before = len(filed(own.database))
        ran = drilled()
        answer = ran.json
        tables = answer["manifest"]["tables"]
        same = all(answer["compared"][name] == tables[table] > 0 for name, table in COUNTED.items() if tables[table])
        return (
            f"exit {ran.code}; differences: {len(answer['differences'])}; counts as in the tables: {yes(same)}; "
            f"filed: {len(filed(own.database)) - before} more"
        )

    @steps("Change the title of a record, with the guards in place", given="SQL", expected="done: no")
    def _():
        made["number"] = str(own.database.value("SELECT number FROM record WHERE type = 'person' ORDER BY number LIMIT 1"))
        return f"done: {yes(own.database.attempt('UPDATE record SET title = ? WHERE number = ?', 'Forged', made['number']) == 'done')}"

    @steps(
        "Change it, and take a signature away, as whoever holds the file can",
        given="guards lifted and put back",
        expected="changed: yes; signatures: one fewer",
    )
    def _():
        before = own.database.value("SELECT count(*) AS n FROM signature")
        made["signed"] = str(
            own.database.value("SELECT r.number FROM signature s JOIN record r ON r.id = s.record_id ORDER BY s.id LIMIT 1")
        )
        guards = own.database.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('record', 'signature')"
        )
        own.change(
            *(f"DROP TRIGGER {one['name']}" for one in guards),
            f"UPDATE record SET title = 'Forged' WHERE number = '{made['number']}'",
            "DELETE FROM signature WHERE id = (SELECT min(id) FROM signature)",
            *(str(one["sql"]) for one in guards),
        )
        now = own.database.value("SELECT title FROM record WHERE number = ?", made["number"])
        fewer = before - own.database.value("SELECT count(*) AS n FROM signature") == 1
        return f"changed: {yes(now == 'Forged')}; signatures: {'one fewer' if fewer else 'as many'}"

    @steps(
        "Drill it again",
        given="the same backup",
        expected="exit 0: no; record and field named: yes; the lost signature named: yes",
    )
    def _():
        ran = drilled()
        found = {(one["record"], one["field"]) for one in ran.json["differences"]}
        made["filed"] = str(ran.json["filed"])
        named, lost = (made["number"], "title") in found, (made["signed"], "all") in found
        return f"exit 0: {yes(ran.code == 0)}; record and field named: {yes(named)}; the lost signature named: {yes(lost)}"

    @steps(
        "Read the record that it filed, and the incidents",
        given="SQL",
        expected="differences, naming the record; opened: yes",
    )
    def _():
        row = next(one for one in filed(own.database) if one["number"] == made["filed"])
        words = json.dumps(told(row))
        title = "A restore drill found differences"
        count = own.database.value("SELECT count(*) AS n FROM record WHERE type = 'incident' AND title = ?", title)
        outcome = "differences" if '"differences"' in words else "identical"
        return f"{outcome}, {'naming the record' if made['number'] in words else 'naming nothing'}; opened: {yes(count)}"

    @steps(
        "Let the system owner close it as passed",
        expected="served; refused: drill_found_no_difference; performed",
    )
    def _():
        served = own.serve()
        own.site.person("sysadmin").edit(made["filed"], performed_by="q.validation", **LOOKED)
        owner = own.site.person("system_owner")
        answer = owner.sign(made["filed"], "close")
        said = f"{served}; {answer.signed}; {owner.state(made['filed'])}"
        own.end()
        return said

    @steps("Change one byte of the backup and drill it", expected="exit 0: no; rule backup_is_whole: yes; filed: none more")
    def _():
        before, content = len(filed(own.database)), bytearray(made["file"].read_bytes())
        content[len(content) // 2] ^= 1
        made["bad"] = tmp_path / "bad.tar"
        made["bad"].write_bytes(content)
        ran = drilled("bad")
        more = "none" if len(filed(own.database)) == before else "some"
        return (
            f"exit 0: {yes(ran.code == 0)}; rule backup_is_whole: {yes('backup_is_whole' in ran.errors)}; filed: {more} more"
        )


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-DRL-002",
    title="A drill is verified and approved by two people who did not perform it, and nobody types its figures",
    negative=True,
    requirements=("URS-DRL-001", "URS-DRL-002", "URS-DRL-003"),
)
def test_who_signs_a_drill(steps, site, database, tmp_path):
    """The administrator enters and signs nothing; the performer signs nothing; Quality signs after the system owner."""
    made, owner = {"file": tmp_path / "kept.tar"}, site.person("system_owner")

    def closed(who):
        return f"{site.person(who).sign(made['number'], 'close').signed}; {owner.state(made['number'])}"

    @steps(
        "Let quality operations open one, and the system owner call it performed without a restore",
        expected="201; refused: drill_has_figures; due",
    )
    def _():
        answer = site.person("qa_ops").create("restore_drill", title="Of this half-year", because="half-yearly")
        made["number"] = answer.number
        tried = owner.act(made["number"], "perform")
        return f"{answer.status}; {'done' if tried.ok else f'refused: {tried.rule}'}; {owner.state(made['number'])}"

    @steps(
        "Type the figures of a drill", given="as the system administrator", expected="refused: figures_come_from_the_drill"
    )
    def _():
        answer = site.person("sysadmin").edit(made["number"], outcome="identical", position="100", differences="0")
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps(
        "Write a backup and drill it",
        given="indelible backup create, drill",
        expected="exit 0, 0; a drill that was due is performed: yes; differences: 0",
    )
    def _():
        waiting = {one["number"] for one in filed(database, "due")}
        wrote, ran = site.command("backup", "create", str(made["file"])), None
        while ran is None or (made["number"] in {one["number"] for one in filed(database, "due")} and ran.code == 0):
            ran = site.command("drill", "--backup", str(made["file"]), "--json")
        filled = str(ran.json["filed"]) in waiting
        return (
            f"exit {wrote.code}, {ran.code}; a drill that was due is performed: {yes(filled)}; "
            f"differences: {len(ran.json['differences'])}"
        )

    @steps(
        "Let the administrator enter who performed it, and sign it",
        expected="entered: yes; signed: no; performed",
    )
    def _():
        administrator = site.person("sysadmin")
        answer = administrator.edit(made["number"], performed_by="q.qa_approver", **LOOKED)
        signed = administrator.sign(made["number"], "close").signed
        return f"entered: {yes(answer.ok)}; signed: {yes(signed == 'signed')}; {owner.state(made['number'])}"

    @steps("Let Quality approve it before it was verified", expected="signed: no; performed")
    def _():
        said = closed("qa_approver")
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("Let the system owner verify it", expected="signed; performed")
    def _():
        return closed("system_owner")

    @steps("Let somebody of Quality approve it who performed it", expected="refused: performer_does_not_sign; performed")
    def _():
        return closed("qa_approver")

    @steps("Let somebody else of Quality approve it", expected="signed; closed")
    def _():
        other = site.newcomer("qa_approver", name="Approves Drills")
        return f"{other.sign(made['number'], 'close').signed}; {owner.state(made['number'])}"

    @steps(
        "Read its signatures", given="SQL", expected="verified, quality_approved; people: 2; the performer among them: no"
    )
    def _():
        rows = database.rows(
            "SELECT s.meaning, s.person_id FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? ORDER BY s.position",
            made["number"],
        )
        performer = database.value("SELECT person_id AS n FROM account WHERE user_id = 'q.qa_approver'")
        people = {str(one["person_id"]) for one in rows}
        return (
            f"{', '.join(str(one['meaning']) for one in rows)}; people: {len(people)}; "
            f"the performer among them: {yes(str(performer) in people)}"
        )


@pytest.mark.needs("continuity_exercise.due.hold", "continuity_exercise.performed.close", "incident")
@pytest.mark.script(
    "OQ-DRL-003",
    title="An exercise is closed with the count of what was entered afterwards, by two people who did not lead it",
    negative=True,
    requirements=("URS-DRL-003", "URS-DRL-004"),
)
def test_an_exercise(steps, site, database):
    """Two entries on paper, one of them entered: counted by the system, compared, and closed only with a reason."""
    made, ops, owner = {}, site.person("qa_ops"), site.person("system_owner")
    reason = "One form was of another day; it was entered there"

    def stamp(**ago):
        return (site.now() - timedelta(**ago)).isoformat(timespec="seconds")

    def entered():
        at = stamp(hours=2)
        fields = {"title": "Written on paper", "occurred_at": at, "detected_at": at, "reporter": "q.reader"}
        return site.make("incident", "reader", **fields).number

    def closed(who):
        return f"{site.person(who).sign(made['number'], 'close').signed}; {owner.state(made['number'])}"

    @steps(
        "Let quality operations lead one of three hours that ended an hour ago, with two entries on paper",
        expected="201; due",
    )
    def _():
        answer = ops.create("continuity_exercise", title="Half a day without the system")
        made["number"] = answer.number
        ops.edit(
            made["number"], owner="q.qa_ops", people=["q.author"], scenario="The host is away", began_at=stamp(hours=3),
            ended_at=stamp(hours=1), set_used="Of last night", on_paper="2",
        )  # fmt: skip
        return f"{answer.status}; {ops.state(made['number'])}"

    @steps("Enter one of them, and call the exercise held", expected="entered: yes; performed; counted by the system: yes")
    def _():
        made["paper"] = entered()
        ops.act(made["number"], "hold")
        said = site.until(made["number"], "performed", "qa_ops")
        seen = awaited(lambda: ops.fields(made["number"]).get("late_entries"))
        return f"entered: {yes(made['paper'])}; {said}; counted by the system: {yes(seen is not None)}"

    @steps("Find what was entered in the list of the system", given="SQL", expected="it stands there: yes")
    def _():
        row = database.rows("SELECT content FROM record WHERE number = ?", made["number"])[0]
        return f"it stands there: {yes(made['paper'] in json.dumps(told(row)))}"

    @steps("Type another count", expected="refused: counts_are_the_systems")
    def _():
        answer = ops.edit(made["number"], late_entries="2", reason="It fits the paper better")
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps(
        "Enter another one after the count, and let the system owner close it",
        expected="refused: late_entries_are_counted; performed",
    )
    def _():
        made["before"] = ops.fields(made["number"])["late_entries"]
        ops.edit(made["number"], found="The forms were at hand", conclusion="work can go on", on_paper="9")
        entered()
        return closed("system_owner")

    @steps(
        "Count again; paper and system differ, and nobody says why",
        expected="one more: yes; refused: paper_agrees_or_says_why; performed",
    )
    def _():
        ops.act(made["number"], "count")
        seen = awaited(lambda: ops.fields(made["number"])["late_entries"] != made["before"])
        return f"one more: {yes(seen)}; {closed('system_owner')}"

    @steps("Say why; who led it verifies it", expected="signed: no; performed")
    def _():
        ops.edit(made["number"], difference_reason=reason)
        said = closed("qa_ops")
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("Let the system owner verify and Quality approve it", expected="signed; performed; signed; closed")
    def _():
        return f"{closed('system_owner')}; {closed('qa_approver')}"
