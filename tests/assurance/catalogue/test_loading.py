"""What the reader of the catalogue refuses: each fault with its file, its line, its field, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.assurance.catalogue import loading
from tests.assurance.catalogue.writing import LATER, OBLIGATIONS, REQUIREMENTS, line_of, read

pytestmark = pytest.mark.engine_free

# What is written in place of what, on which words the finger points afterwards, the field, and what is said of it.
BROKEN = [
    ("    clauses: [R-1]\n", "", "- id: URS-SIG-001", "requirements[0].clauses", "'clauses' is missing"),
    ("clauses: [R-1]", "clauses: []", "clauses:", "requirements[0].clauses", "at least one obligation"),
    ("clauses: [R-1]", "clauses: [R-9]", "R-9", "requirements[0].clauses[0]", "The obligation 'R-9' is not known"),
    ("clauses: [R-1]", "clauses: [R-1, R-1]", "clauses:", "requirements[0].clauses[1]", "stands here twice"),
    ("clauses: [R-1]", "clauses: R-1", "clauses:", "requirements[0].clauses", "This must be a list; write [R-1]."),
    ("shall be bound", "is bound", "text:", "requirements[0].text", 'holds no "shall"'),
    ("shall be bound to", "shall be and shall stay bound to", "text:", "requirements[0].text", 'holds 2 times "shall"'),
    ("shall be bound to one record.", "Shall be bound, and SHALL stay.", "text:", "requirements[0].text", 'holds 2 times "shall"'),
    ("    text: A signature shall be bound to one record.\n", "", "- id: URS-SIG-001", "requirements[0].text", "'text' is missing"),
    ("text: A signature shall be bound to one record.", "text: ''", "text:", "requirements[0].text", "Nothing is written here"),
    ("why: It must not be moved.", 'why: "  "', "why:", "requirements[0].why", "Nothing is written here"),
    ("id: URS-SIG-001", "id: SIG-001", "id: SIG", "requirements[0].id", "'SIG-001' is no id of a requirement"),
    ("id: URS-SIG-001", "id: URS-SIG-1", "id: URS", "requirements[0].id", "write URS-AREA-001"),
    ("id: URS-SIG-001", "id: URS-SGI-001", "id: URS", "requirements[0].id", "The area 'SGI' is not known; did you mean 'SIG'?"),
    ("impact: [product, data]", "impact: []", "impact:", "requirements[0].impact", "patient, product or data"),
    ("impact: [product, data]", "impact: [money]", "money", "requirements[0].impact[0]", "'money' is not one of: patient, product, data."),
    ("must: true", "must: yes", "must:", "requirements[0].must", "must be true or false"),
    ("category: security", "category: safety", "category:", "requirements[0].category", "'safety' is not one of"),
    ("touches: signature", "touches: signing", "touches:", "requirements[0].touches", "'signing' is not one of"),
    ("types: [document]", "types: [dokument]", "dokument", "requirements[0].types[0]", "The type 'dokument' is not known; did you mean 'document'?"),
    ("meanings.*.text", "meanings.*.txt", "settings:", "requirements[0].settings[0]", "did you mean 'text'?"),
    ("meanings.*.text", "policies.idle_minute", "settings:", "requirements[0].settings[0]", "did you mean 'idle_minutes'?"),
    ("meanings.*.text", "policy.idle_minutes", "settings:", "requirements[0].settings[0]", "it begins with company"),
    ("meanings.*.text", "types.**.moves", "settings:", "requirements[0].settings[0]", "is no key of the configuration"),
    ("meanings.*.text", "meanings", "settings:", "requirements[0].settings[0]", "is no key of the configuration"),
    ("meanings.*.text", "types.*.lifecycel.**", "settings:", "requirements[0].settings[0]", "did you mean 'lifecycle'?"),
    ("approver_is_not_author", "approver_is_author", "settings:", "requirements[0].settings[1]", "The rule 'approver_is_author' is not known"),
    ('"meanings.*.text"', "rules.approver_is_not_author", "settings:", "requirements[0].settings[1]", "stands here twice"),
    ("severity: high", "severity: huge", "severity:", "requirements[0].risks[0].severity", "'huge' is not one of: high, medium, low."),
    ("        detectability: low\n", "", "- failure:", "requirements[0].risks[0].detectability", "'detectability' is missing"),
    ("        because: Nobody would see it.\n", "", "- failure:", "requirements[0].risks[0].because", "'because' is missing"),
    ("control: Statement with a hash.", "control: ''", "control:", "requirements[0].risks[0].control", "Nothing is written here"),
    ("        control: Statement", "        priority: high\n        control: Statement", "priority:", "requirements[0].risks[0].priority", "is not known here"),
    ("    settings:", "    setting:", "setting:", "requirements[0].setting", "did you mean 'settings'?"),
    ("severity: high", "severity: medium", "touches:", "requirements[0].touches", "touches signature and is rated medium: say under `below_high`"),
    ("    csa:\n", "    below_high: It is seen at once.\n    csa:\n", "below_high:", "requirements[0].below_high", "take `below_high` away"),
    ("      because: A moved signature approves what nobody read.\n", "", "csa:", "requirements[0].csa.because", "'because' is missing"),
    ("      high: true\n", "      high: perhaps\n", "high: perhaps", "requirements[0].csa.high", "must be true or false"),
    ("    why: It", "    text: A signature shall be so.\n    why: It", "text: A signature shall be so", "", "a second time"),
    ("text: A signature", "text: A colon: A signature", "text:", "", "A colon stands where no key can begin"),
    ("requirements:\n", "requirement:\n", "requirement:", "requirement", "did you mean 'requirements'?"),
    ("requirements:\n", "&anchor\nrequirements:\n", "&anchor", "", "anchors are not read"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "at", "path", "message"), BROKEN, ids=[f"{index:02}" for index in range(len(BROKEN))]
)
def test_a_broken_requirement_is_refused_with_its_place(
    tmp_path: Path, was: str, now: str, at: str, path: str, message: str
) -> None:
    assert was in REQUIREMENTS
    text = REQUIREMENTS.replace(was, now, 1)

    with pytest.raises(loading.Broken) as caught:
        read(tmp_path, text)

    hit = [one for one in caught.value.errors if message in one.message]
    assert len(hit) == 1, caught.value.errors
    assert (hit[0].file, hit[0].line) == ("requirements.yaml", line_of(text, at))
    assert hit[0].path.startswith(path)


def test_every_fault_is_named_at_once_and_not_the_first_alone(tmp_path: Path) -> None:
    text = REQUIREMENTS.replace("R-1]", "R-9]").replace("document]", "dokument]").replace("shall", "should")

    with pytest.raises(loading.Broken) as caught:
        read(tmp_path, text)

    assert [one.path for one in caught.value.errors] == [
        "requirements[0].text",
        "requirements[0].clauses[0]",
        "requirements[0].types[0]",
    ]


def test_an_id_is_given_once_in_one_file_and_over_all_files(tmp_path: Path) -> None:
    with pytest.raises(loading.Broken, match="'URS-SIG-001' stands here a second time") as caught:
        read(tmp_path, REQUIREMENTS + LATER.replace("URS-SIG-002", "URS-SIG-001"))
    assert caught.value.errors[0].line == line_of(REQUIREMENTS + LATER, "- id: URS-SIG-002")

    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "requirements.yaml"
    other.write_text(REQUIREMENTS, "utf-8")
    with pytest.raises(loading.Broken, match="a second time"):
        loading.read([tmp_path / "requirements.yaml", other], [tmp_path / "rule.yaml"])


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("id: R-2", "id: R-1", "The obligation 'R-1' stands here a second time"),
        ("see_also: [R-1]", "see_also: [R-7]", "The obligation 'R-7' is not known"),
        ("types: [training]", "types: [trainings]", "The type 'trainings' is not known; did you mean 'training'?"),
        ("kind: procedural", "kind: paper", "'paper' is not one of: technical, procedural, shared."),
        ("who: customer", "who: somebody", "'somebody' is not one of: platform, customer, both."),
        (
            "    evidence:\n      kind: record\n      types: [training]\n      says: Trainings of each user.\n",
            "",
            "People do this",
        ),
        ("risk: medium", "risk: severe", "'severe' is not one of: high, medium, low."),
        ("binding: Law.\n", "", "'binding' is missing"),
        ("    shown_by: A record of training.\n", "    how: A record.\n", "'how' is not known here"),
    ],
)
def test_a_broken_obligation_is_refused_and_hides_no_flood_behind_it(
    tmp_path: Path, was: str, now: str, message: str
) -> None:
    assert was in OBLIGATIONS

    with pytest.raises(loading.Broken) as caught:
        read(tmp_path, obligations=OBLIGATIONS.replace(was, now, 1))

    assert any(message in one.message for one in caught.value.errors), caught.value.errors
    assert {one.file for one in caught.value.errors} == {"rule.yaml"}


def test_a_file_that_is_not_there_is_said_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(loading.Broken, match=r"gone\.yaml:1:1: The file cannot be read"):
        loading.read([], [tmp_path / "gone.yaml"])


def test_a_sound_file_is_taken_as_it_says(tmp_path: Path) -> None:
    catalogue = read(tmp_path, REQUIREMENTS + LATER)

    one = catalogue.requirements["URS-SIG-001"]
    assert (one.area, one.clauses, one.impact, one.must, one.source) == (
        "SIG",
        ("R-1",),
        ("product", "data"),
        True,
        "shipped",
    )
    assert (one.priority, one.place) == ("high", "requirements.yaml:2")
    assert [other.id for other in catalogue.naming("R-2")] == ["URS-SIG-002"]
    assert catalogue.obligations["R-2"].evidence.types == ("training",)  # type: ignore[union-attr]


def test_without_the_names_of_rules_their_form_alone_is_judged(tmp_path: Path) -> None:
    text = REQUIREMENTS.replace("rules.approver_is_not_author", "rules.whatever_it_is")
    assert read(tmp_path, text, rules=None).requirements

    with pytest.raises(loading.Broken, match="The rule 'a-b' is not known"):
        read(tmp_path, REQUIREMENTS.replace("rules.approver_is_not_author", "rules.a-b"), rules=None)
