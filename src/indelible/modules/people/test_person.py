"""PQ of people: somebody comes, works, and leaves; the work is handed over, and nothing of what was signed is lost."""

from __future__ import annotations

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("person.active.deactivate", "grant.requested.approve", "deviation")
@pytest.mark.script(
    "PQ-PPL-001",
    title="A person comes, is given a role, and leaves",
    negative=True,
    requirements=("URS-PPL-001", "URS-PPL-004", "URS-PPL-005", "URS-IDN-012", "URS-IDN-014", "URS-SIG-013", "URS-REC-015"),
)
def test_a_leaver(steps, site, reading):
    """Invited with a check of identity, a role that sleeps until the file is complete, and an end in one act."""
    made = {}
    role = next(
        (name for name, one in reading.roles.items() if one.get("file") and not one.get("scoped") and name == "qa_ops"),
        "author",
    )
    asks = bool(reading.roles[role].get("file"))

    @steps("Somebody comes, and asks for nothing yet", given="invited, enrolled, statement accepted", expected="200")
    def _():
        made["person"] = site.newcomer(name="Comes And Goes")
        made["number"] = site.hiring.number_of(made["person"].user_id)
        return str(made["person"].get("/").status)

    @steps("A role is granted before the personnel file is complete", given=role, expected="asleep" if asks else "active")
    def _():
        made["grant"] = (
            site.person("qa_approver.2")
            .create("grant", person=made["person"].user_id, role=role, why="Needed for the work")
            .number
        )
        site.walk(made["grant"], "approve")
        return site.until(made["grant"], "asleep" if asks else "active", "sysadmin", 15)

    @steps("The person does what the role allows", expected="triage: no" if asks else "triage: yes")
    def _():
        made["dev"] = site.make("deviation", "reader", title="Judged by a newcomer").number
        return (
            f"triage: {yes('edit' in made['person'].allowed(made['dev']) or made['person'].read(made['dev']).status == 200)}"
        )

    @steps("The file is completed with both signatures, and the role wakes", expected="active")
    def _():
        site.hiring.complete(made["person"], reading.roles[role].get("file", []))
        return site.until(made["grant"], "active", "sysadmin", 30)

    @steps(
        "The person works and leaves",
        given="disabled by the administrator, with a reason",
        expected="sees the record: yes; disabled",
    )
    def _():
        seen = made["person"].read(made["dev"]).status == 200
        administrator = site.person("sysadmin")
        head = administrator.read(made["number"]).json
        administrator.post(
            f"/accounts/{made['number']}/deactivate", {"seen": str(head["position"]), "reason": "Left the company today"}
        )
        site.hiring.gone.add(made["person"].user_id)
        return f"sees the record: {yes(seen)}; {administrator.state(made['number'])}"

    @steps("The person comes back with the old password", expected="let in: no; the grant: ended")
    def _():
        answer = site.nobody(site.elsewhere()).sign_in(made["person"].user_id, made["person"].password)
        return f"let in: {yes(answer.status == 302)}; the grant: {site.until(made['grant'], 'ended', 'sysadmin', 10)}"

    @steps("Read the person's record and signed items", expected="there; signatures that count: yes")
    def _():
        quality = site.person("qa_approver")
        items = [
            one["number"]
            for one in quality.api("GET", "/records/personnel_item?limit=100").json["records"]
            if (one["fields"].get("person") or {}).get("name") == "Comes And Goes"
        ]
        counting = [one["counts"] for number in items for one in quality.signatures(number).json["signatures"]]
        return f"{'there' if quality.read(made['number']).status == 200 else 'gone'}; signatures that count: {yes(not items or any(counting))}"
