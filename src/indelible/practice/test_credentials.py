"""OQ of credentials: links, passwords, tokens, and what is kept of them."""

from __future__ import annotations

import re

import pytest

LINK = re.compile(r"/link/([A-Za-z0-9_-]{16,})")


def yes(it):
    return "yes" if it else "no"


def let_in(answer):
    return yes(answer.status == 302 and "/login" not in answer.where)


@pytest.mark.script(
    "OQ-IDN-005", title="A one-time link works once, and not for ever", negative=True, requirements=("URS-IDN-012",)
)
def test_one_time_links(steps, site, reading):
    """The second use, an invented link and one that is too old set no password."""
    hours, made = reading.policies["invitation_hours"], {}

    def use(link, password):
        visitor = site.nobody()
        visitor.get(link)
        answer = visitor.post(link, {"password": password, "again": password})
        return yes(answer.status == 302 and "/login" in answer.where)

    @steps("Invite somebody and use the link", expected="set: yes")
    def _():
        made["link"] = LINK.search(site.hiring.invite("q.once-only", "Once Only").text)[0]
        return f"set: {use(made['link'], 'a first password of the script 11')}"

    @steps("Use it a second time", expected="set: no")
    def _():
        return f"set: {use(made['link'], 'a second password of the script 22')}"

    @steps("Sign in with the second and with the first password", expected="let in: no, yes")
    def _():
        tried = [
            site.nobody(site.elsewhere()).sign_in("q.once-only", one)
            for one in ("a second password of the script 22", "a first password of the script 11")
        ]
        return "let in: " + ", ".join(let_in(one) for one in tried)

    @steps("Use an invented link", expected="set: no")
    def _():
        return f"set: {use('/link/' + 'A' * 43, 'a third password of the script 33')}"

    @steps("Invite another one and use the link too late", given=f"after more than {hours} hours", expected="set: no")
    def _():
        link = LINK.search(site.hiring.invite("q.too-late", "Too Late").text)[0]
        site.advance(f"{hours + 1}h")
        return f"set: {use(link, 'a fourth password of the script 44')}"


@pytest.mark.script("OQ-IDN-006", title="A weak password is refused", negative=True, requirements=("URS-IDN-008",))
def test_passwords(steps, site, reading):
    """Shorter than declared, holding the user id, and well known ones are refused; the page names what is asked."""
    least = int(reading.policies["password_length"])
    tries = {
        "too short": "x7Q!" * 20,
        "with the user id": "q.weak-password is what I take here",
        "well known": "password" * 4,
    }
    tries["too short"] = tries["too short"][: least - 1]
    made = {}

    @steps("Read the policy", given=f"password_length {least}", expected="at least 12: yes")
    def _():
        return f"at least 12: {yes(least >= 12)}"

    @steps("Invite somebody", expected="a link: yes")
    def _():
        page = site.hiring.invite("q.weak-password", "Weak Password")
        made["link"] = LINK.search(page.text)[0]
        return f"a link: {yes(made['link'])}"

    for words in ("too short", "with the user id"):

        @steps(f"Set a password that is {words}", expected="set: no")
        def _(words=words):
            visitor = site.nobody()
            visitor.get(made["link"])
            answer = visitor.post(made["link"], {"password": tries[words], "again": tries[words]})
            return f"set: {yes(answer.status == 302)}"

    @steps("Type two different ones", expected="set: no")
    def _():
        visitor = site.nobody()
        visitor.get(made["link"])
        answer = visitor.post(made["link"], {"password": "seven cold bags of ice 1", "again": "seven cold bags of ice 2"})
        return f"set: {yes(answer.status == 302)}"

    @steps("Set a good one", expected="set: yes")
    def _():
        visitor = site.nobody()
        visitor.get(made["link"])
        answer = visitor.post(made["link"], {"password": "seven cold bags of ice 17", "again": "seven cold bags of ice 17"})
        return f"set: {yes(answer.status == 302)}"


@pytest.mark.needs("person.active.deactivate")
@pytest.mark.script(
    "OQ-IDN-007", title="Who is disabled is out at once", negative=True, requirements=("URS-IDN-014", "URS-IDN-019")
)
def test_disabled(steps, site):
    """Session, token, sign-in and roles end in the same act; the person's record and number stay."""
    made = {}

    @steps("Let somebody sign in and issue a token", expected="200 and 200")
    def _():
        person = made["person"] = site.newcomer("author", name="Soon Disabled")
        person.comes_back = False
        made["token"] = site.program(person.issue_token("Of the leaver"), "token of the leaver")
        made["number"] = site.hiring.number_of(person.user_id)
        return f"{person.get('/').status} and {made['token'].api('GET', '/me').status}"

    @steps("Disable the person as administrator", given="with a reason", expected="disabled")
    def _():
        administrator = site.person("sysadmin")
        head = administrator.read(made["number"]).json
        administrator.post(
            f"/accounts/{made['number']}/deactivate", {"seen": str(head["position"]), "reason": "Left the company today"}
        )
        return administrator.state(made["number"])

    @steps("Go on in the session, with the token, and sign in again", expected="page: no; call: no; token: no; sign-in: no")
    def _():
        person = made["person"]
        page, call, token = person.get("/"), person.api("GET", "/me"), made["token"].api("GET", "/me")
        again = site.nobody(site.elsewhere()).sign_in(person.user_id, person.password)
        return f"page: {yes(page.status == 200)}; call: {yes(call.status == 200)}; token: {yes(token.status == 200)}; sign-in: {let_in(again)}"

    @steps("Read the grants that are left", given="as administrator", expected="active grants: 0")
    def _():
        records = site.person("sysadmin").api("GET", "/records/grant?state=active&limit=100").json["records"]
        mine = [one for one in records if (one["fields"].get("person") or {}).get("name") == "Soon Disabled"]
        return f"active grants: {len(mine)}"


@pytest.mark.script(
    "OQ-IDN-008", title="No secret is stored or shown", negative=True, requirements=("URS-IDN-009", "URS-SYS-010")
)
def test_no_secret_is_stored(steps, site, database):
    """The password of the cast, a token and a one-time link are searched for in every text of the database and in what pages show."""
    made = {}

    @steps("Make a token and a one-time link", expected="both: yes")
    def _():
        made["token"] = site.person("author").issue_token("Searched for")
        made["link"] = LINK.search(site.hiring.invite("q.searched-for", "Searched For").text)[1]
        return f"both: {yes(made['token'] and made['link'])}"

    @steps("Search the tables of accounts, tokens, events, refusals, sessions and drafts", given="SQL", expected="0 found")
    def _():
        secrets = (site.copy.password, made["token"], made["link"])
        tables = ("account", "token", "event", "refusal", "version", "signature", "django_session", "draft", "request")
        found = sum(
            secret in str(row) for table in tables for row in database.rows(f"SELECT * FROM {table}") for secret in secrets
        )  # noqa: S608
        return f"{found} found"

    @steps("Read how passwords are stored", given="SQL", expected="all by a slow hash: yes")
    def _():
        rows = database.rows("SELECT password FROM account")
        return f"all by a slow hash: {yes(all(str(row['password']).startswith(('argon2', '!')) for row in rows))}"

    @steps("Open the page Me and the list of accounts again", expected="token shown: no; link shown: no")
    def _():
        me, people = site.person("author").get("/me").text, site.person("sysadmin").get("/accounts").text
        return f"token shown: {yes(made['token'] in me)}; link shown: {yes(made['link'] in people)}"


@pytest.mark.needs("document")
@pytest.mark.script(
    "OQ-IDN-009",
    title="A token does what its scopes say and no more than its owner may",
    negative=True,
    requirements=("URS-IDN-022", "URS-IDN-019"),
)
def test_tokens(steps, site):
    """A token that reads does not write; one for everything of a reader writes no document; a revoked one opens nothing."""
    made = {}

    @steps("Write a document with a token that may only read", given="scope read", expected="refused 403; reading: 200")
    def _():
        token = site.token("author", "read")
        answer = token.create("document", title="By a reading token", **{"class": "procedure"})
        return f"refused {answer.status}; reading: {token.api('GET', '/records/document').status}"

    @steps("Write one with a token for deviations only", given="scope deviation", expected="refused 403")
    def _():
        return f"refused {site.token('author', 'deviation').create('document', title='No', **{'class': 'procedure'}).status}"

    @steps("Write one with a reader's token for everything", given="scope *", expected="refused 403")
    def _():
        return f"refused {site.token('reader', '*').create('document', title='No', **{'class': 'procedure'}).status}"

    @steps("Issue one for longer than the policy allows", given="9999 days", expected="a token: no")
    def _():
        return f"a token: {yes(site.person('author').issue_token('Too long', days=9999))}"

    @steps("Use a token, revoke it, and use it again", expected="200, 401")
    def _():
        person = site.person("author.2")
        made["token"] = site.program(person.issue_token("To be revoked"), "token to be revoked")
        first = made["token"].api("GET", "/me").status
        address = re.findall(r"/me/tokens/[0-9a-f-]{36}/revoke", person.get("/me").text)
        for one in address:
            person.post(one, {"reason": "Revoked by the script", "key": "k"})
        return f"{first}, {made['token'].api('GET', '/me').status}"


@pytest.mark.needs("person.active.verify_identity")
@pytest.mark.script("OQ-IDN-012", title="Nobody checks their own identity", negative=True, requirements=("URS-IDN-013",))
def test_checks_of_identity(steps, site):
    """A check is recorded by another person, with document, way and day."""
    form = {"document": "passport", "way": "in_person", "seen_on": "2020-01-02"}

    @steps("Record a check of one's own identity", given="as document control, of themselves", expected="done: no")
    def _():
        person = site.person("doc_control")
        number = site.hiring.number_of(person.user_id)
        seen = str(person.read(number).json["position"])
        answer = person.post(f"/people/{number}/identity", {**form, "seen": seen, "key": "own-check"})
        return f"done: {yes(answer.status == 302)}"

    @steps("Record one as a reader, of somebody else", expected="done: no")
    def _():
        number = site.hiring.number_of("q.author")
        answer = site.person("reader").post(f"/people/{number}/identity", {**form, "seen": "1", "key": "reader-check"})
        return f"done: {yes(answer.status == 302)}"
