"""OQ of the first roles: while an installation is founded an administrator gives them to others alone, and all who got one are named."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time

import pytest

PATIENCE = 60  # seconds until a server answers
REFUSED = "refused: established_while_founding"


def yes(it):
    return "yes" if it else "no"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Founding:
    """An installation of its own that is being founded and served, apart from the copy."""

    def __init__(self, site, folder):
        self.site, self.home, self.server = site, str(folder), None

    def begin(self):
        """Make it, serve it, and give how making it ended."""
        ran = self.site.command(
            "init",
            "--name",
            "Founding Bio",
            "--admin-user",
            "f.admin",
            "--admin-name",
            "First Admin",
            "--json",
            home=self.home,
        )
        command, port = self.site.copy.command, free_port()
        program = command[: command.index("--home")] if "--home" in command else command
        self.server = subprocess.Popen(
            [*program, "--home", self.home, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, **dict(self.site.copy.environment)}, start_new_session=True,
        )  # fmt: skip
        told = {"address": f"http://127.0.0.1:{port}", "home": self.home, "command": command, "password": ""}
        self.there = type(self.site)(told, self.site.trace.recorder)
        self.link = next(
            (word for word in str(ran.json).replace("'", " ").split() if "/link/" in word), str(ran.json.get("link", ""))
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if self.there.nobody().get("/healthz").status == 200:
                    break
            except OSError:
                time.sleep(0.5)
        return f"exit {ran.code}"

    def end(self):
        """Stop the server, whatever has happened."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(30)

    def enrolled(self, user_id, secret):
        """Give somebody who has set a password by a one-time link."""
        person = self.there.another(user_id, secrets.token_urlsafe(24))
        self.site.trace.hide(secret)
        visitor = self.there.nobody()
        visitor.get(f"/link/{secret}")
        visitor.post(f"/link/{secret}", {"password": person.password, "again": person.password})
        return person

    def invited(self, by, user_id, name):
        """Let an administrator invite somebody, who enrols."""
        page = by.post("/accounts/invite", {
            "key": secrets.token_hex(8), "printed_name": name, "job_title": "Scientist", "user_id": user_id, "email": "",
            "document": "passport", "way": "in_person", "seen_on": "2020-01-02",
        })  # fmt: skip
        secret = page.text.partition("/link/")[2].partition('"')[0].partition("<")[0].strip()
        return self.enrolled(user_id, secret)


@pytest.mark.needs("grant.requested.establish", "installation", "role:system_owner", "role:executive", "role:sysadmin")
@pytest.mark.script(
    "OQ-PPL-009",
    title="While an installation is founded an administrator establishes roles for others alone, and all of them are named",
    negative=True,
    requirements=("URS-PPL-009",),
)
def test_the_first_roles(steps, site, tmp_path, request):
    """Never the own role, never by somebody else, never after the release; the installation's page names who was established and by whom."""
    made, founding = {}, Founding(site, tmp_path / "founding")
    request.addfinalizer(founding.end)

    def asked(by, user_id, role):
        return by.create("grant", person=user_id, role=role, why="One of the first roles of this company").number

    def established(by, number, reader):
        answer = by.act(number, "establish")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {reader.state(number)}"

    @steps("Found an installation of its own, serve it, and enrol its first administrator", expected="exit 0; founding")
    def _():
        said = founding.begin()
        made["admin"] = founding.enrolled("f.admin", founding.link.rpartition("/link/")[2])
        listed = made["admin"].api("GET", "/records/installation").json["records"]
        made["installation"] = listed[0]["number"]
        return f"{said}; {listed[0]['state']}"

    @steps("Invite two people, and establish one of them as system owner", expected="done: ; active")
    def _():
        made["owner"] = founding.invited(made["admin"], "f.owner", "Olive Owner")
        made["other"] = founding.invited(made["admin"], "f.other", "Otto Other")
        return established(made["admin"], asked(made["admin"], "f.owner", "system_owner"), made["admin"])

    @steps("Establish a role of the own", given="administrator once more", expected=f"{REFUSED}; requested")
    def _():
        return established(made["admin"], asked(made["admin"], "f.admin", "sysadmin"), made["admin"])

    @steps(
        "Establish a role as somebody who is no administrator",
        given="the system owner, for the other one",
        expected="refused: authority; requested",
    )
    def _():
        return established(made["owner"], asked(made["owner"], "f.other", "executive"), made["admin"])

    @steps("Establish the other one as management", expected="done: ; active")
    def _():
        return established(made["admin"], asked(made["admin"], "f.other", "executive"), made["admin"])

    @steps(
        "Read on the installation's page who was established, as a reader",
        expected="Olive Owner: yes; Otto Other: yes; First Admin: yes; by whom: yes",
    )
    def _():
        words = made["other"].get(f"/r/{made['installation']}").words
        shown = words.partition("Established while it was founded")[2]
        named = [f"{name}: {yes(name in shown)}" for name in ("Olive Owner", "Otto Other", "First Admin")]
        return f"{'; '.join(named)}; by whom: {yes('by First Admin' in shown)}"

    @steps(
        "Establish a role in the installation that is released",
        given="the copy, its administrator",
        expected=f"{REFUSED}; requested",
    )
    def _():
        person = site.newcomer(name="Not Established")
        administrator = site.person("sysadmin")
        return established(administrator, asked(administrator, person.user_id, "author"), administrator)
