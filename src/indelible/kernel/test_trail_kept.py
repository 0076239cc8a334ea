"""OQ of the audit trail: it cannot be switched off, keeps refusals and the system's own acts, and is exported whole."""

from __future__ import annotations

import json
import re

import pytest

PAYLOADS = "SELECT e.payload, e.at, e.person_id FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"

UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.script(
    "OQ-TRL-006",
    title="No setting, page, command or call switches the audit trail off",
    negative=True,
    requirements=("URS-TRL-005",),
)
def test_no_switch(steps, site, reading):
    """Neither the configuration's keys nor the environment, the interface or the command line know such a thing."""
    made = {}
    words = re.compile(r"audit|trail|log|history|track", re.IGNORECASE)

    @steps(
        "Look for a key that could switch it off in the policies", given=", ".join(sorted(reading.policies)), expected="none"
    )
    def _():
        found = [name for name, value in reading.policies.items() if words.search(name) and isinstance(value, (bool, int))]
        return ", ".join(found) or "none"

    @steps(
        "Put one into a configuration and have it checked",
        given="audit_trail: false in policies.yaml",
        expected="exit 1 or 2; applied: no",
    )
    def _():
        import shutil
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "configuration"
            shutil.copytree(site.copy.types, folder)
            file = folder / "policies.yaml"
            file.write_text(file.read_text("utf-8") + "\naudit_trail: false\n", "utf-8")
            ran = site.command("config", "check", str(folder))
        made["said"] = ran.output + ran.errors
        return f"exit {'1 or 2' if ran.code in (1, 2) else ran.code}; applied: no"

    @steps("Read what it says", expected="names file and key: yes")
    def _():
        return f"names file and key: {yes('policies.yaml' in made['said'] and 'audit_trail' in made['said'])}"

    @steps("Look for a call that changes or removes an event", given="the interface's own description", expected="none")
    def _():
        paths = site.person("author").api("GET", "/openapi.json").json.get("paths", {})
        found = [
            f"{method} {path}"
            for path, methods in paths.items()
            for method in methods
            if (method in ("delete", "put"))
            or (method in ("patch", "post") and re.search(r"/(events|history|trail|refusals)\b", path))
        ]
        return ", ".join(sorted(found)) or "none"

    @steps("Try it all the same", given="DELETE and PATCH of the history of a record", expected="refused, refused")
    def _():
        number = site.make("deviation", "reader").number if "deviation" in reading.types else "DEV-001"
        administrator = site.person("sysadmin")
        tried = [
            administrator.api(method, f"/records/{site.reading.type_of(number)}/{number}/history", {})
            for method in ("DELETE", "PATCH")
        ]
        return ", ".join("done" if one.ok else "refused" for one in tried)


@pytest.mark.script(
    "OQ-TRL-007",
    title="Refused attempts are kept with person, act, record, rule and time, and without the inputs",
    negative=True,
    requirements=("URS-AUT-010", "URS-AUT-011"),
)
@pytest.mark.needs("document")
def test_refusals(steps, site, database):
    """What was refused is evidence too; what was typed is not kept."""
    made, secret = {}, "a title that must stand in no refusal"

    @steps("Create a document as the inspector", given="a title", expected="403 authority")
    def _():
        answer = site.person("guest_inspector").create("document", title=secret, **{"class": "procedure"})
        made["answer"] = answer
        return f"{answer.status} {answer.rule}"

    @steps(
        "Read the newest refusal",
        given="SQL",
        expected="document.create by the inspector: yes; rule authority; with its time: yes; the title in it: no",
    )
    def _():
        found = database.rows("SELECT payload, at, person_id FROM refusal ORDER BY id DESC LIMIT 1")
        if not found:
            return "there is no refusal"
        row = found[0]
        said = json.loads(row["payload"])
        who = site.user_id_of(said["person"])
        return (
            f"{said['act']} by the inspector: {yes(who == 'q.guest_inspector')}; rule {said['rule']}; "
            f"with its time: {yes(UTC.fullmatch(said['at']))}; the title in it: {yes(secret in row['payload'])}"
        )

    @steps("Read what the answer said", expected="rule, words and who could: yes")
    def _():
        said = made["answer"].json
        return f"rule, words and who could: {yes(said['rule'] and said['detail'] and 'who_can' in said)}"

    @steps("Look for it on the page of refusals", given="as an internal auditor", expected="document.create is listed: yes")
    def _():
        words = site.person("internal_auditor").get("/trail/refusals").words
        return f"document.create is listed: {yes('q.guest_inspector' in words or 'Guest inspector' in words or 'Guest Inspector' in words)}"


@pytest.mark.script(
    "OQ-TRL-008", title="The exported trail holds every event, the last one too", requirements=("URS-TRL-009", "URS-CPY-012")
)
@pytest.mark.needs("deviation")
def test_the_export_is_whole(steps, site, database):
    """An export of the trail has as many lines as there are events that its reader may see, and the newest one is among them."""
    import csv
    import io

    made = {}

    @steps("Make a record whose title is found nowhere else", expected="201")
    def _():
        made["title"] = f"Exported {site.now():%H%M%S%f}"
        answer = site.make("deviation", "reader", title=made["title"])
        made["number"] = answer.number
        return answer.said

    @steps(
        "Export the list of deviations",
        given="CSV, as Quality",
        expected="as many lines as records, the newest among them: yes",
    )
    def _():
        text = site.person("qa_approver").get("/records/deviation/csv").text.lstrip("\ufeff")
        lines = list(csv.DictReader(io.StringIO(text)))
        stored = database.value("SELECT count(*) AS n FROM record WHERE type = 'deviation'")
        made["lines"] = lines
        newest = any(made["number"] in line.values() for line in lines)
        return f"{'as many lines as records' if len(lines) == stored else f'{len(lines)} lines for {stored} records'}, the newest among them: {yes(newest)}"

    @steps("Read the count that the export states of itself", expected="the number of its lines: yes")
    def _():
        stated = {value for line in made["lines"][:1] for value in list(line.values())[-1:]}
        return f"the number of its lines: {yes(stated == {str(len(made['lines']))})}"

    @steps("Export the trail of today", given="CSV, as Quality", expected="the newest event is in it: yes")
    def _():
        text = site.person("qa_approver").get("/trail/csv").text
        return f"the newest event is in it: {yes(made['number'] in text)}"


@pytest.mark.script(
    "OQ-TRL-009", title="What the system does is recorded as the system's", requirements=("URS-TRL-008", "URS-TIM-003")
)
@pytest.mark.needs("document.approved.take_effect")
def test_acts_of_the_system(steps, site, database):
    """A document that takes effect on its day does so by the system, once, and no person is named for it."""
    made = {}

    @steps("Approve a document that takes effect in three days", expected="approved")
    def _():
        from datetime import timedelta

        day = (site.now() + timedelta(days=3)).date().isoformat()
        made["number"] = site.make("document", "author", "in_approval", effective_on=day).number
        site.walk(made["number"], "submit")
        site.walk(made["number"], "agree")
        return site.walk(made["number"], "approve")

    @steps("Let four days pass", expected="effective")
    def _():
        site.advance("4d")
        return site.person("author").state(made["number"])

    @steps("Read who did it", given="SQL", expected="1 event of taking effect, by no person, as the system")
    def _():
        rows = database.rows(PAYLOADS, made["number"])
        found = [row for row in rows if json.loads(row["payload"])["act"] == "document.take_effect"]
        said = json.loads(found[-1]["payload"])["by"]
        return f"{len(found)} event of taking effect, by {'no person' if not found[-1]['person_id'] else 'a person'}, as {'the system' if said.get('via') in ('system', 'timer') or not said.get('person') else said}"
