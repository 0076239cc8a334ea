"""OQ of backups: what stands in the one file, and that nothing of it can be exchanged or taken away unseen."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import pytest

TABLES = ("event", "version", "signature", "record", "log_position", "account", "baseline")


def yes(it):
    return "yes" if it else "no"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def other(content):
    """Give content of the same length in which one bit is another one."""
    return bytes([content[0] ^ 1]) + content[1:]


def members(file):
    """Read every member of a tar file, by name."""
    with tarfile.open(file) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive.getmembers() if one.isfile()}


def written(file, parts):
    """Write members into a tar file, in their order."""
    length = 0
    with tarfile.open(file, "w") as archive:
        for name, content in parts.items():
            told = tarfile.TarInfo(name)
            told.size, told.mode = len(content), 0o600  # as the product writes it: nothing but what is tried is to differ
            archive.addfile(told, io.BytesIO(content))
            length += 512 + -(-len(content) // 512) * 512
    with file.open("r+b") as whole:
        whole.truncate(length + 1024)  # the end of a tar file, without the padding that Python adds
    return file


@pytest.mark.script(
    "OQ-RET-031",
    title="A backup holds database, files, configuration and keys in one file that states its fingerprint",
    negative=True,
    requirements=("URS-RET-001",),
)
def test_what_a_backup_holds(steps, site, database, tmp_path):
    """Recomputed outside of the product; a member that is exchanged, taken away or put in is found, also with its hash mended."""
    made = {"file": tmp_path / "backup.tar"}

    def proven(parts, at=""):
        """Let the product prove a backup; with `at` say whether it names what is wrong."""
        ran = site.command("backup", "verify", str(written(tmp_path / "other.tar", parts)))
        told = f"; names it: {yes(at in ran.output + ran.errors)}" if at else ""
        return f"proven: {yes(ran.code == 0)}{told}"

    @steps("Bring a file, count the events, and write a backup", expected="201, exit 0")
    def _():
        made["sha256"] = (brought := site.person("author").upload("in-the-backup.txt", b"This has to be in it.\n")).json[
            "sha256"
        ]
        if "document" in site.reading.types:
            site.make("document", "author", file=made["sha256"])
        made["events"] = database.value("SELECT count(*) AS n FROM event")
        ran = site.command("backup", "create", str(made["file"]), "--json")
        made["said"] = ran.json
        return f"{brought.status}, exit {ran.code}"

    @steps(
        "Recompute its fingerprint, and that of every member",
        given="SHA-256",
        expected="as stated: yes; members that differ: 0; members not listed: 0",
    )
    def _():
        parts = made["parts"] = members(made["file"])
        stated = made["said"]["sha256"]
        same = sha256(parts["manifest.json"]) == stated == parts["manifest.sha256"].decode().split()[0]
        listed = {one["name"]: one["sha256"] for one in json.loads(parts["manifest.json"])["members"]}
        wrong = sum(sha256(parts.get(name, b"")) != told for name, told in listed.items())
        more = {*parts} - {*listed, "manifest.json", "manifest.sha256"}
        return f"as stated: {yes(same)}; members that differ: {wrong}; members not listed: {len(more)}"

    @steps(
        "Look for tables, the file that was brought, the configuration and the keys",
        expected="tables missing: 0; the file: yes; types of the configuration missing: 0; keys: yes; events: at least as many",
    )
    def _():
        parts = made["parts"]
        tables = [one for one in TABLES if f"rows/{one}.jsonl" not in parts]
        kept = next((content for name, content in parts.items() if name.endswith(made["sha256"])), b"")
        types = [
            one
            for one in site.reading.types
            if not any(name.startswith("configuration/") and name.endswith(f"/{one}.yaml") for name in parts)
        ]
        keys = bool(json.loads(parts["home.json"]).get("secret"))
        events = len(parts["rows/event.jsonl"].splitlines()) >= made["events"]
        return (
            f"tables missing: {len(tables)}; the file: {yes(sha256(kept) == made['sha256'])}; types of the configuration missing: "
            f"{len(types)}; keys: {yes(keys)}; events: {'at least as many' if events else 'fewer'}"
        )

    @steps("Change one bit of one member, and prove the backup", expected="proven: no; names it: yes")
    def _():
        name = next(one for one in made["parts"] if one.startswith("configuration/"))
        return proven({**made["parts"], name: other(made["parts"][name])}, name)

    @steps("Take the file away that was brought, and prove the backup", expected="proven: no; names it: yes")
    def _():
        return proven(
            {name: content for name, content in made["parts"].items() if not name.endswith(made["sha256"])}, made["sha256"]
        )

    @steps("Put a member in that nobody listed, and prove the backup", expected="proven: no; names it: yes")
    def _():
        return proven({**made["parts"], "configuration/more.yaml": b"unknown: true\n"}, "long and should be")

    @steps(
        "Change one bit of a member and mend its hash in the list, and prove the backup",
        expected="proven: no; names it: yes",
    )
    def _():
        name = next(one for one in made["parts"] if one.startswith("configuration/"))
        content = other(made["parts"][name])
        told = json.loads(made["parts"]["manifest.json"])
        for one in told["members"]:
            if one["name"] == name:
                one |= {"sha256": sha256(content), "size": len(content)}
        return proven({**made["parts"], name: content, "manifest.json": json.dumps(told).encode()}, "manifest.json")

    @steps("Write the members as they were, and prove the backup", expected="proven: yes")
    def _():
        return proven(made["parts"])
