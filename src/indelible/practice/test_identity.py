"""OQ of identity: unique people, passwords, lock, sessions, one-time links, tokens, leavers; no secret is ever stored or shown."""

from __future__ import annotations

import re

import pytest

LINK = re.compile(r"/link/([A-Za-z0-9_-]{16,})")

CLOSED = ("/", "/records/document", "/records/person/csv", "/trail", "/trail/csv", "/search?q=a", "/accounts", "/me", "/configuration", "/review", "/calendar",
          "/panels/training_matrix", "/drafts", "/about")  # fmt: skip

CLOSED_CALLS = ("/records/document", "/records/person", "/events", "/me", "/search?q=a", "/validation")


def yes(it):
    return "yes" if it else "no"


def let_in(answer):
    return yes(answer.status == 302 and "/login" not in answer.where)


def site_rows(site, user_id):
    """Read the log of failures by a connection of this file's own, on whichever engine."""
    import sqlite3

    if site.copy.engine == "sqlite":
        with sqlite3.connect(f"file:{site.copy.file}?mode=ro", uri=True) as connection:
            return connection.execute(
                "SELECT username, path_info FROM axes_accessfailurelog WHERE username = ?", [user_id]
            ).fetchall()
    import psycopg

    with psycopg.connect(site.copy.database) as connection:
        return connection.execute(
            "SELECT username, path_info FROM axes_accessfailurelog WHERE username = %s", [user_id]
        ).fetchall()


@pytest.mark.script("OQ-IDN-001", title="Nothing is answered to nobody", negative=True, requirements=("URS-IDN-001",))
def test_nothing_to_nobody(steps, site, reading):
    """Pages lead to the sign-in, calls answer 401, files and copies are not given; health and sign-in are open."""
    made = {}

    @steps(
        "Open pages without having signed in",
        given=", ".join(CLOSED),
        expected=f"{len(CLOSED)} lead to the sign-in, 0 show anything",
    )
    def _():
        answers = [site.nobody().get(path) for path in CLOSED]
        led = sum(one.status == 302 and "/login" in one.where for one in answers)
        return f"{led} lead to the sign-in, {sum(one.status == 200 for one in answers)} show anything"

    @steps(
        "Call the interface without credentials and with an invented token",
        given=", ".join(CLOSED_CALLS),
        expected=f"{2 * len(CLOSED_CALLS)} times 401",
    )
    def _():
        stranger, invented = site.nobody(), site.program("ind_" + "x" * 43, "invented token")
        answers = [one.api("GET", path).status for one in (stranger, invented) for path in CLOSED_CALLS]
        return f"{answers.count(401)} times 401"

    @steps("Ask for a record, its copy and its timeline by number", expected="0 shown")
    def _():
        kind = next(iter(sorted(reading.types)))
        made["number"] = site.make("deviation", "reader").number if "deviation" in reading.types else kind
        answers = [site.nobody().get(f"/r/{made['number']}{part}") for part in ("", "/pdf", "/timeline", "/edit")]
        return f"{sum(one.status == 200 for one in answers)} shown"


@pytest.mark.needs("person")
@pytest.mark.script(
    "OQ-IDN-002", title="A user id is one person's for ever", negative=True, requirements=("URS-IDN-002", "URS-IDN-003")
)
def test_unique_user_ids(steps, site, reading):
    """In use, once in use, written otherwise, or naming a function: refused each time."""
    made = {}

    def entered(user_id):
        page = site.hiring.invite(user_id, "Somebody Else")
        return site.hiring.number_of(user_id.strip().lower()) if LINK.search(page.text) else ""

    @steps("Invite somebody under a new user id", expected="invited: yes")
    def _():
        made["person"] = site.newcomer(name="Unique Person")
        made["number"] = site.hiring.number_of(made["person"].user_id)
        return f"invited: {yes(made['number'])}"

    @steps("Invite somebody else under the same one, in capitals, and with spaces around it", expected="0 invited")
    def _():
        known = made["person"].user_id
        pages = [site.hiring.invite(one, "Somebody Else") for one in (known, known.upper(), f"  {known} ")]
        return f"{sum(bool(LINK.search(one.text)) for one in pages)} invited"

    @steps(
        "Invite somebody under the name of a function",
        given="admin, qa, lab2, system1, quality",
        expected="0 invited" if reading.policies.get("reserved_ids") else "refused or allowed by the policy",
    )
    def _():
        pages = [site.hiring.invite(one, "A Function") for one in ("admin", "qa", "lab2", "system1", "quality")]
        return (
            f"{sum(bool(LINK.search(one.text)) for one in pages)} invited"
            if reading.policies.get("reserved_ids")
            else "refused or allowed by the policy"
        )

    @steps("Disable the person and invite another one under the same user id", expected="0 invited")
    def _():
        administrator = site.person("sysadmin")
        head = administrator.read(made["number"]).json
        administrator.post(
            f"/accounts/{made['number']}/deactivate", {"seen": str(head["position"]), "reason": "Left the company today"}
        )
        page = site.hiring.invite(made["person"].user_id, "A Successor")
        return f"{sum([bool(LINK.search(page.text))])} invited"


@pytest.mark.script("OQ-IDN-003", title="Repeated failures lock the user id", negative=True, requirements=("URS-IDN-010",))
def test_lock(steps, site):
    """After failures in a row the right password opens nothing from there, and the answer is the same as to a wrong one."""
    made, source = {}, site.elsewhere()

    @steps("Let somebody new sign in", expected="let in: yes")
    def _():
        person = made["person"] = site.newcomer(name="Locked Out")
        return f"let in: {let_in(site.another(person.user_id, person.password).enter())}"

    @steps("Type ten wrong passwords from another address", given="10 attempts", expected="0 let in")
    def _():
        answers = [site.nobody(source).sign_in(made["person"].user_id, f"wrong password number {one}") for one in range(10)]
        made["words"] = answers[0].words.replace(made["person"].user_id, "")
        return f"{sum(let_in(one) == 'yes' for one in answers)} let in"

    @steps("Type the right password from there", expected="let in: no; says whether it was right: no")
    def _():
        answer = site.nobody(source).sign_in(made["person"].user_id, made["person"].password)
        return f"let in: {let_in(answer)}; says whether it was right: {yes('locked' in answer.words and 'locked' not in made['words'])}"

    @steps(
        "Read what the lists of failures hold",
        given="SQL",
        expected="at least 8 failures for that user id; a password in them: no",
    )
    def _():
        rows = made["rows"] = site_rows(site, made["person"].user_id)
        return (
            f"at least 8 failures for that user id; a password in them: {yes('wrong password number' in str(rows))}"
            if len(rows) >= 8
            else str(len(rows))
        )


@pytest.mark.script(
    "OQ-IDN-004", title="A session ends by itself", negative=True, requirements=("URS-IDN-011", "URS-IDN-006")
)
def test_idle_sessions(steps, site, reading):
    """After the declared minutes without a request the next page leads to the sign-in, and the session answers no call."""
    minutes, hours, made = reading.policies["idle_minutes"], reading.policies["absolute_hours"], {}

    @steps(
        "Read the policy",
        given=f"idle_minutes {minutes}, absolute_hours {hours}",
        expected="idle at most 30 minutes: yes; a longest time: yes",
    )
    def _():
        return f"idle at most 30 minutes: {yes(0 < minutes <= 30)}; a longest time: {yes(0 < hours <= 24)}"

    @steps("Sign in and open a page", expected="200")
    def _():
        made["person"] = site.again("author")
        return str(made["person"].get("/").status)

    @steps(
        "Let an hour pass and open the next page with the same session",
        given="1h on the copy's clock",
        expected="led to the sign-in: yes; call answered: no",
    )
    def _():
        site.advance("1h", keep=True)
        call = made["person"].api("GET", "/me")
        page = made["person"].get("/")
        return f"led to the sign-in: {yes('/login' in page.where)}; call answered: {yes(call.status == 200)}"

    @steps("Sign in again", expected="200")
    def _():
        site.advance("1h")
        made["person"].enter()
        return str(made["person"].get("/").status)


@pytest.mark.needs("document")
@pytest.mark.script("OQ-IDN-010", title="What another site sends is refused", negative=True, requirements=("URS-IDN-029",))
def test_forged_forms(steps, site, database):
    """A form without the token of the pages, or with an invented one, changes nothing; nor does a call that has only the cookie."""
    made = {}

    @steps("Send a form with an invented token", given="POST /me/tokens", expected="403")
    def _():
        made["before"] = database.value("SELECT count(*) AS n FROM token")
        return str(
            site.person("author")
            .post("/me/tokens", {"csrfmiddlewaretoken": "x" * 64, "label": "Forged", "scopes": "*", "days": "1"})
            .status
        )

    @steps("Call the interface with the cookie and an invented token", given="POST /records/document", expected="403 csrf")
    def _():
        person = site.person("author")
        person.get("/")
        answer = person._send(
            "POST",
            "/api/v1/records/document",
            json={"fields": {"title": "Forged", "class": "procedure"}},
            headers={"Idempotency-Key": "forged", "X-CSRFToken": "x" * 32},
        )  # noqa: SLF001 - with headers or bytes of its own
        return f"{answer.status} {answer.rule}"

    @steps("Count the tokens", given="SQL", expected="none more: yes")
    def _():
        return f"none more: {yes(database.value('SELECT count(*) AS n FROM token') == made['before'])}"


@pytest.mark.script("OQ-IDN-011", title="Signing out ends the session", negative=True, requirements=("URS-IDN-011",))
def test_signing_out(steps, site):
    """The cookie of a session that was left opens nothing."""
    made = {}

    @steps(
        "Sign in, keep the cookie, sign out, and come with the kept cookie",
        expected="before: 200; after: led to the sign-in: yes",
    )
    def _():
        person = made["person"] = site.again("author")
        before = person.get("/").status
        kept = dict(person.browser.cookies)
        person.leave()
        visitor = site.nobody()
        visitor.browser.cookies.update(kept)
        return f"before: {before}; after: led to the sign-in: {yes('/login' in visitor.get('/').where)}"
