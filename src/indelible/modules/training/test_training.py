"""PQ of training: a procedure that must be read waits for its readers, and who has read it signed so for themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

NEEDS = ("document.in_approval.approve", "curriculum", "training.assigned.acknowledge")


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "PQ-TRN-001",
    title="A revision is trained before it takes effect",
    negative=True,
    requirements=("URS-TRN-001", "URS-TRN-002", "URS-DOC-004", "URS-NTF-001", "URS-TRN-009"),
)
def test_training_before_effect(steps, site, database):
    """A curriculum names a procedure; its next revision is assigned at approval, waits for the reader, and takes effect afterwards."""
    made = {}

    def mine(state=""):
        found = (
            site.person("trainer")
            .api("GET", "/records/training?limit=100" + (f"&state={state}" if state else ""))
            .json["records"]
        )
        heads = [site.person("trainer").read(one["number"]).json for one in found]
        return [
            one
            for one in heads
            if made["second"] in str(one["fields"].get("document")) and one["fields"]["trainee"]["person"] == made["id"]
        ]

    @steps("A newcomer is named by a curriculum on a procedure in force", expected="in_force or effective: yes")
    def _():
        made["person"] = site.newcomer(name="Reads Procedures")
        made["id"] = made["person"].api("GET", "/me").json["person"]
        made["first"] = site.effective(title="Trained before effect")
        fields = site.filling.values(
            "curriculum",
            owner="q.author",
            department=site.department,
            documents=[made["first"].partition(".")[0]],
            people=[made["person"].user_id],
        )
        number = site.person("author").create("curriculum", **fields).number
        site.walk(number, "submit")
        site.walk(number, "approve")
        made["curriculum"] = number
        return f"in_force or effective: {yes(site.person('qa_approver').read(number).json['standing'] == 'in_force')}"

    @steps("The next revision, which has to be read, is approved for a day in two weeks", expected="approved")
    def _():
        day = (site.now() + timedelta(days=14)).date().isoformat()
        answer = site.person("author").act(
            made["first"],
            "revise",
            fields={
                "reason_for_revision": "Samples arrive on other days",
                "summary_of_changes": "Section 1 names the days",
                "revision_class": "full",
                "effective_on": day,
                "training": "read",
            },
        )
        made["second"] = answer.number
        for move in ("submit", "agree", "approve"):
            state = site.walk(made["second"], move)
        return state

    @steps("The training is assigned to the newcomer", given="by the system, a moment later", expected="1 assigned")
    def _():
        import time

        for _ in range(40):
            if found := mine():
                break
            time.sleep(0.5)
        made["training"] = found[0]["number"] if found else ""
        return f"{len(found)} {found[0]['state'] if found else 'none'}"

    @steps("It stands in the newcomer's work and in nobody else's", expected="in the own: yes; in the reader's: no")
    def _():
        own, other = made["person"].get("/").text, site.person("reader").get("/").text
        return f"in the own: {yes(made['training'] in own)}; in the reader's: {yes(made['training'] in other)}"

    @steps("Somebody puts the revision into force before it was read", given="document control", expected="done: no")
    def _():
        return f"done: {yes(site.person('doc_control').act(made['second'], 'take_effect').ok)}"

    @steps("The newcomer signs without having opened it", expected="signed: no")
    def _():
        return f"signed: {yes(made['person'].sign(made['training'], 'acknowledge').signed == 'signed')}"

    @steps("Somebody else signs for the newcomer", given="the trainer", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('trainer').sign(made['training'], 'acknowledge').signed == 'signed')}"

    @steps("The newcomer opens it, and signs", expected="signed, done")
    def _():
        made["person"].get(f"/r/{made['second']}")
        signed = made["person"].sign(made["training"], "acknowledge").signed
        return f"{signed}, {site.person('trainer').state(made['training'])}"

    @steps("It is put into force", given="document control, or its day", expected="effective, the first one superseded")
    def _():
        site.person("doc_control").act(made["second"], "take_effect")
        state = site.until(made["second"], "effective")
        return f"{state}, the first one {site.person('author').state(made['first'])}"
