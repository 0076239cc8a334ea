"""OQ of delegation: of an own role, to whoever holds it elsewhere, for days; and a deputy is kept from what the absent is kept from."""

from __future__ import annotations

from datetime import timedelta

import pytest

NEEDS = ("delegation.draft.offer", "delegation.offered.accept", "role:dept_approver")
SPANS = "SELECT g.role, g.scope FROM access_grant g JOIN record r ON r.id = g.record_id WHERE r.number = ?"
ROLE = "dept_approver"
SEPARATION = ("approver_is_not_author", "head_of_function_does_not_approve_own_work", "required_separation")


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def head_elsewhere(site):
    """Give somebody new who heads another department than that of the cast."""
    found = site.person("sysadmin").api("GET", "/records/department?limit=100").json["records"]
    other = next(one["number"] for one in found if one["number"] != site.department)
    person = site.newcomer(name="Heads Elsewhere")
    site.hiring.complete(person, site.reading.roles[ROLE].get("file") or [])
    fields = {"person": person.user_id, "role": ROLE, "department": [other], "why": "Heads that department from today on"}
    site.walk(site.person("qa_approver.2").create("grant", **fields).number, "approve")
    return person


def asked(site, giver, deputy, /, **given):
    """Let somebody write a delegation of the cast's department; gives its number."""
    fields = {
        "person": giver.user_id, "deputy": deputy.user_id, "role": ROLE, "department": [site.department], "begins": day(site, -1),
        "until": day(site, 3), "why": "Away at the contract manufacturer",
    }  # fmt: skip
    return giver.create("delegation", **(fields | given)).number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-PPL-003",
    title="A delegation is of an own role, to somebody who holds it otherwise, for at most thirty days",
    negative=True,
    requirements=("URS-PPL-007",),
)
def test_what_is_delegated(steps, site, database):
    """Another's role, no such deputy, a deputy who is oneself, too many days, a role held by delegation: refused; nothing is given."""
    made, giver = {}, site.person(ROLE)

    def offered(by, number):
        return f"{by.sign(number, 'offer').signed}; {by.state(number)}; given: {len(database.rows(SPANS, number))}"

    @steps("Somebody new heads another department", expected="holds the role: yes")
    def _():
        made["deputy"] = head_elsewhere(site)
        roles = made["deputy"].api("GET", "/me").json["roles"]
        return f"holds the role: {yes(any(one['role'] == ROLE for one in roles))}"

    for words, deputy in (("who holds another role", "q.author"), ("who gives it", "q.dept_approver"),
                          ("who holds the role there already", "q.dept_approver.2")):  # fmt: skip

        @steps(
            f"Delegate to somebody {words}", given=deputy, expected="refused: deputy_holds_the_role; draft; given: 0"
        )  # fmt: skip
        def _(deputy=deputy):
            return offered(giver, asked(site, giver, made["deputy"], deputy=deputy))

    for begins, until in ((0, 32), (5, 3), (-9, -3)):

        @steps(
            "Delegate for a time that is none, or too long",
            given=f"from day {begins} until day {until}",
            expected="refused: delegation_is_short; draft; given: 0",
        )
        def _(begins=begins, until=until):
            return offered(giver, asked(site, giver, made["deputy"], begins=day(site, begins), until=day(site, until)))

    @steps(
        "Delegate the role of somebody else", given="q.author", expected="refused: own_role_is_delegated; draft; given: 0"
    )
    def _():
        return offered(giver, asked(site, giver, made["deputy"], person="q.author"))

    @steps("Delegate without holding the role", given="q.author", expected="403 authority")
    def _():
        fields = {"person": "q.author", "deputy": made["deputy"].user_id, "role": ROLE, "department": [site.department]}
        days = {"begins": day(site, 0), "until": day(site, 3), "why": "Away for three days"}
        answer = site.person("author").create("delegation", **fields, **days)
        return f"{answer.status} {answer.rule}"

    @steps("Delegate for thirty days", expected="signed; offered; given: 0")
    def _():
        made["number"] = asked(site, giver, made["deputy"], begins=day(site, 0), until=day(site, 30))
        return offered(giver, made["number"])

    @steps("Accept it as whoever gives it", expected="signed: no; given: 0")
    def _():
        answer = giver.sign(made["number"], "accept")
        return f"signed: {yes(answer.signed == 'signed')}; given: {len(database.rows(SPANS, made['number']))}"

    @steps("Accept it as the deputy", expected="signed; active; given: dept_approver for that department: yes")
    def _():
        answer = made["deputy"].sign(made["number"], "accept")
        rows = [(row["role"], row["scope"]) for row in database.rows(SPANS, made["number"])]
        right = rows == [(ROLE, site.department)]
        return f"{answer.signed}; {giver.state(made['number'])}; given: dept_approver for that department: {yes(right)}"

    @steps("Delegate further what is held by delegation", expected="refused: own_role_is_delegated; draft; given: 0")
    def _():
        deputy = made["deputy"]
        other = head_elsewhere(site)
        return offered(deputy, asked(site, deputy, other))

    @steps("End it", expected="ended; sees the department's work: no")
    def _():
        state = giver.act(made["number"], "end", reason="Back earlier than it was planned").state
        roles = made["deputy"].api("GET", "/me").json["roles"]
        return f"{state}; sees the department's work: {yes(any(one.get('scope') == site.department for one in roles))}"


@pytest.mark.needs(*NEEDS, "document.in_approval.approve", "role:author")
@pytest.mark.script(
    "OQ-AUT-040",
    title="A deputy holds what was delegated until its day, and is kept from what the absent person is kept from",
    negative=True,
    requirements=("URS-AUT-012",),
)
def test_a_deputy(steps, site, database):
    """Approves for the department meanwhile, but not what the absent person wrote; holds no other role; nothing after the last day."""
    made = {}

    def written(by):
        """Let somebody bring a document of the department to its approval; gives the number."""
        fields = site.filling.values("document", "in_approval", department=[site.department], owner=by.user_id)
        number = by.create("document", **fields).number
        for move in ("submit", "agree"):
            site.walk(number, move)
        return number

    def approved(number):
        answer = made["deputy"].sign(number, "approve")
        count = database.value(
            "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? AND s.printed_name = ?",
            number, "Heads Elsewhere",
        )  # fmt: skip
        made["answer"] = answer
        return f"signed: {yes(answer.signed == 'signed')}; signatures of the deputy: {count}"

    @steps(
        "A head of function who also writes documents brings one to its approval; a colleague brings two",
        expected="in_approval, in_approval, in_approval",
    )
    def _():
        made["giver"], made["deputy"] = site.newcomer(ROLE, "author"), head_elsewhere(site)
        made["own"], made["other"], made["late"] = (
            written(by) for by in (made["giver"], site.person("author"), site.person("author"))
        )
        return ", ".join(site.person("qa_approver").state(made[one]) for one in ("own", "other", "late"))

    @steps("Approve the colleague's as the deputy to be", expected="signed: no; signatures of the deputy: 0")
    def _():
        return approved(made["other"])

    @steps("Delegate the role and accept it", expected="signed; signed; active")
    def _():
        made["number"] = asked(site, made["giver"], made["deputy"])
        both = [made["giver"].sign(made["number"], "offer").signed, made["deputy"].sign(made["number"], "accept").signed]
        return f"{'; '.join(both)}; {made['giver'].state(made['number'])}"

    @steps("Approve the colleague's as the deputy", expected="signed: yes; signatures of the deputy: 1")
    def _():
        return approved(made["other"])

    @steps("Read whose role it was signed with", given="the page", expected="names the delegation: yes")
    def _():
        words = site.person("qa_approver").get(f"/r/{made['other']}").words
        return f"names the delegation: {yes('by delegation ' + made['number'] in words)}"

    @steps(
        "Approve what the absent person wrote, as that person and as the deputy",
        expected="signed: no, no; separation named: yes, yes; signatures of the deputy: 0",
    )
    def _():
        own = made["giver"].sign(made["own"], "approve")
        said = approved(made["own"])
        named = [yes(one.rule in SEPARATION) for one in (own, made["answer"])]
        signed = [yes(own.signed == "signed"), said.partition("; ")[0].removeprefix("signed: ")]
        return f"signed: {', '.join(signed)}; separation named: {', '.join(named)}; {said.partition('; ')[2]}"

    @steps("Write a document as the deputy", given="the absent person may", expected="403 authority")
    def _():
        answer = made["deputy"].create("document", **site.filling.values("document"))
        return f"{answer.status} {answer.rule}"

    @steps(
        "Let its last day pass, and approve another one as the deputy",
        given="5 days on the copy's clock",
        expected="ended; signed: no; signatures of the deputy: 0",
    )
    def _():
        site.advance("5d")
        state = site.until(made["number"], "ended", seconds=120)
        return f"{state}; {approved(made['late'])}"
