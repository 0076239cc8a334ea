"""OQ of retention: off as shipped, nothing before its day or under a hold, two people for every disposal, and what is left of it."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

PATIENCE = 60  # seconds for what the system does by itself
LONG_AGO = "2020-03-31"
WHY = "The rules that Quality signed say so"
PROPOSAL = {"why": WHY, "originals": "There is no paper", "titles": "kept"}
HOLD = {"why": "They may ask for it", "asked_by": "The authority, letter of 3 May"}
VERSIONS = """SELECT v.number, v.content, v.sha256 FROM version v JOIN record r ON r.id = v.record_id
    WHERE r.number = ? ORDER BY v.number"""
KEPT = """SELECT (SELECT count(*) FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ?) AS events,
    (SELECT count(*) FROM restriction x JOIN record r ON r.id = x.record_id WHERE r.number = ?) AS withheld"""
NEEDS = ("disposal.draft.submit", "disposal.to_authorise.authorise", "legal_hold.asked.place", "lot.in_process.expire")


def yes(it):
    return "yes" if it else "no"


def awaited(asked, seconds=PATIENCE):
    """Give what was asked for as soon as there is something, or what there is in the end."""
    until = time.monotonic() + seconds
    while not (found := asked()) and time.monotonic() < until:
        time.sleep(0.5)
    return found


def ruled(reading, years):
    """Give the classes of retention in which the one of lots says years, counted from their expiry, and no other one does."""
    classes = {name: {key: said for key, said in one.items() if key != "years"} for name, one in reading.retention.items()}
    if years:
        kept_as = reading.types["lot"]["retention"]
        classes[kept_as] |= {"starts": "expires_on", "years": years}
    return {"retention.yaml": json.dumps(classes)}


def lot(site, name, expires):
    """Enter a lot; the system says that it is expired when its day is behind. Gives its number."""
    number = site.make("lot", "qa_ops", lot_number=name, expires_on=expires).number
    if expires == LONG_AGO:
        site.until(number, "expired", "qa_ops", PATIENCE)
    return number


def proposed(site, *numbers, who="qa_ops"):
    """Propose the disposal of records, and wait for the list of the system. Gives its number."""
    person = site.person(who) if isinstance(who, str) else who
    number = person.create("disposal", title="What ended", records=list(numbers), **PROPOSAL).number
    awaited(lambda: person.fields(number).get("count"))
    return number


def held(site, **fields):
    """Let a legal hold be placed. Gives its number."""
    number = site.person("author").create("legal_hold", matter="Questions of the authority", **HOLD, **fields).number
    site.person("qa_approver").sign(number, "place")
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-RET-040",
    title="Disposal is off until a rule says years, each page says until when its record is kept, and nothing goes too early",
    negative=True,
    requirements=("URS-RET-008", "URS-RET-012", "URS-RET-015"),
)
def test_nothing_too_early(steps, own, reading):
    """Two homes of the script's own: one without any years, and one in which lots are kept for 50 years."""
    made = {}

    def submitted(number):
        answer = own.site.person("qa_ops").sign(number, "submit")
        return f"{answer.signed}; {own.site.person('qa_ops').state(number)}"

    @steps("Make a home in which no class says years, and serve it", expected="made; served")
    def _():
        return f"{own.made(ruled(reading, 0))}; {own.serve()}"

    @steps("Enter a lot that expired long ago", expected="expired; the page says that no rule ends it: yes")
    def _():
        made["lot"] = lot(own.site, "L-OLD", LONG_AGO)
        page = own.site.person("qa_ops").get(f"/r/{made['lot']}").words
        return (
            f"{own.site.person('qa_ops').state(made['lot'])}; the page says that no rule ends it: {yes('No rule' in page)}"
        )

    @steps("Ask for the authorisation of its disposal", expected="refused: disposal_is_switched_on; draft")
    def _():
        return submitted(proposed(own.site, made["lot"]))

    @steps("Make another home, in which lots are kept for 50 years, and serve it", expected="made; served")
    def _():
        own.away()
        return f"{own.made(ruled(reading, 50))}; {own.serve()}"

    @steps(
        "Enter the lot again, and ask for its disposal",
        expected="the page says 2070-03-31: yes; refused: retention_is_over; draft",
    )
    def _():
        made["lot"] = lot(own.site, "L-OLD", LONG_AGO)
        page = own.site.person("qa_ops").get(f"/r/{made['lot']}").words
        return f"the page says 2070-03-31: {yes('2070-03-31' in page)}; {submitted(proposed(own.site, made['lot']))}"

    @steps("Ask for the disposal of a lot that goes on", expected="refused: records_have_ended; draft")
    def _():
        day = (own.site.now() + timedelta(days=90)).date().isoformat()
        return submitted(proposed(own.site, lot(own.site, "L-NEW", day)))

    @steps(
        "Ask for the disposal of a department, which no rule ends", expected="refused: yes; each_has_a_retention_rule: yes"
    )
    def _():
        answer = own.site.person("qa_ops").sign(proposed(own.site, own.site.department), "submit")
        said = own.site.person("qa_ops").api("GET", "/trail/refusals?limit=1").text + answer.text
        return f"refused: {yes(answer.signed != 'signed')}; each_has_a_retention_rule: {yes('each_has_a_retention_rule' in said or 'No rule says' in said)}"

    @steps("Ask for a disposal of nothing", expected="refused: list_is_as_it_stands; draft")
    def _():
        said = submitted(proposed(own.site))
        own.end()
        return said


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-RET-041",
    title="Two people dispose of what is due, never under a hold, and number, hashes, signatures and trail stay",
    negative=True,
    requirements=("URS-RET-013", "URS-RET-015", "URS-RET-016", "URS-RET-017"),
)
def test_two_people_dispose(steps, own, reading):
    """In a home of the script's own in which lots are kept for a year after their expiry."""
    made = {}

    def person(who):
        return own.site.person(who)

    def here(number):
        return sum(bool(one["content"]) for one in own.database.rows(VERSIONS, number))

    def authorised(who, number="disposal"):
        answer = (person(who) if isinstance(who, str) else who).sign(made[number], "authorise")
        return f"{answer.signed}; {person('qa_ops').state(made[number])}; versions with content: {here(made['lot'])}"

    @steps("Make the home and serve it; enter an expired lot", expected="made; served; expired; versions with content: 1")
    def _():
        said = f"{own.made(ruled(reading, 1))}; {own.serve()}"
        made["lot"] = lot(own.site, "L-GONE", LONG_AGO)
        made["versions"] = own.database.rows(VERSIONS, made["lot"])
        return f"{said}; {person('qa_ops').state(made['lot'])}; versions with content: {here(made['lot'])}"

    @steps("Propose its disposal and type another list", expected="refused: list_is_the_systems; the lot stands in it: yes")
    def _():
        made["disposal"] = proposed(own.site, made["lot"])
        answer = person("qa_ops").edit(made["disposal"], lines=[], count="0")
        lines = person("qa_ops").fields(made["disposal"])["lines"]
        said = "done" if answer.ok else f"refused: {answer.rule}"
        return f"{said}; the lot stands in it: {yes(made['lot'] in json.dumps(lines))}"

    @steps(
        "Place a legal hold on the lot, and ask for the authorisation", expected="refused: no_legal_hold_covers_them; draft"
    )
    def _():
        made["hold"] = held(own.site, records=[made["lot"]])
        return f"{person('qa_ops').sign(made['disposal'], 'submit').signed}; {person('qa_ops').state(made['disposal'])}"

    @steps("Lift it, and ask again", expected="signed; signed; to_authorise")
    def _():
        other = own.site.newcomer("qa_approver", name="Lifts Holds")
        lifted = other.sign(made["hold"], "lift", "The authority has closed the matter").signed
        asked = person("qa_ops").sign(made["disposal"], "submit").signed
        return f"{lifted}; {asked}; {person('qa_ops').state(made['disposal'])}"

    @steps("Let its proposer and an administrator authorise it", expected="signed: no, no; versions with content: 1")
    def _():
        said = [person(who).sign(made["disposal"], "authorise").signed == "signed" for who in ("qa_ops", "sysadmin")]
        return f"signed: {', '.join(map(yes, said))}; versions with content: {here(made['lot'])}"

    @steps("Let Quality authorise it", expected="signed; to_authorise; versions with content: 1")
    def _():
        return authorised("qa_approver")

    @steps(
        "Let the same person, and another one of Quality, authorise it", expected="signed: no, no; versions with content: 1"
    )
    def _():
        other = own.site.newcomer("qa_approver", name="Second of Quality")
        said = [authorised(who).startswith("signed") for who in ("qa_approver", other)]
        return f"signed: {', '.join(map(yes, said))}; versions with content: {here(made['lot'])}"

    @steps(
        "Place a hold on everything of its type between the signatures; let management authorise it",
        expected="refused: no_legal_hold_covers_them; to_authorise; versions with content: 1",
    )
    def _():
        made["hold"] = held(own.site, types="lot")
        return authorised("executive")

    @steps("Lift it; let management authorise it", expected="signed; signed; carried_out; versions with content: 0")
    def _():
        other = own.site.newcomer("qa_approver", name="Lifts Another")
        return f"{other.sign(made['hold'], 'lift', 'The matter is closed as well').signed}; {authorised('executive')}"

    @steps(
        "Look at what is left",
        given="SQL; the page",
        expected="hashes as before: yes; withheld: 1; its number: there; the page names the disposal: yes",
    )
    def _():
        now = own.database.rows(VERSIONS, made["lot"])
        same = [one["sha256"] for one in now] == [one["sha256"] for one in made["versions"]]
        left = own.database.rows(KEPT, made["lot"], made["lot"])[0]
        number = own.database.value("SELECT number FROM record WHERE number = ?", made["lot"])
        page = person("qa_ops").get(f"/r/{made['lot']}").words
        return (
            f"hashes as before: {yes(same)}; withheld: {left['withheld']}; its number: {'there' if number else 'gone'}; "
            f"the page names the disposal: {yes(made['disposal'] in page)}"
        )

    @steps("Verify everything", given="indelible verify", expected="exit 0")
    def _():
        own.end()
        return f"exit {own.run('verify').code}"


@pytest.mark.needs("legal_hold.asked.place", "legal_hold.in_force.lift", "document.draft.submit")
@pytest.mark.script(
    "OQ-RET-042",
    title="A hold covers something, keeps its content from being withheld, and is lifted by somebody else with a reason",
    negative=True,
    requirements=("URS-RET-013", "URS-RET-014"),
)
def test_a_hold(steps, site):
    """On the copy: who places a hold does not lift it, and what it covers is not withheld by two people either."""
    made, quality = {}, site.person("qa_approver")

    def done(answer):
        return f"{answer.signed}; {quality.state(made['hold'])}"

    @steps("Ask for a hold on types that there are not", expected="refused: hold_knows_its_types")
    def _():
        answer = site.person("author").create("legal_hold", matter="Questions", types="no_such_type", **HOLD)
        return "done" if answer.ok else f"refused: {answer.rule}"

    @steps("Ask for one on nothing, and place it", expected="refused: hold_says_what_it_covers; asked")
    def _():
        made["hold"] = site.person("author").create("legal_hold", matter="Questions", **HOLD).number
        return done(quality.sign(made["hold"], "place"))

    @steps("Name a document with an earlier version, and place it", expected="signed; in_force")
    def _():
        author = site.person("author")
        made["document"] = site.make("document", "author", "in_approval", text="## 1 Purpose\n\nFirst words.").number
        author.edit(made["document"], text="## 1 Purpose\n\nOther words.")
        author.edit(made["hold"], records=[made["document"]])
        return done(quality.sign(made["hold"], "place"))

    @steps("Withhold content of the document", expected="refused: no_legal_hold_covers_them")
    def _():
        return quality.sign(made["document"], "restrict", "It shall not be found").signed

    @steps(
        "Lift it as whoever asked for it, as management, and as whoever placed it", expected="signed: no, no, no; in_force"
    )
    def _():
        said = [
            site.person(who).sign(made["hold"], "lift", WHY).signed == "signed"
            for who in ("author", "executive", "qa_approver")
        ]
        return f"signed: {', '.join(map(yes, said))}; {quality.state(made['hold'])}"

    @steps("Lift it as somebody else of Quality, without a reason and with one", expected="signed: no; signed; lifted")
    def _():
        other = site.newcomer("qa_approver", name="Lifts This")
        first = other.sign(made["hold"], "lift").signed == "signed"
        return f"signed: {yes(first)}; {done(other.sign(made['hold'], 'lift', 'The matter is closed'))}"
