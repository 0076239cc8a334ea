"""The catalogue that ships: whole, true to what the product declares, and honest about what it does not do."""

from __future__ import annotations

from collections import Counter

import pytest
from ruamel.yaml import YAML

from indelible.assurance.catalogue import depth, loading, scripts
from indelible.assurance.catalogue.coverage import trace
from indelible.assurance.catalogue.entry import AREAS
from indelible.assurance.catalogue.trace import OPEN, STATES
from indelible.assurance.configuration import folder
from indelible.assurance.drift import areas
from indelible.assurance.package import wording
from indelible.kernel import rules
from indelible.kernel.configuration import Policies
from indelible.project import wiring

pytestmark = pytest.mark.engine_free
COUNTS = {"P11": 56, "A11": 56, "ALCOA": 12, "GUIDE": 118, "CSA": 8}


def test_every_obligation_is_there_and_every_one_has_a_state() -> None:
    catalogue = loading.load()

    assert Counter(name.split("-")[0] for name in catalogue.obligations) == COUNTS
    found = trace(catalogue, [], None)
    assert [one.obligation.id for one in found.answers] == [*catalogue.obligations]
    assert {one.state for one in found.answers} <= {*STATES}
    assert all(one.why for one in found.answers), "a state that is not well says why"


def test_what_the_product_has_to_do_is_named_by_a_requirement_or_said_to_be_open() -> None:
    catalogue = loading.load()
    served = {clause for one in catalogue.requirements.values() for clause in one.clauses}
    due = {one.id for one in catalogue.obligations.values() if one.kind != "procedural" and one.who in ("platform", "both")}
    said = {one.id for one in catalogue.obligations.values() if one.open}

    assert not due - served - said
    assert not said & served, "what is open is served by nothing"
    assert all(one.state == OPEN for one in trace(catalogue, [], None).answers if one.obligation.open)


def test_every_named_rule_and_every_policy_is_reached_by_a_requirement() -> None:
    wiring.load()
    named = {setting for one in loading.load().requirements.values() for setting in one.settings}

    assert not {f"rules.{name}" for name in rules.known()} - named
    assert not {f"policies.{name}" for name in Policies.model_fields} - named
    known = {f"rules.{name}" for name in rules.known()}
    assert not {setting for setting in named if setting.startswith("rules.")} - known


def test_every_declared_type_that_a_module_ships_is_what_some_requirement_is_about() -> None:
    named = {kind for one in loading.load().requirements.values() for kind in one.types}

    assert not folder.shipped_types() - named


def test_every_area_has_requirements_and_every_text_is_said_once() -> None:
    found = loading.load().requirements.values()

    assert {one.area for one in found} == {*AREAS}
    assert not [text for text, count in Counter(one.text for one in found).items() if count > 1]
    assert len({one.fingerprint for one in found}) == len(found)


def test_an_area_is_known_wherever_requirements_and_scripts_are_made_records_or_printed() -> None:
    read = YAML(typ="safe", pure=True).load
    validation = {
        kind: read(folder.SHIPPED / "validation" / f"{kind}.yaml") for kind in ("validation_requirement", "test_script")
    }
    choices = {kind: {name for field in one["fields"] if field["name"] in ("area", "series") for name in field["choices"]}
               for kind, one in validation.items()}  # fmt: skip

    assert choices["validation_requirement"] == {*AREAS, "OWN"}
    assert choices["test_script"] >= {f"{level}-{area}" for level in ("IQ", "OQ", "PQ") for area in AREAS}
    assert all(choices[kind] == {*one["number"]["prefixes"]} for kind, one in validation.items())
    assert {*wording.AREAS} == {*AREAS}


def test_functions_that_change_sign_or_let_in_are_high_or_say_why_not() -> None:
    found = [one for one in loading.load().requirements.values() if one.touches != "other"]

    assert all(one.priority == "high" or one.below_high for one in found)
    assert sum(one.priority == "high" for one in found) > len(found) / 2
    assert not [one.id for one in found if one.touches == "signature" and not depth.never_leveraged(one)]


def test_the_draft_of_annex_11_is_a_look_ahead_and_no_obligation() -> None:
    catalogue = loading.load()
    (draft,) = catalogue.drafts

    assert [chapter["chapter"] for chapter in draft.chapters] == list(range(1, 18))
    assert any(chapter["lacks"] for chapter in draft.chapters)
    assert not [one.id for one in catalogue.obligations.values() if "draft" in one.source.lower()]


def test_what_a_drift_concerns_are_requirements_that_exist() -> None:
    assert {*areas.SERVES} == {*areas.AREAS}
    named = {name for names in areas.SERVES.values() for name in names}

    assert not named - {*loading.load().requirements}


def test_every_shipped_script_names_requirements_that_exist() -> None:
    known = loading.load().requirements

    assert not [(one.place, name) for one in scripts.shipped() for name in one.requirements if name not in known]
    assert not [one.place for one in scripts.shipped() if not one.requirements]
    assert not [name for name, count in Counter(one.script for one in scripts.shipped()).items() if count > 1]
