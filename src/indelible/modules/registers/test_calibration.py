"""OQ of registers: calibration moves the day of its equipment when another person accepted it, and what is overdue is not in use."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

NEEDS = (
    "equipment.out_of_use.have_calibrated",
    "equipment.not_calibrated.calibrate",
    "calibration.draft.submit",
    "calibration.to_accept.accept",
    "calibration:as_found",
)
PATIENCE = 120  # seconds for what the system computes by itself


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def in_use(site, due, **given):
    """Let Quality put equipment into use, calibrated yesterday by its owner's word and due on a day; gives its number."""
    owner = site.person("author")
    values = {"name": "Balance", "owner": "q.author", "calibrated": True, "interval_months": "12", **given}
    number = site.make("equipment", "qa_ops", **values).number
    site.walk(number, "have_calibrated")
    owner.edit(
        number, calibrated_on=day(site, -400), calibration_due=due, certificate=[site.filling.file(b"First certificate.\n")]
    )
    owner.act(number, "calibrate")
    return number


def drafted(site, equipment, **given):
    """Let the author write a calibration that lacks nothing, and wait until its next day is computed; gives its number."""
    fields = {
        "equipment": [equipment], "name": "Balance", "performed_on": day(site, -2), "performed_by": "q.author.2",
        "certificate_number": "K-77", "certificate": [site.filling.file(b"Certificate K-77.\n")], "as_found": "passed",
        "as_left": "passed", "readings": "100.01 g of 100.00 g, limit 0.05 g", "interval_months": "12", **given,
    }  # fmt: skip
    number = site.person("author").create("calibration", **site.filling.values("calibration", **fields)).number
    computed(site, number)
    return number


def computed(site, number, other_than=""):
    """Give the next day of a calibration as soon as the system has written it."""
    until = time.monotonic() + PATIENCE
    while (found := site.person("author").fields(number).get("next_due")) in (None, other_than) and time.monotonic() < until:
        time.sleep(0.3)
    return str(found)


def due_day(site, equipment):
    return str(site.person("reader").fields(equipment).get("calibration_due"))


def submitted(site, equipment, **given):
    number = drafted(site, equipment, **given)
    site.person("author").sign(number, "submit")
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-REG-002",
    title="Only a calibration that another person accepted moves the day of its equipment",
    negative=True,
    requirements=("URS-REG-002",),
)
def test_the_day_is_earned(steps, site, database):
    """Typed, without a certificate, or accepted by whoever calibrated: the day stays. Accepted by somebody else: it moves."""
    made, author = {}, site.person("author")

    def unmoved():
        return f"unmoved: {yes(due_day(site, made['equipment']) == made['due'])}"

    @steps("Put equipment into use that is due in twenty days", expected="calibrated; unmoved: yes")
    def _():
        made["due"] = day(site, 20)
        made["equipment"] = in_use(site, made["due"])
        return f"{author.state(made['equipment'])}; {unmoved()}"

    @steps(
        "Type a later day",
        given="the owner, and quality operations",
        expected="2 times calibration_has_its_proof; unmoved: yes",
    )
    def _():
        later = day(site, 400)
        answers = [site.person(one).edit(made["equipment"], calibration_due=later) for one in ("author", "qa_ops")]
        return (
            f"{sum(one.rule == 'calibration_has_its_proof' for one in answers)} times calibration_has_its_proof; {unmoved()}"
        )

    @steps("Submit a calibration without its certificate", expected="refused: required_fields; draft; unmoved: yes")
    def _():
        number = drafted(site, made["equipment"], certificate=[])
        return f"{author.sign(number, 'submit').signed}; {author.state(number)}; {unmoved()}"

    @steps(
        "Submit one with its certificate, calibrated by somebody of quality operations",
        expected="signed; to_accept; unmoved: yes",
    )
    def _():
        made["number"] = drafted(site, made["equipment"], performed_by="q.qa_ops")
        answer = author.sign(made["number"], "submit")
        return f"{answer.signed}; {author.state(made['number'])}; {unmoved()}"

    @steps(
        "Accept it as whoever calibrated",
        expected="refused: calibration_is_accepted_by_another; to_accept; unmoved: yes",
    )
    def _():
        answer = site.person("qa_ops").sign(made["number"], "accept")
        return f"{answer.signed}; {author.state(made['number'])}; {unmoved()}"

    @steps("Accept it as whoever wrote it", expected="signed: no; to_accept; unmoved: yes")
    def _():
        answer = author.sign(made["number"], "accept")
        return f"signed: {yes(answer.signed == 'signed')}; {author.state(made['number'])}; {unmoved()}"

    @steps("Accept it as another person of quality operations", expected="signed; accepted; moved to the computed day: yes")
    def _():
        answer = site.person("qa_ops.2").sign(made["number"], "accept")
        wanted = author.fields(made["number"])["next_due"]
        moved = due_day(site, made["equipment"]) == wanted > made["due"]
        return f"{answer.signed}; {author.state(made['number'])}; moved to the computed day: {yes(moved)}"

    @steps("Read who accepted it", given="SQL", expected="performed by Author One, verified by Qa ops Two")
    def _():
        rows = database.rows(
            "SELECT s.meaning, s.printed_name FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? "
            "ORDER BY s.position", made["number"],
        )  # fmt: skip
        return ", ".join(f"{row['meaning']} by {row['printed_name']}" for row in rows)


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-REG-003",
    title="The next day of calibration is computed, and an older calibration gives none",
    negative=True,
    requirements=("URS-REG-003",),
)
def test_the_next_day_follows(steps, site):
    """The last day of a short month is met; a typed day does not stay; another interval, an older and an outdated one are refused."""
    made, author, accepter = {}, site.person("author"), site.person("qa_ops")

    @steps(
        "Write a calibration of the last day of January 2024, with an interval of one month", given="a leap year",
        expected="2024-02-29",
    )  # fmt: skip
    def _():
        number = site.make("equipment", "qa_ops", owner="q.author", calibrated=True, interval_months="1").number
        made["outdated"] = drafted(site, number, performed_on="2024-01-31", interval_months="1")
        return computed(site, made["outdated"])

    @steps("Type a day that is more convenient", given="2099-01-01", expected="2024-02-29 stands again; draft")
    def _():
        author.edit(made["outdated"], next_due="2099-01-01")
        return f"{computed(site, made['outdated'], '2099-01-01')} stands again; {author.state(made['outdated'])}"

    @steps(
        "Submit it and have it accepted, years after its next day",
        expected="signed; refused: calibration_still_holds; to_accept",
    )
    def _():
        mine = author.sign(made["outdated"], "submit").signed
        return f"{mine}; {accepter.sign(made['outdated'], 'accept').signed}; {author.state(made['outdated'])}"

    @steps(
        "Submit one with a longer interval than the register says",
        given="24 in place of 12 months",
        expected="refused: interval_is_of_its_equipment; draft",
    )
    def _():
        made["equipment"] = in_use(site, day(site, 20))
        number = drafted(site, made["equipment"], interval_months="24")
        return f"{author.sign(number, 'submit').signed}; {author.state(number)}"

    @steps(
        "Submit two of different days, and have the later one accepted", expected="signed; accepted; due after a year: yes"
    )
    def _():
        made["older"] = submitted(site, made["equipment"], performed_on=day(site, -40))
        newer = submitted(site, made["equipment"], performed_on=day(site, -3))
        answer = accepter.sign(newer, "accept")
        made["due"] = due_day(site, made["equipment"])
        year = (site.now() + timedelta(days=365 - 5)).date().isoformat() < made["due"]
        return f"{answer.signed}; {author.state(newer)}; due after a year: {yes(year)}"

    @steps(
        "Have the older one accepted after it",
        expected="refused: no_later_calibration_is_accepted; to_accept; day moved: no",
    )
    def _():
        answer = accepter.sign(made["older"], "accept")
        moved = due_day(site, made["equipment"]) != made["due"]
        return f"{answer.signed}; {author.state(made['older'])}; day moved: {yes(moved)}"


@pytest.mark.needs(*NEEDS, "deviation.draft.submit", "deviation:affected_records")
@pytest.mark.script(
    "OQ-REG-004",
    title="What was out of its limits as found is accepted only with a deviation that was submitted",
    negative=True,
    requirements=("URS-REG-004",),
)
def test_out_of_limits_as_found(steps, site):
    """No deviation, a draft of one, or one about another calibration: the acceptance is refused each time."""
    made, accepter = {}, site.person("qa_ops")

    def accepted():
        answer = accepter.sign(made["number"], "accept")
        moved = due_day(site, made["equipment"]) != made["due"]
        return f"{answer.signed}; {accepter.state(made['number'])}; day moved: {yes(moved)}"

    def deviation(about):
        values = site.filling.values("deviation", "triage", reporter="q.reader", affected_records=[about])
        return site.person("reader").create("deviation", **values).number

    @steps("Submit a calibration that was out of its limits as found", given="within them as left", expected="to_accept")
    def _():
        made["due"] = day(site, 20)
        made["equipment"] = in_use(site, made["due"])
        made["number"] = submitted(site, made["equipment"], as_found="failed", readings="100.31 g of 100.00 g, limit 0.05 g")
        return accepter.state(made["number"])

    refused = "refused: failed_as_found_has_its_deviation; to_accept; day moved: no"

    @steps("Accept it", expected=refused)
    def _():
        return accepted()

    @steps("Begin a deviation from it, do not submit it, and accept", expected=f"draft; {refused}")
    def _():
        made["deviation"] = deviation(made["number"])
        return f"{site.person('reader').state(made['deviation'])}; {accepted()}"

    @steps("Submit a deviation from another calibration, and accept", expected=f"in work: yes; {refused}")
    def _():
        other = submitted(site, made["equipment"], as_found="failed")
        number = deviation(other)
        state = site.walk(number, "submit", first=("reader",))
        return f"in work: {yes(state == site.reading.moves('deviation', 'draft')['submit']['to'])}; {accepted()}"

    @steps("Submit the deviation from this one, and accept", expected="in work: yes; signed; accepted; day moved: yes")
    def _():
        state = site.walk(made["deviation"], "submit", first=("reader",))
        return f"in work: {yes(state == site.reading.moves('deviation', 'draft')['submit']['to'])}; {accepted()}"


@pytest.mark.needs(*NEEDS, "equipment.calibrated.fall_overdue")
@pytest.mark.script(
    "OQ-REG-005",
    title="Equipment whose calibration is overdue is shown as not calibrated",
    negative=True,
    requirements=("URS-REG-005",),
)
def test_overdue_equipment(steps, site, reading):
    """By itself on its day, for every reader; neither its owner nor a calibration that nobody accepted brings it back."""
    made, author = {}, site.person("author")
    label = reading.states("equipment")["not_calibrated"]["label"]

    def shown():
        page = site.person("reader").get(f"/r/{made['number']}").words
        return (
            f"{site.person('reader').state(made['number'])}; the page says so: {yes(f'State at printing: {label}' in page)}"
        )

    @steps("Put equipment into use that is due in two days", expected="calibrated; the page says so: no")
    def _():
        made["number"] = in_use(site, day(site, 2))
        return shown()

    @steps("Let its day pass", given="4 days on the copy's clock", expected="not_calibrated; the page says so: yes")
    def _():
        site.advance("4d")
        site.until(made["number"], "not_calibrated", "reader", 120)
        return shown()

    @steps(
        "Say as its owner that it is calibrated",
        expected="refused: calibration_is_ahead; not_calibrated; the page says so: yes",
    )
    def _():
        answer = author.act(made["number"], "calibrate")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {shown()}"

    @steps("Submit a calibration of it", expected="signed; not_calibrated; the page says so: yes")
    def _():
        made["calibration"] = drafted(site, made["number"])
        return f"{author.sign(made['calibration'], 'submit').signed}; {shown()}"

    @steps("Have it accepted", expected="signed; calibrated; the page says so: no")
    def _():
        answer = site.person("qa_ops").sign(made["calibration"], "accept")
        site.until(made["number"], "calibrated", "reader", 120)
        return f"{answer.signed}; {shown()}"
