"""What a plan says and refuses: every key before and after, the records touched, and what would destroy with its rule and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from indelible.assurance.catalogue import touching
from indelible.assurance.configuration import keys, planning, proposals, proposing
from indelible.assurance.configuration.planning import Plan
from indelible.assurance.configuration.proposals import Proposal
from indelible.kernel import config
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from tests.configuration.changing import IDLE, edited, plan_hash, proposal
from tests.homes import TestHome
from tests.modules.events import reported

Files = dict[str, bytes]


def planned(files: Files) -> Plan:
    return planning.plan(proposals.of_files(files))


def changed(name: str, old: str, new: str, count: int = 1) -> Callable[[Files], Files]:
    """Replace a text, which must be there; gives what makes a proposal of the files in force."""

    def edit(files: Files) -> Files:
        text = files[name].decode("utf-8")
        assert old in text, f"{old!r} does not stand in {name}"
        return files | {name: text.replace(old, new, count).encode("utf-8")}

    return edit


def without(name: str, pattern: str) -> Callable[[Files], Files]:
    def edit(files: Files) -> Files:
        text, count = re.subn(pattern, "", files[name].decode("utf-8"), count=1, flags=re.MULTILINE | re.DOTALL)
        assert count == 1, pattern
        return files | {name: text.encode("utf-8")}

    return edit


def several(*edits: Callable[[Files], Files]) -> Callable[[Files], Files]:
    def edit(files: Files) -> Files:
        for one in edits:
            files = one(files)
        return files

    return edit


SAMPLE, NOTE = "types/sample.yaml", "types/deviation.yaml"
RENUMBERED = changed(SAMPLE, "- id: 1\n  name: name\n", "- id: 90\n  name: name\n")
REFUSED: list[tuple[str, str, Callable[[Files], Files]]] = [
    ("field_ids_are_for_ever", "The field 'name' has the id 1 and would get 90.", RENUMBERED),
    ("field_ids_are_for_ever", "The id 2 means 'taken_at' and would mean 'drawn_at'.",
     several(changed(SAMPLE, "name: taken_at", "name: drawn_at"), changed(SAMPLE, "- taken_at", "- drawn_at"))),
    ("field_kinds_are_for_ever", "The field 'comment_on_result' holds rich_text and would hold text.",
     changed(SAMPLE, "  name: comment_on_result\n  kind: rich_text\n", "  name: comment_on_result\n  kind: text\n")),
    ("removed_fields_leave_a_tombstone", "The field 'photo' (id 6) is gone.",
     several(without(SAMPLE, r"^- id: 6\n(?:  .*?\n)*?(?=- id)"), without(SAMPLE, r"  - photo\n"))),
    ("meanings_of_signatures_stay", "The meaning 'authored' is reworded", changed("meanings.yaml", "I wrote or revised this", "I made this")),
    ("numbers_do_not_collide", "The prefix 'CAPA' is that of numbers given under type 'capa'.",
     several(changed("types/capa.yaml", "prefix: CAPA", "prefix: CPA"), changed(SAMPLE, "prefix: SMP", "prefix: CAPA"))),
]  # fmt: skip


def test_what_would_destroy_is_refused_with_its_rule_and_its_line(home: TestHome) -> None:
    home.until(home.draft(), "in_review")
    files = edited({})
    for rule, message, edit in REFUSED:
        found = planned(edit(files)).refusals
        hit = [one for one in found if one.rule == rule and message in one.message]
        assert len(hit) == 1, (rule, message, [str(one) for one in found])
        assert hit[0].do
        written = edit(files)[hit[0].file].decode("utf-8").split("\n")
        assert hit[0].line <= len(written)
        with pytest.raises(Refused) as caught:
            proposing.propose(home.people["ann"], proposals.of_files(edit(files)), title="Something that destroys")
        assert caught.value.rule in {one.rule for one in found}
    assert not Record.objects.filter(type="change").exists()


def test_types_states_and_roles_that_something_holds_are_not_taken_away(home: TestHome) -> None:
    number = reported(home)
    files = edited({})
    state = Record.objects.get(number=number).state
    text = files["types/deviation.yaml"].decode("utf-8")
    renamed = re.sub(rf"\b{state}\b", "another_state", text)
    found = planned(files | {"types/deviation.yaml": renamed.encode("utf-8")}).refusals
    assert [(one.rule, one.file) for one in found] == [("states_with_records_stay", "types/deviation.yaml")]
    assert f"The state '{state}' is gone, and 1 records are in it." in found[0].message

    spare = {name: content for name, content in files.items() if name != SAMPLE}
    assert planned(spare).refusals == ()  # no sample was ever made
    now = config.current()
    for update, rule in (
        ({"types": {name: one for name, one in now.types.items() if name != "deviation"}}, "types_with_records_stay"),
        ({"roles": {name: one for name, one in now.roles.items() if name != "qa_ops"}}, "roles_with_holders_stay"),
        ({"meanings": {}}, "meanings_of_signatures_stay"),
    ):
        refused = planning.plan(Proposal(files, now.model_copy(update=update))).refusals
        assert {one.rule for one in refused} == {rule}


def test_a_plan_says_each_key_and_whom_it_touches(home: TestHome) -> None:
    reported(home)
    retention = config.current().type("deviation").retention
    files = changed("retention.yaml", f"{retention}:\n", f"{retention}:\n  years: 5\n")(edited(IDLE))
    files = changed("types/deviation.yaml", "\nicon: ", "\nicon: x")(files)
    files = changed("types/deviation.yaml", "label: Triage", "label: Judging")(files)
    data = planned(files).as_data()

    by = {one["key"]: one for one in data["changes"]}
    assert (
        by["policies.idle_minutes"]["before"],
        by["policies.idle_minutes"]["after"],
        by["policies.idle_minutes"]["how"],
    ) == (15, 20, "changed")
    idle = by["policies.idle_minutes"]
    assert idle["requirements"] == ["URS-IDN-011"]
    assert idle["clauses"] == ["11.10(d)", "11.200(a)(1)", "A11-12"]
    assert idle["tests"] == list(touching.tests(idle["requirements"])) or idle["tests"] == ["a session ends when it is idle"]
    assert by["types.deviation.icon"]["requirements"] == []
    assert (by["types.deviation.icon"]["gxp"], by["policies.idle_minutes"]["gxp"], data["protected"]) == (False, True, True)
    told = {one["key"]: one for one in data["affected"]}
    assert told["types.deviation.retention"]["records"] == 1
    assert "kept for ever becomes 5 years" in told["types.deviation.retention"]["text"]
    assert "1 open deviation records" in told["types.deviation.lifecycle"]["text"]
    assert json.loads(json.dumps(data)) == data
    text = planned(files).as_text()
    assert "~ GxP policies.idle_minutes: 15 -> 20" in text
    assert "~     types.deviation.icon" in text


@pytest.mark.usefixtures("home")
def test_the_hash_is_that_of_base_and_target_and_of_nothing_else() -> None:
    files = edited(IDLE)
    here = planned(files).hash
    turned = dict(reversed(files.items()))
    policies = files["policies.yaml"].decode("utf-8").split("\n")
    lines = [line for line in policies if line and not line.startswith(("-", " "))]
    assert len(lines) > 3
    noted = files | {"policies.yaml": b"# a remark\n" + files["policies.yaml"]}

    assert (planned(turned).hash, planned(noted).hash, plan_hash()) == (here, here, here)
    assert planned(edited({"policies.yaml": ("idle_minutes: 15", "idle_minutes: 21")})).hash != here
    assert planning.plan(proposal({})).changes == ()


@pytest.mark.engine_free
def test_what_no_row_calls_harmless_is_gxp() -> None:
    gxp = (
        "policies.idle_minutes",
        "types.x.fields.3.label",
        "types.x",
        "roles.x",
        "a.key.of.tomorrow",
        "types.x.lifecycle.s.moves.m.signs.0.by",
    )
    assert [keys.is_gxp(one) for one in gxp] == [True] * len(gxp)
    assert [keys.is_gxp(one) for one in ("types.x.icon", "types.x.help", "types.x.fields.3.help", "roles.x.help")] == [
        False
    ] * 4
    protected = (
        "meanings.authored.text",
        "retention.system.years",
        "types.x",
        "types.x.lifecycle.s",
        "roles.author",
        "policies.idle_minutes",
    )
    assert [keys.is_protected(one) for one in protected] == [True] * len(protected)
    assert [keys.is_protected(one) for one in ("policies.backup_days", "types.x.fields.3.label", "company.name")] == [
        False
    ] * 3
