"""OQ of watching over accounts: two places at once, the security log, and the way back for an administrator who has lost every way in."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

WITHIN = 40.0  # seconds in which what happened stands in the log


def yes(it):
    return "yes" if it else "no"


@pytest.mark.script(
    "OQ-IDN-024",
    title="One account in two places at once is recorded with both addresses",
    negative=True,
    requirements=("URS-IDN-024",),
)
def test_two_places(steps, site, database):
    """Signed in from another address while a session is active; not for one address, not after signing out, not for a refused password."""
    made, at = {}, [site.elsewhere() for _ in range(4)]

    def noted(person):
        rows = database.rows(
            "SELECT e.payload FROM event e JOIN account a ON a.person_id = e.record_id WHERE a.user_id = ? AND e.payload LIKE ? ORDER BY e.id",
            person.user_id, '%"event":"person.used_from_two_places"%',
        )  # fmt: skip
        return [json.loads(row["payload"])["reason"] for row in rows]

    def come(person, source):
        browser = site.another(person.user_id, person.password, source)
        browser.comes_back = False
        browser.enter()
        return browser

    @steps("Let somebody new sign in twice from one address", expected="noted: 0")
    def _():
        person = made["first"] = site.newcomer(name="One Place")
        person.leave()
        come(person, at[0]), come(person, at[0])
        return f"noted: {len(noted(person))}"

    @steps("Let somebody else sign in, sign out, and sign in from another address", expected="noted: 0")
    def _():
        person = made["second"] = site.newcomer(name="Two Places")
        person.leave()
        come(person, at[1]).leave()
        made["browser"] = come(person, at[2])
        return f"noted: {len(noted(person))}"

    @steps("Try a wrong password from a third address meanwhile", expected="let in: no; noted: 0")
    def _():
        answer = site.nobody(at[3]).sign_in(made["second"].user_id, "not the password of this person 77")
        return f"let in: {yes(answer.status == 302)}; noted: {len(noted(made['second']))}"

    @steps(
        "Sign in from the third address with the right one",
        expected="noted: 1; both addresses: yes; the first session goes on: yes",
    )
    def _():
        made["other"] = come(made["second"], at[3])
        said = noted(made["second"])
        both = bool(said) and at[2] in said[-1] and at[3] in said[-1]
        return f"noted: {len(said)}; both addresses: {yes(both)}; the first session goes on: {yes(made['browser'].get('/').status == 200)}"

    @steps("Look for it in the trail of the person", given="as administrator", expected="200; the address: yes")
    def _():
        page = site.person("sysadmin").get(f"/r/{site.hiring.number_of(made['second'].user_id)}/timeline")
        return f"{page.status}; the address: {yes(at[3] in page.text)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-IDN-025",
    title="Who gets in, who does not, and who is refused a signature stands in the security log",
    negative=True,
    requirements=("URS-IDN-025",),
)
def test_the_security_log(steps, site):
    """Each is one line of JSON, of known fields; neither passwords nor what was typed as an unknown user id stand in it."""
    made, place = {}, Path(site.copy.home) / "logs" / "security.jsonl"
    wrong, typed = "wrong words of the script 4711", "a-password-typed-as-name-0815"

    def lines():
        return place.read_text("utf-8").splitlines() if place.is_file() else []

    def told(*wanted):
        until = time.monotonic() + WITHIN
        while True:
            found = [json.loads(one) for one in lines()[made["before"] :]]
            if {*wanted} <= {one["event"] for one in found} or time.monotonic() > until:
                return found
            time.sleep(1)

    @steps("Sign in, fail to, be locked, and sign out", expected="let in: yes; refused: yes")
    def _():
        made["before"] = len(lines())
        person = made["person"] = site.newcomer("author", name="In The Log")
        source = site.elsewhere()
        refused = [site.nobody(source).sign_in(person.user_id, f"{wrong} {at}").status for at in range(8)]
        site.nobody(site.elsewhere()).sign_in(typed, wrong)
        let_in = person.enter().status == 302
        return f"let in: {yes(let_in)}; refused: {yes(302 not in refused)}"

    @steps("Sign with a wrong password", expected="signed: no")
    def _():
        person = made["person"]
        number = site.make("document", person.user_id, "in_approval").number
        move = next(one for one, declared in site.reading.moves("document", "draft").items() if declared.get("signs"))
        return f"signed: {yes(person.sign(number, move, 'Tried with a wrong password', password=wrong).signed == 'signed')}"

    @steps("Let the administrator disable the account", expected="disabled")
    def _():
        made["person"].leave()
        number, administrator = site.hiring.number_of(made["person"].user_id), site.person("sysadmin")
        form = {"seen": str(administrator.read(number).json["position"]), "reason": "Left the company today"}
        administrator.post(f"/accounts/{number}/deactivate", form)
        site.hiring.gone.add(made["person"].user_id)
        return administrator.state(number)

    wanted = (
        "sign_in",
        "sign_in_failed",
        "locked",
        "session_ended",
        "signing_refused",
        "account_activated",
        "account_deactivated",
        "grant_granted",
    )

    @steps("Read the log", given=", ".join(wanted), expected="lacking: none; every line is JSON with time and event: yes")
    def _():
        found = made["found"] = told(*wanted)
        lacking = [one for one in wanted if one not in {line["event"] for line in found}]
        whole = all({"at", "event"} <= {*line} for line in found)
        return f"lacking: {', '.join(lacking) or 'none'}; every line is JSON with time and event: {yes(whole)}"

    @steps(
        "Read whose lines they are",
        expected="person or subject in each of failures, locks and refusals: yes; address in each sign-in: yes",
    )
    def _():
        failures = [one for one in made["found"] if one["event"] in ("sign_in_failed", "locked", "signing_refused")]
        sign_ins = [one for one in made["found"] if one["event"].startswith("sign_in")]
        return (
            f"person or subject in each of failures, locks and refusals: {yes(all(one.get('person') or one.get('subject') for one in failures))}; "
            f"address in each sign-in: {yes(all(one.get('address') for one in sign_ins))}"
        )

    @steps(
        "Search it for what was typed",
        given="the wrong password, the right one, and the name that nobody has",
        expected="0 found",
    )
    def _():
        whole = "\n".join(lines())
        return f"{sum(one in whole for one in (wrong, made['person'].password, typed))} found"


@pytest.mark.script(
    "OQ-IDN-026",
    title="An administrator who has lost every way in comes back from the server's console alone, with a reason",
    negative=True,
    requirements=("URS-IDN-026",),
)
def test_recovery_from_the_console(steps, own):
    """On a home made of a backup of the copy: without a reason, for somebody who is none, and over the web nothing is given."""
    made, reason = {}, "Password and telephone were left on a train"

    def events():
        return [json.loads(row["payload"]) for row in own.database.rows("SELECT payload FROM event ORDER BY id")]

    @steps(
        "Make a home of a backup of the copy, serve it, and sign in as its administrator", expected="restored; served; 200"
    )
    def _():
        told = own.restored()
        served = own.serve()
        made["person"] = own.site.person("sysadmin")
        return f"{told}; {served}; {made['person'].get('/me').status}"

    @steps(
        "Recover the one who is no administrator",
        expected="exit 0: no; rule console_recovers_administrators: yes; a link: no",
    )
    def _():
        ran = own.run("user", "recover", "q.reader", "--reason", reason)
        named = "console_recovers_administrators" in ran.errors
        return f"exit 0: {yes(ran.code == 0)}; rule console_recovers_administrators: {yes(named)}; a link: {yes('/link/' in ran.output)}"

    @steps("Recover the administrator without a reason", expected="exit 0: no; a link: no; events as before: yes")
    def _():
        before = len(events())
        ran = [own.run("user", "recover", made["person"].user_id, *more) for more in ((), ("--reason", ""))]
        given = any("/link/" in one.output for one in ran)
        return f"exit 0: {yes(any(one.code == 0 for one in ran))}; a link: {yes(given)}; events as before: {yes(len(events()) == before)}"

    @steps("Ask for a link over the web, as nobody and with a wrong password", expected="a link: no")
    def _():
        visitor = own.nobody()
        number = own.database.value(
            "SELECT r.number FROM record r JOIN account a ON a.person_id = r.id WHERE a.user_id = ?", made["person"].user_id
        )
        answers = [
            visitor.post(f"/accounts/{number}/link", {"reason": reason}),
            visitor.sign_in(made["person"].user_id, "forgotten for good 11"),
        ]
        return f"a link: {yes(any('/link/' in one.text for one in answers))}"

    @steps("Recover the administrator from the console", given=reason, expected="exit 0; a link: yes")
    def _():
        ran = own.run("user", "recover", made["person"].user_id, "--reason", reason, "--json")
        made["link"] = str(ran.json.get("link", ""))
        own.site.trace.hide(made["link"].removeprefix("/link/"))
        return f"exit {ran.code}; a link: {yes(made['link'].startswith('/link/'))}"

    @steps("Set a new password by it, and use the link once more", expected="set: yes, no")
    def _():
        made["new"] = "a new password for the console 42"
        own.site.trace.hide(made["new"])
        found = []
        for password in (made["new"], "another password for the console 43"):
            visitor = own.nobody()
            visitor.get(made["link"])
            answer = visitor.post(made["link"], {"password": password, "again": password})
            found.append(yes(answer.status == 302 and "/login" in answer.where))
        return f"set: {', '.join(found)}"

    @steps("Sign in with the old and the new password", expected="let in: no, yes")
    def _():
        answers = [own.nobody().sign_in(made["person"].user_id, one) for one in (made["person"].password, made["new"])]
        return "let in: " + ", ".join(yes(one.status == 302 and "/login" not in one.where) for one in answers)

    @steps("Read the trail", expected="the reason stands there: yes; by the system, from the console: yes")
    def _():
        said = [one for one in events() if reason in str(one.get("reason", ""))]
        console = [one for one in said if one["by"]["via"] == "system" and "console" in one["reason"]]
        return f"the reason stands there: {yes(said)}; by the system, from the console: {yes(console)}"
