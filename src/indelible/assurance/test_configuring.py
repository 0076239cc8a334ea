"""OQ of a changed configuration until it is approved: what its plan says and refuses, who may apply it, and which way is closed."""

from __future__ import annotations

import io
import re
import shutil
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
WHY = "The script lays down that this is tried"
CHANGE = (
    "change.draft.submit",
    "change.assessment.assess",
    "change.approval.approve",
    "change.implementing.apply",
    "change:plan_hash",
)
ROLE = "role_of_a_script:\n  label: Role of a script\n  signs: []\n"


def yes(it):
    return "yes" if it else "no"


def text_of(site, name):
    return (site.copy.types / name).read_text("utf-8")


def loaded(site, name):
    """Give a file of the configuration as data that keeps its order."""
    return written().load(text_of(site, name))


def dumped(data):
    """Give the text of such data."""
    with io.StringIO() as out:
        written().dump(data, out)
        return out.getvalue()


def written():
    yaml = YAML(pure=True)
    yaml.width = 4096
    return yaml


def replaced(site, name, pattern, words):
    """Give a file of the configuration with the first line that fits a pattern said otherwise."""
    text, count = re.subn(pattern, words, text_of(site, name), count=1, flags=re.MULTILINE)
    if not count:
        raise LookupError(f"nothing in {name} fits {pattern}")
    return {name: text}


def longer(site, minutes):
    return replaced(site, "policies.yaml", r"^backup_days: *\d+", f"backup_days: {minutes}")


def proposed(site, person, files, title="A change of the configuration by a script"):
    """Edit files in the browser and raise the change of their plan; gives the answer of the last form."""
    person.post("/configuration/edit/drop")
    for name, text in files.items():
        person.post(f"/configuration/edit/file/{name}", {"text": text})
    admin = site.hiring.number_of("q.sysadmin")
    return person.post("/configuration/plan", {"title": title, "reason": WHY, "applied_by": admin, "key": str(uuid.uuid4())})


def raised(site, person, files, title, **fields):
    """Raise a change and say all that it asks for; gives its number."""
    number = proposed(site, person, files, title).where.rpartition("/")[2]
    known = site.person("qa_approver").fields(number)
    values = site.filling.values(
        "change",
        "assessment",
        urgency="normal",
        owner=person.user_id,
        assessors=["q.dept_approver"],
        department=site.department,
        planned_on=(site.now() + timedelta(days=20)).date().isoformat(),
        kind=known["kind"],
    )
    there = {name for name, value in known.items() if value not in (None, "", [])}
    person.edit(
        number,
        **{name: value for name, value in values.items() if name not in there or name in ("owner", "urgency")} | fields,
    )
    return number


def planned(site, folder, files):
    """Plan a folder that says what runs, but for some files; gives the run of the command."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site.copy.types, folder)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return site.command("config", "plan", str(folder), "--json")


def other_way(reading):
    """Give the other value of the policy on passkeys that are copied between devices."""
    return "false" if reading.policies["synced_passkeys_sign"] else "true"


def baselines(database):
    return database.value("SELECT count(*) AS n FROM baseline")


@pytest.mark.needs(*CHANGE, "policy:idle_minutes", "policy:backup_days", "deviation.triage")
@pytest.mark.script(
    "OQ-CFG-003",
    title="The plan of a configuration lists every changed key with its values and whether it is GxP-relevant, and no other",
    negative=True,
    requirements=("URS-CFG-002",),
)
def test_the_plan(steps, site, reading, database, tmp_path):
    """Compared with the edits that were made: what is read as content is GxP, a picture is not; a change names exactly this plan."""
    made, author = {}, site.person("author")
    idle = 10 if reading.policies["idle_minutes"] != 10 else 11
    label = reading.types["deviation"]["lifecycle"]["triage"]["label"]
    expected = [
        f"policies.idle_minutes changed {reading.policies['idle_minutes']} -> {idle}, GxP",
        "roles.role_of_a_script added, GxP",
        f"types.deviation.icon changed {reading.types['deviation']['icon']} -> star, not GxP",
        f"types.deviation.label changed {reading.types['deviation']['label']} -> Departure, GxP",
        f"types.deviation.lifecycle.triage.label changed {label} -> Judging, GxP",
    ]

    def files():
        found = replaced(site, "policies.yaml", r"^idle_minutes: *\d+", f"idle_minutes: {idle}")
        found |= {"roles.yaml": text_of(site, "roles.yaml") + ROLE}
        data = loaded(site, "types/deviation.yaml")
        data["icon"], data["label"] = "star", "Departure"
        data["lifecycle"]["triage"]["label"] = "Judging"
        return found | {"types/deviation.yaml": dumped(data)}

    @steps("Plan the folder as it is", given="indelible config plan", expected="exit 0; 0 changes")
    def _():
        made["before"] = baselines(database)
        ran = planned(site, tmp_path / "same", {})
        return f"exit {ran.code}; {len(ran.json['changes'])} changes"

    @steps("Plan five edits", given="a policy, a role, a label, a state's label, a picture", expected="; ".join(expected))
    def _():
        made["plan"] = planned(site, tmp_path / "five", files()).json
        told = []
        for one in sorted(made["plan"]["changes"], key=lambda one: one["key"]):
            values = f" {one['before']} -> {one['after']}" if one["how"] == "changed" else ""
            told.append(f"{one['key']} {one['how']}{values}, {'GxP' if one['gxp'] else 'not GxP'}")
        return "; ".join(told)

    @steps("Plan the same with remarks in a file", expected="the same hash: yes; another for another value: yes")
    def _():
        first = files()
        again = planned(site, tmp_path / "remark", first | {"policies.yaml": "# a remark\n" + first["policies.yaml"]}).json
        other = planned(site, tmp_path / "other", first | longer(site, reading.policies["backup_days"] + 1)).json
        return f"the same hash: {yes(again['hash'] == made['plan']['hash'])}; another for another value: {yes(other['hash'] != made['plan']['hash'])}"

    @steps("Plan a folder that does not fit the grammar", given="90 idle minutes", expected="exit 0: no; a plan: no")
    def _():
        ran = planned(site, tmp_path / "broken", replaced(site, "policies.yaml", r"^idle_minutes: *\d+", "idle_minutes: 90"))
        return f"exit 0: {yes(ran.code == 0)}; a plan: {yes('changes' in ran.json)}"

    @steps(
        "Raise the change of the five edits, and read which keys and which plan it names",
        expected="5 of 5 keys; this plan: yes",
    )
    def _():
        made["number"] = raised(site, author, files(), "Five edits of a script")
        fields = author.fields(made["number"])
        keys = [line.split()[0] for line in expected]
        found = [key for key in keys if key in fields["changed_keys"]]
        return f"{len(found)} of {len(keys)} keys; this plan: {yes(fields['plan_hash'] == made['plan']['hash'])}"

    @steps("Name another plan in it, and send it", given="64 f", expected="refused: plan_is_attached; draft")
    def _():
        author.edit(made["number"], plan_hash="f" * 64)
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"

    @steps("Count the baselines", given="SQL, before and after", expected="more: 0")
    def _():
        return f"more: {baselines(database) - made['before']}"


@pytest.mark.needs(*CHANGE, "change.draft.emergency", "policy:backup_days", "policy:trail_readers")
@pytest.mark.script(
    "OQ-CFG-004",
    title="Settings of signature, trail, authority and retention have no emergency route",
    negative=True,
    requirements=("URS-CFG-005",),
)
def test_no_emergency(steps, site, reading, database):
    """Whatever the change says of itself, its plan is read; a setting that protects nothing goes the quick way with Quality."""
    made, author = {}, site.person("author")
    protecting = {
        "signature": lambda: replaced(
            site, "policies.yaml", r"^synced_passkeys_sign: *\w+", f"synced_passkeys_sign: {other_way(reading)}"
        ),
        "audit trail": lambda: replaced(
            site, "policies.yaml", r"^trail_readers: *\[[^\]]*\]", "trail_readers: [qa_approver]"
        ),
        "authority": lambda: {"roles.yaml": text_of(site, "roles.yaml") + ROLE},
        "retention": lambda: replaced(site, "retention.yaml", r"rule: *", "rule: Still "),
    }

    for words, files in protecting.items():

        @steps(
            f"Begin a change of {words} as an emergency that says it touches nothing protected",
            expected="refused: emergency_touches_nothing_protected; draft",
        )
        def _(words=words, files=files):
            number = raised(site, author, files(), f"Emergency: {words}", urgency="emergency", protected_settings=False)
            made["number"] = number
            return f"{author.sign(number, 'emergency', WHY).signed}; {author.state(number)}"

    @steps("Let it say that it touches something protected", expected="signed: no; draft; emergency_is_open_to_it: named")
    def _():
        author.edit(made["number"], protected_settings=True)
        answer = author.sign(made["number"], "emergency", WHY)
        named = "named" if "emergency_is_open_to_it" in answer.words else "not named"
        return f"signed: {yes(answer.signed == 'signed')}; {author.state(made['number'])}; emergency_is_open_to_it: {named}"

    @steps("Read the signatures of that change", given="SQL", expected="0")
    def _():
        sql = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"
        return str(database.value(sql, made["number"]))

    @steps(
        "Begin a change of the days between backups as an emergency",
        given="author, then Quality",
        expected=reading.moves("change", "draft")["emergency"]["to"],
    )
    def _():
        files = longer(site, reading.policies["backup_days"] + 1)
        made["open"] = raised(site, author, files, "Emergency: backups", urgency="emergency")
        return site.walk(made["open"], "emergency")

    @steps("Apply it before it was approved", given="administrator", expected="done: no; another baseline: no")
    def _():
        before = baselines(database)
        answer = site.person("sysadmin").act(made["open"], "apply")
        return f"done: {yes(answer.ok)}; another baseline: {yes(baselines(database) != before)}"


@pytest.mark.needs(*CHANGE, "deviation.draft.submit", "deviation.triage", "risk")
@pytest.mark.script(
    "OQ-CFG-005",
    title="A plan that would destroy what records rest on is refused with rule, file and line",
    negative=True,
    requirements=("URS-CFG-006",),
)
def test_destruction(steps, site, database, tmp_path):
    """Ids of fields, states with records, words of given signatures and prefixes of given numbers stay; no change is raised either."""
    made, author = {}, site.person("author")

    def renumbered():
        data = loaded(site, "types/deviation.yaml")
        data["fields"][0]["id"] = 900
        return {"types/deviation.yaml": dumped(data)}

    def without_state():
        return {"types/deviation.yaml": re.sub(r"\btriage\b", "judging", text_of(site, "types/deviation.yaml"))}

    def reworded():
        data = loaded(site, "meanings.yaml")
        data[made["meaning"]]["text"] = "I did something else"
        return {"meanings.yaml": dumped(data)}

    def same_prefix():
        first, second = loaded(site, "types/deviation.yaml"), loaded(site, "types/risk.yaml")
        second["number"]["prefix"], first["number"]["prefix"] = first["number"]["prefix"], "DVX"
        return {"types/deviation.yaml": dumped(first), "types/risk.yaml": dumped(second)}

    cases = (
        ("another id for a field", renumbered, "field_ids_are_for_ever", "types/deviation.yaml"),
        ("a state taken away that a record is in", without_state, "states_with_records_stay", "types/deviation.yaml"),
        ("other words for a meaning that was signed", reworded, "meanings_of_signatures_stay", "meanings.yaml"),
        ("the prefix of given numbers for another type", same_prefix, "numbers_do_not_collide", "types/risk.yaml"),
    )

    @steps("Report a deviation, and find a meaning that was signed", expected="triage; found: yes")
    def _():
        made["number"] = site.make("deviation", "reader", "triage", reporter="q.reader").number
        made["meaning"] = database.value("SELECT meaning FROM signature ORDER BY id LIMIT 1")
        made["before"] = baselines(database)
        return f"{site.walk(made['number'], 'submit', first=('reader',))}; found: {yes(made['meaning'])}"

    for words, files, rule, name in cases:

        @steps(
            f"Plan {words}",
            given=name,
            expected=f"exit 0: no; {rule} in {name}, line that is there: yes, with what to do: yes",
        )
        def _(files=files, rule=rule):
            proposal = files()
            ran = planned(site, tmp_path / "plan", proposal)
            found = [one for one in ran.json.get("refusals", []) if one["rule"] == rule]
            one = found[0] if found else {"file": "nowhere", "line": 0, "do": ""}
            there = 1 <= one["line"] <= len(proposal.get(one["file"], "").splitlines())
            return (
                f"exit 0: {yes(ran.code == 0)}; {one.get('rule', 'no rule')} in {one['file']}, line that is there: {yes(there)}, "
                f"with what to do: {yes(one['do'])}"
            )

        @steps("Raise a change of it in the browser", given=name, expected=f"refused: {rule}; changes more: 0")
        def _(files=files, rule=rule):
            sql = "SELECT count(*) AS n FROM record WHERE type = 'change'"
            before = database.value(sql)
            answer = proposed(site, author, files(), f"It destroys: {rule}")
            author.post("/configuration/edit/drop")
            return f"{'refused' if answer.status >= 400 else 'raised'}: {answer.rule}; changes more: {database.value(sql) - before}"

    @steps("Look at what was there", given="state, and SQL: baselines", expected="triage; more: 0")
    def _():
        return f"{site.person('qa_ops').state(made['number'])}; more: {baselines(database) - made['before']}"


@pytest.mark.needs(*CHANGE, "policy:idle_minutes", "change:requirements_and_tests")
@pytest.mark.script(
    "OQ-VAL-012",
    title="The plan of a change names the requirements and the tests that each changed setting concerns",
    negative=True,
    requirements=("URS-VAL-001",),
)
def test_what_it_concerns(steps, site, reading, tmp_path):
    """Compared with the shipped catalogue, whose YAML is read here, and with the scripts that name those requirements."""
    made, author = {}, site.person("author")
    idle = 10 if reading.policies["idle_minutes"] != 10 else 11
    read = YAML(typ="safe", pure=True).load
    shipped = [one for path in HERE.parent.rglob("requirements.yaml") for one in read(path)["requirements"]]
    named = sorted(one["id"] for one in shipped if "policies.idle_minutes" in one.get("settings", ()))

    def files():
        return replaced(site, "policies.yaml", r"^idle_minutes: *\d+", f"idle_minutes: {idle}")

    @steps("Plan other idle minutes", expected=f"requirements: {', '.join(named)}")
    def _():
        (made["change"],) = planned(site, tmp_path / "idle", files()).json["changes"]
        return f"requirements: {', '.join(made['change']['requirements'])}"

    @steps(
        "Plan the scripts of those requirements",
        given="qualify --plan",
        expected="named by the plan: all of them, and no other",
    )
    def _():
        told = site.command("qualify", "--plan", "--only", ",".join(named), "--json").json
        scripts = {one["script"] for one in told["scripts"]} | {*told["installation"]}
        left, more = scripts - {*made["change"]["tests"]}, {*made["change"]["tests"]} - scripts
        if left or more or not scripts:
            return f"not named: {', '.join(sorted(left))}; named and not of them: {', '.join(sorted(more))}"
        return "named by the plan: all of them, and no other"

    @steps("Plan another picture beside a name", given="a type's icon", expected="requirements: none")
    def _():
        kind = next(name for name in reading.types if (site.copy.types / "types" / f"{name}.yaml").is_file())
        (change,) = planned(
            site, tmp_path / "icon", replaced(site, f"types/{kind}.yaml", r"^icon: *\w+", "icon: star")
        ).json["changes"]
        return f"requirements: {', '.join(change['requirements']) or 'none'}"

    @steps("Raise the change of the idle minutes", expected="its requirements and tests named: yes")
    def _():
        made["number"] = raised(site, author, files(), "Other idle minutes, for its tests")
        told = author.fields(made["number"])["requirements_and_tests"]
        return f"its requirements and tests named: {yes(all(one in told for one in (*named, *made['change']['tests'])))}"

    @steps("Take them out of the change, and send it", expected="refused: required_fields; draft")
    def _():
        author.edit(made["number"], requirements_and_tests=None)
        return f"{author.sign(made['number'], 'submit').signed}; {author.state(made['number'])}"
