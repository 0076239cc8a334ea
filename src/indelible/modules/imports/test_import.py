"""OQ of bringing in what exists: looked at without a change, brought by the rules of typed records, reconciled by two, and never twice."""

from __future__ import annotations

import csv
import hashlib
import json
import time

import pytest

NEEDS = (
    "document",
    "document:scan",
    "document:original_signers",
    "import_run.prepared.reconcile",
    "role:doc_control",
    "role:qa_approver",
)
PNG = b"\x89PNG\r\n\x1a\n"
HEADINGS = (
    "SOP no.",
    "Title",
    "Class",
    "Owner",
    "Department",
    "Signed scan",
    "SHA-256",
    "Signers",
    "Effective since",
    "Binder",
)
MAPPING = """type: document
title: Procedures from the paper binders
source: Binders 1 to 9, room 2.14
columns:
  SOP no.: number
  Title: title
  Class: class
  Owner: owner
  Department: department
  Signed scan: scan
  SHA-256: sha256_of_scan
  Signers: original_signers
  Effective since: original_effective_on
  Binder: place_of_original
values:
  class: {SOP: procedure}
defaults: {origin: imported, audience: Everybody in the laboratory}
then: [bring_in]
"""


def yes(it):
    return "yes" if it else "no"


class Binder:
    """A folder of scans, a table that lists them, and a mapping, made by the script."""

    def __init__(self, own, folder):
        self.own, self.folder, self.rows = own, folder, []
        (folder / "scans").mkdir(parents=True)
        (folder / "list.yaml").write_text(MAPPING, "utf-8")

    def scan(self, at):
        content = PNG + f"page {at} ".encode() * 4
        (self.folder / "scans" / f"page-{at}.png").write_bytes(content)
        return f"page-{at}.png", hashlib.sha256(content).hexdigest()

    def add(self, at, **changed):
        name, sha256 = self.scan(at)
        row = {"SOP no.": f"SOP-{at}.01", "Title": f"Brought procedure {at}", "Class": "SOP", "Owner": "q.author",
               "Department": self.own.department, "Signed scan": name, "SHA-256": sha256, "Signers": "A. Old, B. Older",
               "Effective since": "2024-03-01", "Binder": "Binder 3"}  # fmt: skip
        self.rows.append(row | changed)

    def given(self, what, *more, who="q.doc_control"):
        with (self.folder / "list.csv").open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, HEADINGS)
            table.writeheader()
            table.writerows(self.rows)
        paths = ("--table", str(self.folder / "list.csv"), "--mapping", str(self.folder / "list.yaml"))
        return ("import", what, str(self.folder / "scans"), *paths, "--as", who, "--password-stdin", "--json", *more)

    def do(self, what, *more, who="q.doc_control"):
        return self.own.run(*self.given(what, *more, who=who), stdin=f"{self.own.site.copy.password}\n")


def prepared(own):
    """Make a home of a backup of the copy and serve it; gives what became of it."""
    told = own.restored()
    served = own.serve()
    own.department = own.site.person("doc_control").read(own.site.department).json["fields"]["name"]
    return f"{told}; {served}"


def documents(own):
    return own.database.value("SELECT count(*) AS n FROM record WHERE type = 'document' AND title LIKE 'Brought procedure%'")


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-API-011",
    title="An import names every row and file that it does not take, and looking changes nothing",
    negative=True,
    requirements=("URS-API-007", "URS-API-008"),
)
def test_looking_and_bringing(steps, own, tmp_path):
    """Six faults in six rows and a file in no row; what is good comes in by the same rules, in the name of who brings it, marked."""
    made = {}
    faults = {
        "a day that there is not": ("Effective since", {"Effective since": "2024-04-31"}),
        "a file that is not there": ("Signed scan", {"Signed scan": "nowhere.png", "SHA-256": ""}),
        "another hash than the file's": ("SHA-256", {"SHA-256": "0" * 64}),
        "an owner who is nobody here": ("Owner", {"Owner": "An Auther"}),
        "a class that there is not": ("Class", {"Class": "Recipe"}),
        "no title": ("Title", {"Title": ""}),
    }

    @steps("Make a home of a backup of the copy and serve it", expected="restored; served")
    def _():
        told = prepared(own)
        binder = made["binder"] = Binder(own, tmp_path / "binder")
        binder.add(701)
        for at, (_, changed) in enumerate(faults.values(), 702):
            binder.add(at, **changed)
        binder.scan(799)
        made["before"] = own.database.value("SELECT count(*) AS n FROM event")
        return told

    @steps(
        "Look at a table of one good row and six bad ones",
        given="indelible import check",
        expected="exit 1; new: 1; refused: 6",
    )
    def _():
        made["told"] = made["binder"].do("check")
        counts = made["told"].json["counts"]
        return f"exit {made['told'].code}; new: {counts['new']}; refused: {counts['refused']}"

    for at, (words, (column, _)) in enumerate(faults.items(), 3):

        @steps(f"Look how {words} is named", given=f"row {at}, {column}", expected=f"row {at}, {column}: named")
        def _(at=at, column=column):
            found = [
                one
                for row in made["told"].json["rows"]
                for one in row["problems"]
                if one["row"] == at and one["column"] == column
            ]
            return f"row {at}, {column}: {'named' if found else 'not named'}"

    @steps("Look for the file in no row, and for changes", expected="page-799.png named: yes; events more: 0; records: 0")
    def _():
        named = any("page-799.png" in one for one in made["told"].json["notes"])
        more = own.database.value("SELECT count(*) AS n FROM event") - made["before"]
        return f"page-799.png named: {yes(named)}; events more: {more}; records: {documents(own)}"

    @steps("Bring it as an author, who may not, and with a wrong password", expected="exit 0: no, no; records: 0")
    def _():
        first = made["binder"].do("run", who="q.reader")
        second = own.run(*made["binder"].given("run"), stdin="not the password of anybody\n")
        return f"exit 0: {yes(first.code == 0)}, {yes(second.code == 0)}; records: {documents(own)}"

    @steps("Bring it", given="indelible import run", expected="exit 1; brought: 1; refused: 6; records: 1")
    def _():
        ran = made["binder"].do("run")
        counts = ran.json["counts"]
        return f"exit {ran.code}; brought: {counts['brought']}; refused: {counts['refused']}; records: {documents(own)}"

    @steps(
        "Read in whose name it came in, and how it is marked",
        given="SQL and the interface",
        expected="by q.doc_control, via import: yes; origin: imported; in force: no",
    )
    def _():
        rows = own.database.rows(
            "SELECT e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.title = 'Brought procedure 701' ORDER BY e.id"
        )
        by = [json.loads(row["payload"])["by"] for row in rows]
        good = all(one.get("user_id") == "q.doc_control" and one["via"] == "import" for one in by)
        number = own.database.rows("SELECT number, standing FROM record WHERE title = 'Brought procedure 701'")[0]
        fields = own.site.person("doc_control").fields(number["number"])
        return f"by q.doc_control, via import: {yes(good)}; origin: {fields['origin']}; in force: {yes(number['standing'] == 'in_force')}"

    @steps("Type a record that has one of those faults", given="the interface, no title", expected="422; named: title")
    def _():
        values = own.site.filling.values("document") | {"title": ""}
        answer = own.site.person("author").create("document", **values)
        return f"{answer.status}; named: {', '.join(answer.missing)}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-API-012",
    title="What was imported is reconciled by count and hash, by two who did not bring it, and comes in once",
    negative=True,
    requirements=("URS-API-009", "URS-API-010"),
)
def test_reconciling(steps, own, tmp_path):
    """An import that is killed in its midst goes on; the same again changes nothing; hashes are counted by the script."""
    made, many = {}, 40

    @steps("Make a home of a backup of the copy and serve it", expected="restored; served")
    def _():
        told = prepared(own)
        binder = made["binder"] = Binder(own, tmp_path / "binder")
        for at in range(701, 701 + many):
            binder.add(at)
        return told

    @steps(
        "Begin to bring a table, and kill it when some rows are in",
        given=f"{many} rows",
        expected="killed; rows in: some and not all",
    )
    def _():
        running = own.begun(*made["binder"].given("run"), stdin=f"{own.site.copy.password}\n")
        until = time.monotonic() + 120
        while documents(own) < 3 and running.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        ended = running.poll() is not None
        running.kill()
        running.wait()
        made["in"] = documents(own)
        return f"{'ended by itself' if ended else 'killed'}; rows in: {'some and not all' if 0 < made['in'] < many else made['in']}"

    @steps("Bring it again", expected=f"exit 0; brought: {many}; differences: 0; now: the rest alone; no number twice: yes")
    def _():
        ran = made["told"] = made["binder"].do("run")
        counts = ran.json["counts"]
        rows = own.database.rows("SELECT title FROM record WHERE type = 'document' AND title LIKE 'Brought procedure%'")
        rest = 0 < ran.json["brought_now"] <= many - made["in"] + 1
        once = len(rows) == many == len({row["title"] for row in rows})
        return (
            f"exit {ran.code}; brought: {counts['brought']}; differences: {counts['differences']}; "
            f"now: {'the rest alone' if rest else ran.json['brought_now']}; no number twice: {yes(once)}"
        )

    @steps("Bring it a third time", expected="exit 0; now: 0; the same run: yes; events more: 0")
    def _():
        before = own.database.value('SELECT count(*) AS n FROM event WHERE payload LIKE \'%"type":"document"%\'')
        ran = made["binder"].do("run")
        more = own.database.value('SELECT count(*) AS n FROM event WHERE payload LIKE \'%"type":"document"%\'') - before
        return f"exit {ran.code}; now: {ran.json['brought_now']}; the same run: {yes(ran.json['run'] == made['told'].json['run'])}; events more: {more}"

    @steps(
        "Take the report and count the files again",
        given="SHA-256 of each scan, and of the bytes in the store",
        expected=f"{many} of {many} as in the report and in the store",
    )
    def _():
        given = ("--output", str(tmp_path), "--as", "q.doc_control", "--password-stdin", "--json")
        ran = own.run("import", "report", made["told"].json["run"], *given, stdin=f"{own.site.copy.password}\n")
        made["files"] = ran.json["files"]
        report = next(path for path in made["files"] if path.endswith(".json"))
        with open(report, encoding="utf-8") as said:  # noqa: PTH123 - a path that the product printed
            words = said.read()
        good = 0
        for at in range(701, 701 + many):
            sha256 = hashlib.sha256((made["binder"].folder / "scans" / f"page-{at}.png").read_bytes()).hexdigest()
            stored = own.home / "files" / sha256[:2] / sha256
            good += words.count(sha256) >= 2 and hashlib.sha256(stored.read_bytes()).hexdigest() == sha256
        return f"{good} of {many} as in the report and in the store"

    @steps("Confirm the reconciliation as the one who brought it", expected="signed: no; state: prepared")
    def _():
        answer = own.site.person("doc_control").sign(made["told"].json["run"], "reconcile", "Confirmed by who brought it")
        return f"signed: {yes(answer.signed == 'signed')}; state: {own.site.person('qa_approver').state(made['told'].json['run'])}"

    @steps(
        "Confirm it by two others, the first one trying to be the second one too",
        expected="signed; the same person again: no; signed; reconciled",
    )
    def _():
        number, site = made["told"].json["run"], own.site
        first = site.person("qa_approver").sign(number, "reconcile", "Compared with the report").signed
        again = site.person("qa_approver").sign(number, "reconcile", "Compared with the report").signed
        second = site.person("qa_approver.2").sign(number, "reconcile", "Compared with the report").signed
        return f"{first}; the same person again: {'yes' if again == 'signed' else 'no'}; {second}; {site.person('qa_approver').state(number)}"
