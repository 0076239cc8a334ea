"""OQ of roles that sleep: while the personnel file lacks what a role asks for, the role gives no right."""

from __future__ import annotations

import pytest

ROLE = "doc_control"
ITEMS = ("job_description", "cv")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(
    "grant.active.sleep",
    "grant.asleep.wake",
    "personnel_item.in_force.void",
    "role:doc_control",
    "document.approved.take_effect",
)
@pytest.mark.script(
    "OQ-PPL-008",
    title="A role gives no right while the personnel file lacks what it asks for",
    negative=True,
    requirements=("URS-PPL-004",),
)
def test_a_sleeping_role(steps, site, reading, database):
    """Without a file, and with a part of it, the role does nothing; whole, it wakes; when an item ends, it sleeps in the same act."""
    made = {}
    asked = reading.roles[ROLE].get("file") or []

    def tries():
        """Let the person do what only the role allows: put an approved document into force."""
        answer = made["person"].act(made["document"], "take_effect")
        state = site.person("author").state(made["document"])
        held = database.value(
            "SELECT count(*) AS n FROM access_grant g JOIN record r ON r.id = g.record_id WHERE r.number = ? AND g.until_at IS NULL",
            made["grant"],
        )  # fmt: skip
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {state}; rights: {held}"

    def item(kind):
        """Bring and sign one item of the file."""
        site.hiring.complete(made["person"], [kind])

    @steps("Read what the role asks of the personnel file", given=ROLE, expected="job_description, cv")
    def _():
        return ", ".join(one for one in ITEMS if one in asked)

    @steps("Grant it to somebody without a file", expected="asleep")
    def _():
        from datetime import timedelta

        day = (site.now() + timedelta(days=40)).date().isoformat()
        made["document"] = site.make("document", "author", "in_approval", effective_on=day).number
        for move in ("submit", "agree", "approve"):
            site.walk(made["document"], move)
        made["person"] = site.newcomer(name="Sleeps And Wakes")
        fields = {"person": made["person"].user_id, "role": ROLE, "why": "Needed for the work of this script"}
        made["grant"] = site.person("qa_approver.2").create("grant", **fields).number
        site.walk(made["grant"], "approve")
        return site.until(made["grant"], "asleep", "sysadmin", 120)

    refused = "refused: role_is_awake; approved; rights: 0"

    @steps("Put a document into force with it", expected=refused)
    def _():
        return tries()

    @steps("Bring a part of the file, and try again", given=ITEMS[1], expected=f"asleep; {refused}")
    def _():
        item(ITEMS[1])
        return f"{site.person('sysadmin').state(made['grant'])}; {tries()}"

    @steps("Wake it by hand", expected="done: no; asleep")
    def _():
        answer = made["person"].act(made["grant"], "wake")
        return f"done: {yes(answer.ok)}; {site.person('sysadmin').state(made['grant'])}"

    @steps("Bring the rest", given=ITEMS[0], expected="active; rights: 1")
    def _():
        item(ITEMS[0])
        state = site.until(made["grant"], "active", "sysadmin", 120)
        held = database.value(
            "SELECT count(*) AS n FROM access_grant g JOIN record r ON r.id = g.record_id WHERE r.number = ? AND g.until_at IS NULL",
            made["grant"],
        )  # fmt: skip
        return f"{state}; rights: {held}"

    @steps("Void the job description, and try again", expected=f"ended: yes; {refused}; asleep")
    def _():
        listed = made["person"].api("GET", "/records/personnel_item?limit=100").json["records"]
        number = next(one["number"] for one in listed if one["fields"]["kind"] == ITEMS[0] and one["state"] == "in_force")
        ended = site.walk(number, "void")
        state = reading.states("personnel_item").get(ended, {}).get("look")
        said = tries()
        return f"ended: {yes(state == 'void')}; {said}; {site.person('sysadmin').state(made['grant'])}"
