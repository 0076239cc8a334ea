"""OQ of restoring: a rehearsal is noted, what is lost is named, and what is in force lies printed for hours without the system."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import time
from pathlib import Path

import pytest


def yes(it):
    return "yes" if it else "no"


def reasons(database, act):
    """Give why an act of the installation was done, as its events say, oldest first."""
    rows = database.rows("SELECT payload FROM event WHERE payload LIKE ? ORDER BY id", f'%"act":"installation.{act}"%')
    found = [re.search(r'"reason":"([^"]*)"', str(row["payload"])) for row in rows]
    return [one[1] for one in found if one]


@pytest.mark.script(
    "OQ-RET-010",
    title="A rehearsal of a restore stands in the trail; one that fails, or of another installation, does not",
    negative=True,
    requirements=("URS-RET-005",),
)
def test_a_rehearsal(steps, site, database, own, tmp_path):
    """With backup, position, duration and account; a changed byte is an incident and no test; a foreign backup proves nothing."""
    made = {"file": tmp_path / "rehearsed.tar"}

    def noted():
        return reasons(database, "note_restore_test")

    @steps(
        "Write a backup and rehearse it",
        given="indelible backup create, backup rehearse",
        expected="exit 0, 0; noted: 1 more",
    )
    def _():
        before = len(noted())
        written = site.command("backup", "create", str(made["file"]))
        made["told"] = site.command("backup", "rehearse", str(made["file"]), "--json")
        made["count"] = len(noted())
        return f"exit {written.code}, {made['told'].code}; noted: {made['count'] - before} more"

    @steps(
        "Read the note in the trail",
        given="SHA-256 of the file's account of itself, position, seconds, the account of this machine",
        expected="backup: yes; position: yes; seconds: yes; account: yes",
    )
    def _():
        said, told = noted()[-1], made["told"].json
        account, position = pwd.getpwuid(os.geteuid()).pw_name, f"position {told['position']}:"
        return (
            f"backup: {yes(told['sha256'][:16] in said)}; position: {yes(position in said)}; "
            f"seconds: {yes(re.search(r'in [0-9]+ seconds', said))}; account: {yes(f'account {account} on ' in said)}"
        )

    @steps("Find it on the installation's timeline", given="as an inspector or whoever reads", expected="200; with it: yes")
    def _():
        number = database.value("SELECT number FROM record WHERE type = 'installation'")
        page = site.person("system_owner").get(f"/r/{number}/timeline")
        return f"{page.status}; with it: {yes(made['told'].json['sha256'][:16] in page.text)}"

    @steps("Change one byte and rehearse it", expected="exit 0: no; rule backup_is_whole: yes; noted: none more")
    def _():
        content = bytearray(made["file"].read_bytes())
        content[len(content) // 2] ^= 1
        bad = tmp_path / "bad.tar"
        bad.write_bytes(content)
        ran = site.command("backup", "rehearse", str(bad))
        more = "none" if len(noted()) == made["count"] else "some"
        return (
            f"exit 0: {yes(ran.code == 0)}; rule backup_is_whole: {yes('backup_is_whole' in ran.errors)}; noted: {more} more"
        )

    @steps(
        "Rehearse the backup of another installation",
        expected="exit 0: no; rule backup_is_of_this_installation: yes; noted: none more",
    )
    def _():
        own.found("--environment", "validation")
        own.run("backup", "create", str(tmp_path / "foreign.tar"))
        ran = site.command("backup", "rehearse", str(tmp_path / "foreign.tar"))
        named, more = "backup_is_of_this_installation" in ran.errors, "none" if len(noted()) == made["count"] else "some"
        return f"exit 0: {yes(ran.code == 0)}; rule backup_is_of_this_installation: {yes(named)}; noted: {more} more"


@pytest.mark.script(
    "OQ-RET-011",
    title="A restored home names what is known to be lost, and nobody takes that away",
    negative=True,
    requirements=("URS-RET-007",),
)
def test_what_is_lost(steps, site, own, database, tmp_path):
    """Entries that came after the backup: their range stands in the answer and, guarded, in the restored trail."""
    made = {"file": tmp_path / "early.tar"}

    @steps(
        "Write a backup, and let three people sign in and one record be made after it", expected="exit 0; later entries: yes"
    )
    def _():
        ran = site.command("backup", "create", str(made["file"]), "--json")
        made["position"] = int(ran.json["position"])
        for _ in range(3):
            site.person("author").issue_token("After the backup")
        for _ in range(60):
            made["last"] = int(database.value("SELECT max(seq) AS n FROM log_position"))
            if made["last"] > made["position"] + 2:
                break
            time.sleep(0.5)
        return f"exit {ran.code}; later entries: {yes(made['last'] > made['position'])}"

    @steps(
        "Restore it, saying which position is known to have been given",
        given="indelible restore --last-position",
        expected="exit 0; lost from the next after the backup: yes; to the last that is known: yes",
    )
    def _():
        ran = site.command("restore", str(made["file"]), "--to", str(own.home), "--last-position", str(made["last"]),
                           "--accept-sqlite", "A home of a script alone", "--json")  # fmt: skip
        lost = ran.json.get("lost") or {}
        return (
            f"exit {ran.code}; lost from the next after the backup: {yes(lost.get('from') == made['position'] + 1)}; "
            f"to the last that is known: {yes(lost.get('to') == made['last'])}"
        )

    @steps("Read the trail of the restored home", given="SQL", expected="the range stands in it: yes")
    def _():
        words = f"positions {made['position'] + 1} to {made['last']} are lost"
        return f"the range stands in it: {yes(any(words in one for one in reasons(own.database, 'note_restore')))}"

    @steps("Serve it and read the installation's timeline", expected="served; 200; the range stands there: yes")
    def _():
        served = own.serve()
        number = own.database.value("SELECT number FROM record WHERE type = 'installation'")
        page = own.site.person("system_owner").get(f"/r/{number}/timeline")
        words = f"positions {made['position'] + 1} to {made['last']} are lost"
        return f"{served}; {page.status}; the range stands there: {yes(words in page.words)}"

    @steps("Try to take the note out of its trail", given="SQL: DELETE, UPDATE", expected="done: no, no")
    def _():
        tried = [
            own.database.attempt("DELETE FROM event WHERE payload LIKE '%note_restore%'"),
            own.database.attempt(
                "UPDATE event SET payload = replace(payload, 'are lost', 'are here') WHERE payload LIKE '%note_restore%'"
            ),
        ]
        return "done: " + ", ".join(yes(one == "done") for one in tried)

    @steps("Verify it", expected="exit 0")
    def _():
        return f"exit {own.run('verify').code}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-RET-012",
    title="What is in force lies printed for hours without the system, and nothing else does",
    negative=True,
    requirements=("URS-RET-009",),
)
def test_the_continuity_set(steps, site):
    """The set is written by command here (the night does it by itself: OQ-RET-020); its sums are counted outside of the product."""
    made = {}

    @steps("A procedure is in force, another is a draft", expected="effective, draft")
    def _():
        made["number"] = site.effective(title="Thawing when the system is away")
        made["draft"] = site.make("document", "author", title="Not yet in force anywhere").number
        return f"{site.person('author').state(made['number'])}, {site.person('author').state(made['draft'])}"

    @steps("Write the set", given="indelible continuity", expected="exit 0; files in it: yes")
    def _():
        ran = site.command("continuity", "--json")
        made["set"] = Path(ran.json["path"])
        return f"exit {ran.code}; files in it: {yes(any(made['set'].rglob('*.pdf')))}"

    @steps(
        "Look for both",
        given="names of files and the page that lists them",
        expected="in force: printed and listed; draft: neither",
    )
    def _():
        page = (made["set"] / "index.html").read_text("utf-8")
        names = [path.name for path in made["set"].rglob("*.pdf")]

        def there(number, title):
            return f"{'printed' if any(number in one for one in names) else 'not printed'} and {'listed' if title in page else 'not listed'}"

        force, draft = (
            there(made["number"], "Thawing when the system is away"),
            there(made["draft"], "Not yet in force anywhere"),
        )
        return f"in force: {force}; draft: {'neither' if draft == 'not printed and not listed' else draft}"

    @steps(
        "Count the sums again",
        given="SHA-256 of every file of the set",
        expected="as in SHA256SUMS: yes; files without a sum: 0",
    )
    def _():
        lines = [one.split("  ", 1) for one in (made["set"] / "SHA256SUMS").read_text("utf-8").splitlines()]
        told = {name: sha256 for sha256, name in lines}
        there = {path.relative_to(made["set"]).as_posix(): path for path in made["set"].rglob("*") if path.is_file()}
        there.pop("SHA256SUMS")
        good = all(
            hashlib.sha256(there[name].read_bytes()).hexdigest() == sha256 for name, sha256 in told.items() if name in there
        )
        return f"as in SHA256SUMS: {yes(good and {*told} <= {*there})}; files without a sum: {len({*there} - {*told})}"

    @steps(
        "Look whether it may be written or read by others",
        given="rights of its files",
        expected="may be written: 0; by others: 0",
    )
    def _():
        modes = [path.stat().st_mode & 0o777 for path in [made["set"], *made["set"].rglob("*")]]
        return f"may be written: {sum(bool(one & 0o222) for one in modes)}; by others: {sum(bool(one & 0o007) for one in modes)}"
