"""OQ of personnel files: seen by their person, the manager, trainers and Quality, and by nobody else."""

from __future__ import annotations

import pytest

SEEING = {"trainer", "qa_ops", "qa_approver"}  # whom the requirement names by role; person and manager are named by the item
BY_NAME = {"person", "its_author", "manager"}
WORD = "Zweigniederlassung"  # a word that stands nowhere else


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("personnel_item.draft.agree", "personnel_item:manager", "role:trainer", "role:qa_ops", "role:executive")
@pytest.mark.script(
    "OQ-PPL-002",
    title="A personnel file is visible to its person, the manager, trainers and Quality alone",
    negative=True,
    requirements=("URS-PPL-006",),
)
def test_a_personnel_file_is_confidential(steps, site, reading):
    """By number, page, copy, timeline, list, search: whoever is not named finds nothing, however high the role."""
    made = {}
    states = reading.states("personnel_item")
    shut_out = sorted(name for name in reading.roles if name not in SEEING | {"executive"})

    def finds(person):
        """Give in how many ways somebody meets the item."""
        number = made["number"]
        pages = [person.get(f"/r/{number}{part}").status == 200 for part in ("", "/pdf", "/timeline", "/compare")]
        calls = [person.read(number, part).status == 200 for part in ("", "history", "signatures")]
        listed = number in person.api("GET", "/records/personnel_item?limit=100").text
        searched = number in person.get("/search", q=WORD).text
        return sum([*pages, *calls, listed, searched])

    @steps("Read in the configuration who sees an item, in each of its states", expected="nobody beside those: yes")
    def _():
        seeing = {one for state in states.values() for one in state["seen_by"]}
        return f"nobody beside those: {yes(seeing <= SEEING | BY_NAME)}"

    @steps("Bring a job description to the own file, with a manager", expected="201; draft")
    def _():
        made["person"] = site.newcomer(name="Files Apart")
        fields = {"person": made["person"].user_id, "kind": "job_description", "title": f"Work at the {WORD}"}
        answer = made["person"].create("personnel_item", **fields, manager="q.executive", text="What the work is.")
        made["number"] = answer.number
        return f"{answer.said}; {made['person'].state(made['number'])}"

    for when in ("as a draft", "signed, in force"):
        if when != "as a draft":

            @steps("Sign it as its person and as the manager", expected="in_force")
            def _():
                site.walk(made["number"], "agree")
                return made["person"].state(made["number"])

        @steps("Read it as its person, the manager, a trainer and Quality", given=when, expected="read: 5 of 5")
        def _():
            people = [made["person"], *(site.person(one) for one in ("executive", *sorted(SEEING)))]
            return f"read: {sum(one.read(made['number']).status == 200 for one in people)} of 5"

        @steps(
            "Look for it as everybody else, by number, page, copy, timeline, list and search",
            given=f"{when}; {', '.join(shut_out)}",
            expected="found by: nobody",
        )
        def _():
            found = [name for name in shut_out if finds(site.person(name))]
            return f"found by: {', '.join(found) or 'nobody'}"

    @steps(
        "Change it as somebody who may not see it", given="system administrator, author", expected="404, 404; unchanged: yes"
    )
    def _():
        before = made["person"].fields(made["number"])
        answers = [site.person(one).edit(made["number"], title="Another title") for one in ("sysadmin", "author")]
        same = made["person"].fields(made["number"]) == before
        return f"{', '.join(str(one.status) for one in answers)}; unchanged: {yes(same)}"
