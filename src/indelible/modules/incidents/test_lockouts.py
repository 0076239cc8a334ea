"""OQ of incidents that open by themselves when an account is locked or an address tries many: one for the day, in words that tell no secret."""

from __future__ import annotations

import json
import time

import pytest

PATIENCE, QUIET = 60.0, 12.0  # seconds until an incident is there, and in which no second one comes
LOCKS_AFTER = 8
WRONG, TYPED = "wrong words of the script 2209", "a-password-typed-as-name-2209"


def yes(it):
    return "yes" if it else "no"


def opened(database, word):
    """Give what the system opened for a lock: number and content as text."""
    rows = database.rows("SELECT number, content FROM record WHERE type = 'incident' AND author_id IS NULL ORDER BY number")
    told = [
        (row["number"], row["content"] if isinstance(row["content"], str) else json.dumps(row["content"])) for row in rows
    ]
    return [one for one in told if f"lockout {word} " in one[1]]


def patiently(holds, seconds):
    """Wait until something holds; gives whether it does."""
    until = time.monotonic() + seconds
    while not (it := holds()) and time.monotonic() < until:
        time.sleep(1)
    return bool(it)


@pytest.mark.script(
    "OQ-INC-033",
    title="A locked account opens one incident of the day, and its person gets in from a known device",
    negative=True,
    requirements=("URS-INC-006",),
)
def test_a_locked_account(steps, site, database):
    """Many failures are one incident; it names account and address, and never what was typed as a name that nobody has."""
    made = {}

    @steps("Let somebody new sign in and sign out", expected="let in: yes")
    def _():
        person = made["person"] = site.newcomer(name="Locked Out")
        made["number"], made["source"] = site.hiring.number_of(person.user_id), site.elsewhere()
        let_in = person.enter().status == 302
        person.leave()
        return f"let in: {yes(let_in)}"

    @steps("Fail to sign in as that person from elsewhere", given=f"{LOCKS_AFTER - 1} times", expected="incidents: 0")
    def _():
        for _n in range(LOCKS_AFTER - 1):
            site.nobody(made["source"]).sign_in(made["person"].user_id, WRONG)
        patiently(lambda: opened(database, made["number"]), QUIET)
        return f"incidents: {len(opened(database, made['number']))}"

    @steps(
        "Once more, and wait", given="a minute at most", expected="incidents: 1; user id and address: yes; automatic: yes"
    )
    def _():
        site.nobody(made["source"]).sign_in(made["person"].user_id, WRONG)
        patiently(lambda: opened(database, made["number"]), PATIENCE)
        found = opened(database, made["number"])
        told = found[0][1] if found else ""
        named = made["person"].user_id in told and made["source"] in told
        return f"incidents: {len(found)}; user id and address: {yes(named)}; automatic: {yes('automatic' in told)}"

    @steps("Go on failing", given="thirty times", expected="let in: no; incidents: 1")
    def _():
        answers = [site.nobody(made["source"]).sign_in(made["person"].user_id, WRONG).status for _n in range(30)]
        patiently(lambda: len(opened(database, made["number"])) > 1, QUIET)
        return f"let in: {yes(302 in answers)}; incidents: {len(opened(database, made['number']))}"

    @steps("Give the right password from there, and from the person's own device", expected="let in: no, yes")
    def _():
        there = site.nobody(made["source"]).sign_in(made["person"].user_id, made["person"].password).status == 302
        return f"let in: {yes(there)}, {yes(made['person'].enter().status == 302)}"

    @steps(
        "Fail from another address with a name that nobody has",
        given=f"{LOCKS_AFTER} times",
        expected="incidents of the address: 1; the name in any event: no",
    )
    def _():
        source = site.elsewhere()
        for _n in range(LOCKS_AFTER):
            site.nobody(source).sign_in(TYPED, WRONG)
        patiently(lambda: opened(database, source), PATIENCE)
        known = database.value("SELECT count(*) AS n FROM event WHERE payload LIKE ?", f"%{TYPED}%")
        return f"incidents of the address: {len(opened(database, source))}; the name in any event: {yes(known)}"
