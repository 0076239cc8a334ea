"""OQ of periodic review: figures by the system, a conclusion on each topic, three people, and what is not fit is suspended."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

PATIENCE = 60  # seconds for what the system does by itself
COMMENT = "Looked at with those who use it"
REVIEW = ("periodic_review.collecting.submit", "periodic_review.in_approval.approve", "periodic_review:topics")
SIGNED = """SELECT s.meaning, s.printed_name FROM signature s JOIN record r ON r.id = s.record_id
    WHERE r.number = ? ORDER BY s.position"""
WRITTEN = """SELECT e.person_id, e.payload FROM event e JOIN record r ON r.id = e.record_id WHERE r.number = ? ORDER BY e.position"""


def yes(it):
    return "yes" if it else "no"


def a_system(site):
    """Propose a system; the first entry stands for this installation, so it is never taken."""
    values = site.filling.values("gxp_system", name="System of a review", owner="q.system_owner")
    number = site.person("validation").create("gxp_system", **values).number
    return a_system(site) if number == "SYS-001" else number


def opened(site, of):
    """Open a review by hand and wait for its figures; gives its number."""
    author = site.person("validation")
    number = author.create(
        "periodic_review",
        title="Review of a script",
        system=[of],
        owner="q.system_owner",
        cause="other",
        due_on=(site.now() + timedelta(days=30)).date().isoformat(),
    ).number
    end = time.monotonic() + PATIENCE
    while not author.fields(number)["topics"] and time.monotonic() < end:
        time.sleep(0.3)
    return number


def concluded(person, number, **more):
    """Conclude each topic and the whole."""
    rows = [{**row, "conclusion": "fine", "comment": COMMENT} for row in person.fields(number)["topics"]]
    given = {"topics": rows, "conclusion": "remains fit", "conclusion_because": "Nothing speaks against it"}
    person.edit(number, **given | {"missing_because": "Each is begun with an owner"} | more)


@pytest.mark.needs(*REVIEW)
@pytest.mark.script(
    "OQ-PRV-001",
    title="Figures of a review are the system's, and it goes on only when each topic is concluded",
    negative=True,
    requirements=("URS-PRV-002",),
)
def test_figures(steps, site, database):
    """A figure that is changed, a topic that is left out, what is missing without a word: each is refused by its rule."""
    made, author = {}, site.person("validation")

    @steps("Open a review of a system, and wait", expected="topics with figures: yes; missing is listed: yes")
    def _():
        made["of"] = a_system(site)
        made["number"] = opened(site, made["of"])
        found = author.fields(made["number"])
        whole = found["topics"] and all(row["topic"] and row["found"] for row in found["topics"])
        return f"topics with figures: {yes(whole)}; missing is listed: {yes(found['missing'])}"

    @steps("Read who wrote the figures", given="SQL", expected="without a person: yes")
    def _():
        rows = [one for one in database.rows(WRITTEN, made["number"]) if '"act":"periodic_review.edit"' in one["payload"]]
        return f"without a person: {yes(rows and all(one['person_id'] is None for one in rows))}"

    @steps(
        "Change a figure, leave a topic out, empty what is missing",
        expected="collected_lines_stay, collected_lines_stay, collected_lines_stay; as it was: yes",
    )
    def _():
        before = author.fields(made["number"])
        rows = before["topics"]
        answers = [
            author.edit(made["number"], topics=[{**rows[0], "found": "Nothing happened"}, *rows[1:]]),
            author.edit(made["number"], topics=rows[1:]),
            author.edit(made["number"], missing=""),
        ]
        after = author.fields(made["number"])
        same = all(before[name] == after[name] for name in ("topics", "missing"))
        return f"{', '.join(one.rule for one in answers)}; as it was: {yes(same)}"

    @steps("Send it with a topic that nobody concluded", expected="refused: every_topic_concluded; collecting")
    def _():
        concluded(author, made["number"])
        rows = author.fields(made["number"])["topics"]
        author.edit(made["number"], topics=[{**rows[0], "conclusion": None}, *rows[1:]])
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"

    @steps("Say that an action is needed, and begin none", expected="refused: every_topic_concluded; collecting")
    def _():
        rows = author.fields(made["number"])["topics"]
        author.edit(made["number"], topics=[{**rows[0], "conclusion": "action needed", "comment": COMMENT}, *rows[1:]])
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"

    @steps("Leave what is missing without an answer", expected="refused: missing_is_answered; collecting")
    def _():
        concluded(author, made["number"], missing_because="")
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"

    @steps("Answer it and send it", expected="signed; in_approval")
    def _():
        concluded(author, made["number"])
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"


@pytest.mark.needs(*REVIEW)
@pytest.mark.script(
    "OQ-PRV-002",
    title="A review is closed by three people, and a system that is not fit is suspended first",
    negative=True,
    requirements=("URS-PRV-003",),
)
def test_closing(steps, site, database):
    """Who wrote it does not approve it for a function, and nothing closes while an unfit system is not suspended."""
    made, quality = {}, site.person("qa_approver")

    @steps("Let somebody with both roles write and send a review", expected="in_approval")
    def _():
        made["both"] = site.newcomer("validation", "system_owner")
        made["number"] = opened(site, a_system(site))
        concluded(made["both"], made["number"])
        made["both"].sign(made["number"], "submit")
        return quality.state(made["number"])

    @steps("Let the same person approve it as system owner", expected="refused: three_people_review; in_approval")
    def _():
        answer = made["both"].sign(made["number"], "approve")
        return f"{answer.signed}; {quality.state(made['number'])}"

    @steps("Let system owner and Quality approve it", expected="in_approval; closed")
    def _():
        site.person("system_owner").sign(made["number"], "approve")
        between = quality.state(made["number"])
        quality.sign(made["number"], "approve")
        return f"{between}; {quality.state(made['number'])}"

    @steps("Read who signed", given="SQL", expected="authored, approved, quality_approved; people: 3")
    def _():
        rows = database.rows(SIGNED, made["number"])
        return f"{', '.join(one['meaning'] for one in rows)}; people: {len({one['printed_name'] for one in rows})}"

    @steps(
        "Find a system not fit, and close the review",
        given="a system that nobody suspended",
        expected="refused: unfit_is_suspended; in_approval",
    )
    def _():
        author = site.person("validation")
        made["second"] = opened(site, a_system(site))
        concluded(author, made["second"], conclusion="not fit", conclusion_because="Values were lost twice")
        author.sign(made["second"], "submit")
        answer = quality.sign(made["second"], "approve")
        return f"{answer.signed}; {quality.state(made['second'])}"
