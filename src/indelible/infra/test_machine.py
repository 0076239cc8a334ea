"""OQ of what the product asks of its machine: settings, tables, a home for practice, a disk that is full."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import suppress

import pytest

MEGABYTES = 24


def yes(it):
    return "yes" if it else "no"


@pytest.mark.script(
    "OQ-SYS-010",
    title="A setting that is unknown or impossible stops the start and is named",
    negative=True,
    requirements=("URS-SYS-003",),
)
def test_settings(steps, own):
    """A misspelt name and values that a setting cannot have: no command runs, nothing is made, and no secret is printed."""
    wrong = {
        "INDELIBLE_TSL": "1",
        "INDELIBLE_COLOUR": "red",
        "INDELIBLE_TLS": "yes",
        "INDELIBLE_WORKERS": "0",
        "INDELIBLE_PROXIES": "10.0.0.0/99",
    }
    for name, value in wrong.items():

        @steps(
            f"Found a home and verify it with {name}",
            given=f"{name}={value}",
            expected=f"exit 2, 2; {name} named: yes, yes; a home is there: no",
        )
        def _(name=name, value=value):
            ran = [own.run(command, **{name: value}) for command in ("init", "verify")]
            named = ", ".join(yes(name in one.errors) for one in ran)
            return f"exit {ran[0].code}, {ran[1].code}; {name} named: {named}; a home is there: {yes(own.home.exists())}"

    @steps("Give an impossible value of a secret", given="INDELIBLE_MAIL", expected="exit 2; named: yes; printed: no")
    def _():
        ran = own.run("init", INDELIBLE_MAIL="http://ann:hush-hush@mail.example")
        return f"exit {ran.code}; named: {yes('INDELIBLE_MAIL' in ran.errors)}; printed: {yes('hush-hush' in ran.errors + ran.output)}"

    @steps("Found the home with settings that can be, and serve it", expected="exit 0; served")
    def _():
        ran = own.found("--environment", "validation")
        return f"exit {ran.code}; {own.serve(INDELIBLE_WORKERS='1', INDELIBLE_TLS='0')}"

    @steps(
        "Serve it with the misspelt one",
        given="INDELIBLE_TSL=1",
        expected="not served; named: yes; the right one offered: yes",
    )
    def _():
        own.end()
        told = own.serve(INDELIBLE_TSL="1")
        return (
            f"{told}; named: {yes('INDELIBLE_TSL' in own.said)}; the right one offered: {yes('INDELIBLE_TLS?' in own.said)}"
        )


@pytest.mark.script(
    "OQ-SYS-011",
    title="The server does not start on tables that are older or newer than its build",
    negative=True,
    requirements=("URS-SYS-007",),
)
def test_tables_of_another_build(steps, own):
    """A step of the tables that is taken away, and one that no build knows: not served, and said which way to go."""
    made = {}
    last = "SELECT id, app, name FROM django_migrations WHERE app = 'kernel' ORDER BY id DESC LIMIT 1"

    @steps("Found a home and serve it", expected="exit 0; served")
    def _():
        ran = own.found("--environment", "validation")
        told = own.serve()
        own.end()
        return f"exit {ran.code}; {told}"

    @steps("Let its tables be newer than the build, and serve it", expected="not served; said newer: yes")
    def _():
        own.change(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_of_a_later_build', '2030-01-01 00:00:00')"
        )
        told = own.serve()
        return f"{told}; said newer: {yes('newer than this build' in own.said and '9999_of_a_later_build' in own.said)}"

    @steps("Upgrade it with this build", given="indelible upgrade", expected="exit 0: no; rows of the ledger as before: yes")
    def _():
        before = own.database.rows("SELECT leaf FROM event ORDER BY id")
        ran = own.run("upgrade")
        same = before == own.database.rows("SELECT leaf FROM event ORDER BY id")
        return f"exit 0: {yes(ran.code == 0)}; rows of the ledger as before: {yes(same)}"

    @steps(
        "Let its tables be older than the build, and serve it", expected="not served; said older: yes; upgrade named: yes"
    )
    def _():
        own.change("DELETE FROM django_migrations WHERE name = '9999_of_a_later_build'")
        made["last"] = own.database.rows(last)[0]
        own.change(f"DELETE FROM django_migrations WHERE id = {int(made['last']['id'])}")
        told = own.serve()
        return f"{told}; said older: {yes('older than this build' in own.said)}; upgrade named: {yes('indelible upgrade' in own.said)}"

    @steps("Put back what was taken away, and serve it", expected="served")
    def _():
        row = made["last"]
        own.change(
            f"INSERT INTO django_migrations (app, name, applied) VALUES ('{row['app']}', '{row['name']}', '2030-01-01 00:00:00')"
        )
        return own.serve()


@pytest.mark.script(
    "OQ-SYS-012",
    title="A home for practice is never served as production",
    negative=True,
    requirements=("URS-SYS-008",),
)
def test_practice_is_no_production(steps, own):
    """What its genesis says decides, whatever the file beside it says: the server refuses by the rule, and serves it again as what it is."""

    def declare(environment):
        place = own.home / "home.json"
        place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | {"environment": environment}), "utf-8")

    @steps("Found a home for demonstrations and serve it", expected="exit 0; served; said on the page: yes")
    def _():
        ran = own.found("--environment", "demo")
        told = own.serve()
        page = own.nobody().get("/login").text
        own.end()
        return f"exit {ran.code}; {told}; said on the page: {yes('data-env=' in page)}"

    @steps("Read what its genesis recorded", given="SQL: the first version of the installation", expected="simulated: yes")
    def _():
        declared = own.site.reading.types["installation"]["fields"]
        at = next(str(one["id"]) for one in declared if one["name"] == "simulated")
        row = own.database.rows(
            "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.type = 'installation' ORDER BY v.number"
        )[0]
        return f"simulated: {yes(json.loads(row['content'])['fields'].get(at) is True)}"

    @steps(
        "Write production into its home.json and serve it", expected="not served; rule no_simulated_production named: yes"
    )
    def _():
        declare("production")
        told = own.serve()
        return f"{told}; rule no_simulated_production named: {yes('no_simulated_production' in own.said)}"

    @steps("Write demo into it again and serve it", expected="served")
    def _():
        declare("demo")
        return own.serve()


@pytest.fixture
def small_disk(own):
    """Give what mounts a file system of a few megabytes at the script's own folder; it is taken away at the end."""
    place, mounted = own.home.parent, []

    def mount():
        command = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a small file system can be mounted by root only, so no disk can be filled")
        mounted.append(place)
        return place

    yield mount
    own.end()
    for one in mounted:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(one)], check=False)


@pytest.mark.script(
    "OQ-SYS-013",
    title="A full disk costs no record: what cannot be kept is refused, and it goes on by itself",
    negative=True,
    requirements=("URS-SYS-011",),
)
def test_a_full_disk(steps, own, small_disk):
    """On a real file system that is filled to the last byte: reading works, writing says why, and room alone mends it."""
    made = {}

    def count():
        return own.database.value("SELECT count(*) AS n FROM event")

    def begin(key):
        body = {"fields": {"name": "Analytics " * 15}}
        return made["person"].api("POST", "/records/department", body, Idempotency_Key=key)

    @steps(
        "Found a home on a small disk, serve it, and let its administrator in",
        given=f"{MEGABYTES} MB",
        expected="exit 0; served; 200",
    )
    def _():
        small_disk()
        founded = own.found("--environment", "validation")
        told = own.serve()
        made["person"] = own.administrator(founded)
        return f"exit {founded.code}; {told}; {made['person'].get('/me').status}"

    @steps("Take the last byte of the disk", expected="free: 0 bytes")
    def _():
        filler = made["filler"] = own.home.parent / "filler"
        for size in (65536, 4096, 1):
            with suppress(OSError), filler.open("ab", buffering=0) as out:
                while True:
                    out.write(bytes(size))
        found = os.statvfs(own.home.parent)
        return f"free: {found.f_bavail * found.f_frsize} bytes"

    @steps("Read", given="the page Me, the people, the events", expected="200, 200, 200")
    def _():
        made["before"] = count()
        person = made["person"]
        answers = person.get("/me"), person.api("GET", "/records/person"), person.api("GET", "/events")
        return ", ".join(str(one.status) for one in answers)

    @steps(
        "Begin a record three times, and bring a file",
        expected="503, 503, 503, 503; when to come again: yes; the disk named: yes",
    )
    def _():
        answers = [*(begin("full-disk") for _ in range(3)), made["person"].upload("note.txt", b"word " * 200_000)]
        told = ", ".join(str(one.status) for one in answers)
        waits = all(one.headers.get("Retry-After") for one in answers)
        return f"{told}; when to come again: {yes(waits)}; the disk named: {yes('disk' in answers[0].text)}"

    @steps("Count the events and the files that were left half", expected="events as before: yes; half files: 0; ready: no")
    def _():
        half = list((own.home / "files").rglob(".incoming*"))
        ready = own.nobody().get("/readyz").status
        return f"events as before: {yes(count() == made['before'])}; half files: {len(half)}; ready: {yes(ready == 200)}"

    @steps("Make room, touch nothing else, and try the same again", expected="201; one record: yes; file: 201")
    def _():
        made["filler"].unlink()
        until = time.monotonic() + 60
        while (answer := begin("full-disk")).status == 503 and time.monotonic() < until:
            time.sleep(0.5)
        found = own.database.value("SELECT count(*) AS n FROM record WHERE type = 'department'")
        return f"{answer.status}; one record: {yes(found == 1)}; file: {made['person'].upload('note.txt', b'word ' * 200).status}"

    @steps("Verify", given="indelible verify", expected="exit 0")
    def _():
        return f"exit {own.run('verify').code}"
