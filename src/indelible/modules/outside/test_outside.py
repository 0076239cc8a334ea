"""OQ of contributions from outside: somebody of another company sees the one that was opened, answers there, and signs nothing."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import pytest

COMPANY = "Northwind Cryogenics"
ANSWER = {
    "answer": "The valve was closed from 2 to 5",
    "answered_by": "Out Sider, engineer on duty",
    "their_number": "NC-77",
}
IDENTITY = "Called back over the switchboard of Northwind by Author One"
LINK = re.compile(r"href=\"/r/([A-Z]+-[A-Z0-9.-]+)[\"/?#]")
SIGNED = "SELECT count(*) AS n FROM signature s JOIN account a ON a.person_id = s.person_id WHERE a.user_id = ?"


def yes(it):
    return "yes" if it else "no"


def outsider(site):
    """Invite somebody of another company as the administrator does, and let them enrol."""
    user_id, password = f"q.out-{secrets.token_hex(3)}", secrets.token_urlsafe(24)
    page = site.person("sysadmin").post("/accounts/invite", {
        "key": secrets.token_hex(8), "printed_name": "Out Sider", "job_title": "Engineer", "user_id": user_id, "outside": COMPANY,
        "email": f"{user_id}@northwind.example", "document": "passport", "way": "in_person", "seen_on": "2020-01-02",
    })  # fmt: skip
    person = site.another(user_id, password)
    site.join(person)
    site.hiring.enrol(page, person)
    return person


@pytest.mark.needs("contribution.draft.share", "contribution.with_them.answer", "grant:sponsor", "role:guest_contributor",
                   "person:outside", "deviation")  # fmt: skip
@pytest.mark.script(
    "OQ-PPL-006",
    title="Somebody of another company sees and answers one contribution until its day, and signs nothing",
    negative=True,
    requirements=("URS-PPL-010",),
)
def test_somebody_of_another_company(steps, site, reading, database):
    """Nothing before, one contribution while it is open, no field of ours, no signature, no token, no other role, nothing afterwards."""
    made, sponsor = {}, site.person("author")

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    def asked(**given):
        fields = {
            "title": "Log of the tank", "company": COMPANY, "owner": "q.author", "until": made["until"], "belongs_to": [made["parent"]],
            "asked": "Please send the log of the tank of that night",
        }  # fmt: skip
        return sponsor.create("contribution", **(fields | given))

    def granted(**given):
        fields = {"person": made["they"].user_id, "why": "They keep the tank", "role": "guest_contributor"}
        access = {"record": [made["number"]], "sponsor": "q.author", "until": made["until"], "identity": IDENTITY}
        return site.person("qa_approver.2").create("grant", **(fields | access | given)).number

    def refused(number):
        return f"{site.person('system_owner').sign(number, 'approve').signed}; {site.person('sysadmin').state(number)}"

    def seen():
        """Give what the pages of all lists lead them to, their own entry left out."""
        pages = ["/", *(f"/records/{kind}" for kind in sorted(reading.types))]
        found = {number for page in pages for number in LINK.findall(made["they"].get(page).text)} - {made["entry"]}
        return ", ".join("the contribution" if one == made["number"] else one for one in sorted(found)) or "nothing"

    def opened(*numbers):
        return sum(
            made["they"].get(f"/r/{one}{part}").status == 200 for one in numbers for part in ("", "/pdf", "/timeline")
        )

    def written(**fields):
        """Fill in the page on which a record is edited, and send it."""
        form = made["they"].dialog("", "", f"/r/{made['number']}/edit")
        return made["they"].post(form.path, {**form.sends, **fields})

    @steps("Invite somebody of another company", expected="sees: nothing")
    def _():
        made["they"], made["until"], made["number"] = outsider(site), day(3), ""
        made["entry"] = site.hiring.number_of(made["they"].user_id)
        made["parent"] = site.make("deviation", "reader", title="The tank ran empty").number
        return f"sees: {seen()}"

    @steps("Give them another role", given="author", expected="refused: outside_access_is_narrow; requested")
    def _():
        return refused(granted(role="author", record=[], sponsor=None, identity=None, until=None))

    @steps("Begin a contribution that is open for too long", given="95 days", expected="refused: contribution_is_short")
    def _():
        answer = asked(until=day(95))
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Begin one of three days, and another one", expected="draft; draft; sees: nothing")
    def _():
        made["number"], made["other"] = asked().number, asked(title="Another request").number
        return f"{sponsor.state(made['number'])}; {sponsor.state(made['other'])}; sees: {seen()}"

    @steps(
        "Give them access that nobody confirmed, and until a later day",
        given="no identity; 20 days",
        expected="refused: outside_access_is_narrow; requested; refused: outside_access_is_narrow; requested",
    )
    def _():
        return f"{refused(granted(identity='n/a'))}; {refused(granted(until=day(20)))}"

    @steps("Give them access to the first, as long as it is open", expected="active; sees: nothing")
    def _():
        return f"{site.walk(granted(), 'approve')}; sees: {seen()}"

    @steps("Open the first to them", expected="with_them; sees: the contribution")
    def _():
        return f"{site.walk(made['number'], 'share')}; sees: {seen()}"

    @steps("Open as them the deviation to which it belongs, the other request and a document", expected="0 opened")
    def _():
        document = site.make("document", "author").number
        return f"{opened(made['parent'], made['other'], document)} opened"

    @steps("Answer on the page", expected="taken: yes; their answer stands: yes")
    def _():
        taken = written(**ANSWER).ok
        return (
            f"taken: {yes(taken)}; their answer stands: {yes(sponsor.fields(made['number'])['answer'] == ANSWER['answer'])}"
        )

    @steps("Write on the page into fields that are ours", given="what is asked, until when", expected="ours unchanged: yes")
    def _():
        before = sponsor.fields(made["number"])
        written(**ANSWER, asked="Something else", until=day(80))
        after = sponsor.fields(made["number"])
        return f"ours unchanged: {yes(all(before[one] == after[one] for one in ('asked', 'until', 'title', 'owner')))}"

    @steps("Call the interface for programs as them", given="read, list, edit", expected="3 times 403")
    def _():
        they = made["they"]
        answers = [
            they.read(made["number"]),
            they.api("GET", "/records/document"),
            they.edit(made["number"], answer="By a program"),
        ]
        return f"{sum(one.status == 403 for one in answers)} times 403"

    @steps("Write their answer for them", given="the sponsor", expected="done: no; theirs stands: yes")
    def _():
        done = sponsor.edit(made["number"], answer="It was open all night").ok
        return f"done: {yes(done)}; theirs stands: {yes(sponsor.fields(made['number'])['answer'] == ANSWER['answer'])}"

    @steps(
        "Sign as them, begin a deviation, and issue a token",
        expected="signed: no; signatures: 0; begun: no; token: no",
    )
    def _():
        they = made["they"]
        signed = [they.sign(made["number"], move).signed == "signed" for move in ("share", "close")]
        begun = they.get("/records/deviation/new").status == 200
        token = they.issue_token("From outside")
        count = database.value(SIGNED, they.user_id)
        return f"signed: {yes(any(signed))}; signatures: {count}; begun: {yes(begun)}; token: {yes(token)}"

    @steps("Let its day pass", given="5 days on the copy's clock", expected="sees: nothing; 0 opened")
    def _():
        site.advance("5d")
        return f"sees: {seen()}; {opened(made['number'])} opened"
