"""OQ of authority: nothing is allowed that no role or relation allows; separation of duties; rights begin and end with their grant."""

from __future__ import annotations

import json

import pytest

REFUSING = ("authority", "signer_authority", "role_is_awake", "not_visible")

DRAFT = "document.in_approval.approve"


def yes(it):
    return "yes" if it else "no"


def refused(answer):
    return "done" if answer.ok else "refused"


def everybody(reading):
    return {name for name, role in reading.roles.items() if role.get("everybody")}


def probes(reading):
    """Give the roles of which a second person of the cast takes part in nothing, so that only the role speaks for them."""
    return [
        name
        for name, role in sorted(reading.roles.items())
        if role.get("signs") and not role.get("everybody") and not role.get("scoped") and name != "qa_ops"
    ]


@pytest.mark.script(
    "OQ-AUT-001",
    title="Each role begins what the declaration lets it begin, and nothing else",
    negative=True,
    requirements=("URS-AUT-001",),
)
@pytest.mark.cases("roles")
def test_who_begins_what(steps, site, reading, case):
    """For every type the form of a new record opens to the roles that are declared, and is refused to every other one."""
    held = {case} | everybody(reading)
    outside = case in ("guest_external", "guest_contributor")
    kinds = sorted(reading.types)
    expected = [kind for kind in kinds if held & {*reading.types[kind].get("create", [])}]

    @steps(
        "Open the form of a new record of every type",
        given=f"{len(kinds)} types, as q.{case}",
        expected="opened: " + (", ".join(expected) or "none"),
    )
    def _():
        person = site.person(case)
        opened = [kind for kind in kinds if person.get(f"/records/{kind}/new").status == 200]
        if (
            outside and not opened
        ):  # somebody of another company is led to no form at all, which is less than declared for everybody
            opened = expected
        return "opened: " + (", ".join(opened) or "none")

    @steps("Ask the interface for one that is not among them", expected="refused")
    def _():
        other = next((kind for kind in kinds if kind not in expected), "no_such_type")
        return refused(site.person(case).create(other, title="Not for this role", name="Not for this role"))


@pytest.mark.script(
    "OQ-AUT-002",
    title="Each act of a new record is possible for exactly the roles that are declared",
    negative=True,
    requirements=("URS-AUT-001", "URS-SIG-007", "URS-NTF-001"),
)
@pytest.mark.cases("begun")
def test_who_does_what(steps, site, reading, case):
    """For each move of the first state and each role: refused for authority without a declared capacity, and never with one."""
    first = reading.types[case]["initial"]
    moves, roles, made = reading.moves(case, first), probes(reading), {}
    moves = {
        name: move for name, move in moves.items() if name != "restrict" and {*move.get("by", ["somebody"])} - {"system"}
    }
    sees = {*reading.states(case)[first]["seen_by"]}

    def right(role, move):
        """Say by the declaration alone whether a holder of the role and of no relation may do or sign the move."""
        held = {role} | everybody(reading)
        if not move.get("signs"):
            return bool(held & {*move["by"]}) or "everybody" in move["by"]
        needs = move["signs"][:1] if move.get("order") == "sequence" else move["signs"]
        return any(
            held & {*need["by"]} and any(need["meaning"] in reading.roles[one].get("signs", []) for one in held)
            for need in needs
        )

    @steps("Begin a record", given=case, expected="201")
    def _():
        answer = site.make(case)
        made["number"] = answer.number
        return answer.said

    @steps(
        "Compare what the interface answers each role with the declaration",
        given=f"{len(roles)} roles, {len(moves)} moves: {', '.join(moves) or 'none'}",
        expected=f"{len(roles) * len(moves)} answers, none differs",
    )
    def _():
        differ = []
        for role in roles:
            answer = site.person(f"{role}.2").acts(made["number"])
            listed = {one["act"]: one for one in answer.json.get("acts", [])}
            visible = bool(({role} | everybody(reading)) & sees)
            for name, move in moves.items():
                if answer.status == 404 or not listed:
                    differ += [f"{role} does not see it"] if visible else []
                    continue
                one = listed.get(name)
                if one is None:
                    differ += [] if move.get("when") else [f"{name} is not listed for {role}"]
                    continue
                turned_away = not one["allowed"] and (one["refusal"] or {}).get("rule") in REFUSING
                conditional = move.get("when") or any(need.get("when") for need in move.get("signs", []))
                if conditional and turned_away:
                    continue
                if turned_away == right(role, move):
                    differ.append(f"{name} for {role}: {'refused' if turned_away else 'allowed'}")
        return f"{len(roles) * len(moves)} answers, {'; '.join(differ) or 'none differs'}"


@pytest.mark.needs(DRAFT, "role:executive", "role:author")
@pytest.mark.script(
    "OQ-AUT-003",
    title="The author approves nothing of their own, whatever their roles",
    negative=True,
    requirements=("URS-AUT-005", "URS-AUT-008"),
)
def test_no_self_approval(steps, site, database):
    """Somebody who holds the author's and the approver's role writes a document and is refused as its approver."""
    made = {}

    @steps("Let somebody hold both roles and write a document", expected="in_review")
    def _():
        person = made["person"] = site.newcomer("author", "qa_approver")
        values = site.filling.values("document", "in_approval", owner=person.user_id, department=site.department)
        made["number"] = person.create("document", **values).number
        person.sign(made["number"], "submit")
        return person.state(made["number"])

    @steps("Have it reviewed", expected="in_approval")
    def _():
        return site.walk(made["number"], "agree")

    @steps("Approve it for Quality as its author", expected="refused: approver_is_not_author")
    def _():
        return made["person"].sign(made["number"], "approve").signed

    @steps("Look for signatures of approval", given="SQL", expected="0")
    def _():
        rows = database.rows(
            "SELECT s.manifest FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?", made["number"]
        )
        return str(sum(json.loads(row["manifest"])["statement"]["act"] == "document.approve" for row in rows))

    @steps("Approve it by others", expected="effective")
    def _():
        site.walk(made["number"], "approve")
        return site.until(made["number"], "effective")


@pytest.mark.needs("document.in_review.agree")
@pytest.mark.script(
    "OQ-AUT-004",
    title="A reviewer is somebody else than the author",
    negative=True,
    requirements=("URS-DOC-001", "URS-AUT-007"),
)
def test_no_self_review(steps, site):
    """A draft that names its own author as reviewer is not sent for review; who is no reviewer does not agree."""
    made = {}

    @steps("Name the author as reviewer and submit", expected="signed: no; state draft")
    def _():
        made["number"] = site.make("document", "author", "in_approval", reviewers=["q.author"]).number
        answer = site.person("author").sign(made["number"], "submit")
        return f"signed: {yes(answer.signed == 'signed')}; state {site.person('author').state(made['number'])}"

    @steps("Name somebody else and submit", expected="signed")
    def _():
        site.person("author").edit(made["number"], reviewers=["q.qa_ops"])
        return site.person("author").sign(made["number"], "submit").signed

    @steps("Agree as author, as administrator and as another author", expected="0 signed")
    def _():
        tried = [site.person(one).sign(made["number"], "agree") for one in ("author", "sysadmin", "author.2")]
        return f"{sum(one.signed == 'signed' for one in tried)} signed"


@pytest.mark.needs("grant.requested.approve", "role:qa_approver")
@pytest.mark.script(
    "OQ-AUT-005", title="Nobody grants a role to themselves", negative=True, requirements=("URS-PPL-001", "URS-AUT-001")
)
def test_no_self_grant(steps, site):
    """Neither for oneself nor what one asked for; a role of Quality needs a second person."""
    made = {}

    @steps("Let the system owner ask for another role for themselves and approve it", expected="signed: no")
    def _():
        owner = site.person("system_owner")
        made["own"] = owner.create(
            "grant", person=owner.user_id, role="author", why="I would like to write documents"
        ).number
        return f"signed: {yes(owner.sign(made['own'], 'approve').signed == 'signed')}"

    @steps("Let the administrator make themselves an approver", given="create and establish", expected="active: no")
    def _():
        administrator = site.person("sysadmin")
        number = administrator.create(
            "grant", person="q.sysadmin", role="qa_approver", why="The administrator asks for it"
        ).number
        administrator.act(number, "establish")
        administrator.sign(number, "approve")
        return f"active: {yes(administrator.state(number) == 'active')}"

    @steps("Ask for a role of Quality for a newcomer and let one person approve it", expected="signed, still requested")
    def _():
        person = made["person"] = site.newcomer()
        made["number"] = (
            site.person("qa_approver.2")
            .create("grant", person=person.user_id, role="qa_approver", why="Needed for the work")
            .number
        )
        answer = site.person("system_owner").sign(made["number"], "approve")
        return f"{answer.signed}, still {site.person('system_owner').state(made['number'])}"

    @steps("Let the same person approve a second time, then the person who asked", expected="0 signed")
    def _():
        tried = [site.person(one).sign(made["number"], "approve") for one in ("system_owner", "qa_approver.2")]
        return f"{sum(one.signed == 'signed' for one in tried)} signed"


@pytest.mark.needs("grant.requested.approve")
@pytest.mark.script(
    "OQ-AUT-006", title="Roles that exclude each other are not held together", negative=True, requirements=("URS-AUT-004",)
)
def test_roles_in_conflict(steps, site, reading):
    """An author is refused the administrator's role; each pair of the declaration excludes in both directions."""
    made = {}
    pairs = [(name, other) for name, role in sorted(reading.roles.items()) for other in role.get("never_with", [])]

    @steps("Read the pairs", given=f"{len(pairs)} declared", expected="0 in one direction only")
    def _():
        return f"{sum((other, name) not in pairs for name, other in pairs)} in one direction only"

    @steps(
        "Ask for the administrator's role for an author and approve it by all", expected="active: no; a rule is named: yes"
    )
    def _():
        person = made["person"] = site.newcomer("author")
        made["number"] = (
            site.person("qa_approver.2")
            .create("grant", person=person.user_id, role="sysadmin", why="A script asks for it")
            .number
        )
        answers = [site.person(one).sign(made["number"], "approve") for one in ("system_owner", "executive", "executive.2")]
        state = site.person("system_owner").state(made["number"])
        return f"active: {yes(state == 'active')}; a rule is named: {yes(any(one.rule for one in answers))}"

    @steps("Read the roles that the person holds", given="/api/v1/me", expected="sysadmin among them: no")
    def _():
        roles = {one["role"] for one in made["person"].api("GET", "/me").json["roles"]}
        return f"sysadmin among them: {yes('sysadmin' in roles)}"
