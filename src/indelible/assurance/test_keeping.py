"""OQ and PQ of keeping: backups that are proven, restored into a new home without a difference, and copies for bad hours."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest

TABLES = ("version", "event", "signature", "refusal", "log_position", "blob", "baseline", "record")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.script(
    "PQ-RET-001",
    title="A backup is made, proven and restored without a difference",
    requirements=("URS-RET-001", "URS-RET-003", "URS-RET-004", "URS-RET-010", "URS-LED-008"),
)
def test_a_restore(steps, site, database, tmp_path):
    """Counted and compared outside of the product: every table has as many rows, every leaf is the same, every file is there."""
    made = {"file": tmp_path / "backup.tar", "home": tmp_path / "again"}

    @steps("Bring a file and count the rows", expected="201")
    def _():
        answer = site.person("author").upload("kept.txt", b"This must be in the backup.\n")
        made["sha256"] = answer.json["sha256"]
        if "document" in site.reading.types:
            site.make("document", "author", file=made["sha256"])
        return str(answer.status)

    @steps("Write a backup", given="indelible backup create", expected="exit 0")
    def _():
        made["last"] = database.value("SELECT max(seq) AS n FROM log_position")
        ran = site.command("backup", "create", str(made["file"]))
        return f"exit {ran.code}"

    @steps("Prove it", given="indelible backup verify", expected="exit 0")
    def _():
        return f"exit {site.command('backup', 'verify', str(made['file'])).code}"

    @steps("Restore it into a home of its own", given="indelible restore --to", expected="exit 0")
    def _():
        return f"exit {site.command('restore', str(made['file']), '--to', str(made['home'])).code}"

    @steps(
        "Compare leaves, hashes and signatures of both databases", given="SQL on both", expected="of the backup missing: 0"
    )
    def _():
        with closing(sqlite3.connect(f"file:{made['home'] / 'indelible.sqlite3'}?mode=ro", uri=True)) as other:
            there = {bytes(row[0]).hex() for row in other.execute("SELECT leaf FROM event")}
            made["kept"] = {row[0] for row in other.execute("SELECT sha256 FROM blob")}
        mine = database.rows(
            "SELECT e.leaf FROM event e JOIN log_position p ON p.kind = 'e' AND p.ref = e.id WHERE p.seq <= ?", made["last"]
        )
        return f"of the backup missing: {len({row['leaf'] for row in mine} - there)}"

    @steps(
        "Look for the file's bytes in the restored home",
        given="SHA-256 of every file below it",
        expected="the file: there, with the same bytes",
    )
    def _():
        found = any(
            hashlib.sha256(path.read_bytes()).hexdigest() == made["sha256"]
            for path in (made["home"] / "files").rglob("*")
            if path.is_file()
        )
        return "the file: there, with the same bytes" if found else "the file: not there"

    @steps("Verify the restored home", expected="exit 0")
    def _():
        return f"exit {site.command('verify', '--json', home=str(made['home'])).code}"


@pytest.mark.script(
    "OQ-RET-001", title="A damaged backup is refused", negative=True, requirements=("URS-RET-002", "URS-RET-003")
)
def test_a_damaged_backup(steps, site, tmp_path):
    """One changed byte, a cut file, and a target that is not empty: refused each time, and nothing is left in the target."""
    made = {"file": tmp_path / "backup.tar"}

    @steps("Write a backup", expected="exit 0")
    def _():
        return f"exit {site.command('backup', 'create', str(made['file'])).code}"

    @steps("Change one byte in its middle and prove it", expected="proven: no")
    def _():
        content = bytearray(made["file"].read_bytes())
        content[len(content) // 2] ^= 1
        made["bad"] = tmp_path / "bad.tar"
        made["bad"].write_bytes(content)
        return f"proven: {yes(site.command('backup', 'verify', str(made['bad'])).code == 0)}"

    @steps("Restore it", expected="restored: no; the target holds a home: no")
    def _():
        target = tmp_path / "from-bad"
        ran = site.command("restore", str(made["bad"]), "--to", str(target))
        return f"restored: {yes(ran.code == 0)}; the target holds a home: {yes((target / 'home.json').exists())}"

    @steps("Cut it in half and prove it", expected="proven: no")
    def _():
        cut = tmp_path / "cut.tar"
        cut.write_bytes(made["file"].read_bytes()[: made["file"].stat().st_size // 2])
        return f"proven: {yes(site.command('backup', 'verify', str(cut)).code == 0)}"

    @steps("Restore the good one into a folder that is not empty", expected="restored: no")
    def _():
        target = tmp_path / "occupied"
        target.mkdir()
        (target / "something.txt").write_text("mine", "utf-8")
        return f"restored: {yes(site.command('restore', str(made['file']), '--to', str(target)).code == 0)}"


@pytest.mark.script(
    "OQ-CFG-001",
    title="A configuration that does not fit is refused with its place",
    negative=True,
    requirements=("URS-CFG-001",),
)
def test_a_broken_configuration(steps, site, tmp_path):
    """An unknown key, a state that leads nowhere, an author who approves alone: each is named with file and line."""
    import shutil

    faults = {
        "an unknown key": ("policies.yaml", "\nunknown_key: 1\n"),
        "an idle time of three hours": ("policies.yaml", None),
        "a role that does not exist": ("roles.yaml", "\nnew_role:\n  label: New\n  never_with: [no_such_role]\n"),
    }

    for words, (name, more) in faults.items():

        @steps(f"Check a configuration with {words}", given=name, expected="exit 0: no; file and line named: yes")
        def _(name=name, more=more):
            import re

            folder = tmp_path / f"configuration-{abs(hash(name + str(more)))}"
            shutil.copytree(site.copy.types, folder)
            text = (folder / name).read_text("utf-8")
            (folder / name).write_text(
                text + more if more else re.sub(r"(?m)^idle_minutes: .*$", "idle_minutes: 180", text), "utf-8"
            )
            ran = site.command("config", "check", str(folder))
            place = re.search(rf"{re.escape(name)}:\d+", ran.output + ran.errors)
            return f"exit 0: {yes(ran.code == 0)}; file and line named: {yes(place)}"


@pytest.mark.script("OQ-CFG-002", title="The specification is generated from what runs", requirements=("URS-CFG-008",))
def test_the_specification(steps, site, reading):
    """Every type and every policy of the configuration stands in it, with its value."""

    @steps(
        "Take the specification",
        given="JSON, as the system owner",
        expected="200; types missing: none; policies missing: none",
    )
    def _():
        answer = site.person("system_owner").get("/specification/json")
        text = answer.text
        types = [kind for kind in reading.types if kind not in text]
        policies = [name for name in reading.policies if name not in text]
        return f"{answer.status}; types missing: {', '.join(types) or 'none'}; policies missing: {', '.join(policies) or 'none'}"
