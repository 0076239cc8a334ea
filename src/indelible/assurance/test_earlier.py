"""OQ of what lasts: a record opens, verifies and prints as it was recorded, also when another configuration is in force."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

import pytest

NEW = "Category chosen later"
AREAS = (
    "quality",
    "stability",
    "regulatory",
    "validation",
    "documents",
    "training",
    "supplier",
    "equipment",
    "data",
    "safety",
)


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(
    "document:class", "change.draft.submit", "change:plan_hash", "change:proposal", "change:applied_by", "role:sysadmin"
)
@pytest.mark.script(
    "OQ-RET-013",
    title="A record of an earlier configuration opens, verifies and prints as it was recorded",
    negative=True,
    requirements=("URS-RET-011",),
)
def test_an_earlier_configuration(steps, own, reading, tmp_path):
    """On a home made of a backup of the copy: a field is called otherwise by an approved change; the earlier record keeps its word."""
    made, old = {}, reading.fields("document")["class"]["label"]

    def seen(number):
        """Give which of both words page and printed copy say."""
        person = own.site.person("author")
        texts = person.get(f"/r/{number}").words, person.pdf(number)
        return ", ".join("the new word" if NEW in text else "the old word" if old in text else "neither" for text in texts)

    @steps(
        "Make a home of a backup of the copy, serve it, and let a procedure be in force",
        expected="restored; served; page and copy: the old word, the old word",
    )
    def _():
        told = own.restored()
        served = own.serve()
        made["number"] = own.site.effective(title="Recorded before the change")
        made["rows"] = own.database.rows(
            "SELECT v.content, v.sha256 FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? ORDER BY v.number",
            made["number"],
        )
        return f"{told}; {served}; page and copy: {seen(made['number'])}"

    @steps(
        "Call the field otherwise in a copy of the configuration, and plan it",
        given=NEW,
        expected="exit 0; refused: 0; a hash of the plan: yes",
    )
    def _():
        folder = made["folder"] = tmp_path / "ours"
        shutil.copytree(own.home / "configuration", folder)
        place = folder / "types" / "document.yaml"
        lines = place.read_text("utf-8")
        place.write_text(
            re.sub(r"(name: class,[^\n]*?label: )(\"[^\"]*\"|[^,}\n]+)", rf"\g<1>{NEW}", lines, count=1), "utf-8"
        )
        ran = own.run("config", "plan", str(folder), "--archive", str(tmp_path / "proposal.zip"), "--json")
        made["hash"] = str(ran.json.get("hash", ""))
        return f"exit {ran.code}; refused: {len(ran.json.get('refusals', []))}; a hash of the plan: {yes(made['hash'])}"

    def applied():
        return own.run("config", "apply", "--change", made["change"], "--as", "q.sysadmin", "--password-stdin", "--json",
                       stdin=f"{own.site.copy.password}\n")  # fmt: skip

    @steps("Raise a change for it, and apply it before anybody approved", expected="201; exit 0: no; baselines: as before")
    def _():
        author = own.site.person("author")
        sha256 = author.upload("proposal.zip", (tmp_path / "proposal.zip").read_bytes()).json["sha256"]
        areas = {f"{one}_impact": False for one in AREAS} | {f"{one}_reason": "Looked at by the author" for one in AREAS}
        given = {
            "title": "Call the class of documents otherwise", "kind": "configuration of this system", "before": old, "after": NEW,
            "reason": "The word is misunderstood", "urgency": "normal", "class": "minor", "owner": "q.author", "assessors": ["q.dept_approver"],
            "applied_by": "q.sysadmin", "plan_hash": made["hash"], "proposal": [sha256], "criterion": "The new word is shown", "way_back": "The old word",
            "changed_keys": "types.document.fields.class.label", "requirements_and_tests": "URS-RET-011", "department": own.site.department,
            "planned_on": (own.site.now() + timedelta(days=10)).date().isoformat(),
        }  # fmt: skip
        answer = author.create("change", **own.site.filling.values("change", **given, **areas))
        made["change"], made["baselines"] = answer.number, own.database.value("SELECT count(*) AS n FROM baseline")
        ran = applied()
        same = own.database.value("SELECT count(*) AS n FROM baseline") == made["baselines"]
        return f"{answer.said}; exit 0: {yes(ran.code == 0)}; baselines: {'as before' if same else 'more'}"

    @steps("Have it assessed and approved, and apply it", expected="implementing; exit 0; baselines: 1 more")
    def _():
        state = ""
        for move in ("submit", "assess", "approve"):
            state = own.site.walk(made["change"], move)
        ran = applied()
        return f"{state}; exit {ran.code}; baselines: {own.database.value('SELECT count(*) AS n FROM baseline') - made['baselines']} more"

    @steps("Write a document now", expected="page and copy: the new word, the new word")
    def _():
        number = own.site.make("document", "author", title="Recorded after the change", owner="q.author").number
        return f"page and copy: {seen(number)}"

    @steps(
        "Open and print the earlier one",
        expected="page and copy: the old word, the old word; its versions as they were recorded: yes",
    )
    def _():
        rows = own.database.rows(
            "SELECT v.content, v.sha256 FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? ORDER BY v.number",
            made["number"],
        )
        return f"page and copy: {seen(made['number'])}; its versions as they were recorded: {yes(rows == made['rows'])}"

    @steps(
        "Try to put another baseline under the earlier one", given="SQL: UPDATE of its first version", expected="done: no"
    )
    def _():
        tried = own.database.attempt(
            "UPDATE version SET content = replace(content, 'baseline', 'other') WHERE record_id = (SELECT id FROM record WHERE number = ?)",
            made["number"],
        )
        return f"done: {yes(tried == 'done')}"

    @steps("Verify", given="indelible verify", expected="exit 0")
    def _():
        return f"exit {own.run('verify').code}"
