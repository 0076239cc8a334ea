"""For any two valid configurations: the differences are all of it, the hash is of what they say, what is written is what was read."""

from __future__ import annotations

import random
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from indelible.assurance.configuration import loader, planning, proposals, proposing, writing
from indelible.assurance.configuration.differing import differences
from indelible.kernel import config
from indelible.kernel.configuration import Configuration
from tests.configuration.changing import applied, decided, said
from tests.configuration.configurations import VALID, examples, load
from tests.homes import TestHome

BASE = load(VALID)
WORDS = (
    st.text(st.sampled_from("abcdefgh XYZ0123:#'\"-"), min_size=3, max_size=30)
    .map(str.strip)
    .filter(lambda text: len(text) > 2)
)


@st.composite
def edits(draw: st.DrawFn, base: Configuration) -> dict[str, Any]:
    """Change values of a configuration here and there, by its data."""
    data = deepcopy(base.model_dump(mode="json"))
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["period", "label", "meaning", "retention", "role", "field", "holidays"]))
        declared = data["types"][draw(st.sampled_from(sorted(data["types"])))]
        if kind == "period":
            name, low, high = draw(
                st.sampled_from([("idle_minutes", 5, 30), ("password_length", 12, 64), ("token_days", 1, 365)])
            )
            data["policies"][name] = draw(st.integers(low, high))
        elif kind == "label":
            draw(st.sampled_from([declared, *declared["lifecycle"].values()]))["label"] = draw(WORDS)
        elif kind == "meaning":
            data["meanings"][f"meaning_{draw(st.integers(1, 9))}"] = {
                "label": draw(WORDS),
                "text": draw(WORDS),
                "series": draw(st.booleans()),
                "covers": True,
            }
        elif kind == "retention":
            draw(st.sampled_from([*data["retention"].values()]))["years"] = draw(st.integers(1, 100))
        elif kind == "role":
            data["roles"][f"role_{draw(st.integers(1, 9))}"] = data["roles"][next(iter(sorted(data["roles"])))] | {
                "label": draw(WORDS),
                "everybody": False,
            }
        elif kind == "field":
            draw(st.sampled_from(declared["fields"]))["help"] = draw(WORDS)
        else:
            data["policies"]["holidays"] = sorted(draw(st.sets(st.dates().map(str), max_size=4)))
    return data


def sound(data: dict[str, Any]) -> Configuration:
    """Read what was changed as the loader does, from files; what it refuses is no example."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return load(put(Path(scratch), writing.files(Configuration.model_validate(data))))
        except loader.Broken:
            reject()


def put(place: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


@pytest.mark.engine_free
@settings(max_examples=examples(25), deadline=None)
@given(edits(BASE), edits(BASE), st.integers(0, 2**32))
def test_differences_are_all_of_it_and_files_say_what_was_read(
    one: dict[str, Any], other: dict[str, Any], seed: int
) -> None:
    first, second = sound(one), sound(other)
    assert (first.model_dump(mode="json"), second.model_dump(mode="json")) == (one, other)
    found = differences(first, second)
    assert patched(one, found) == other
    assert differences(first, first) == []
    assert (found == []) == (first.sha256 == second.sha256)
    assert [line.key for line in differences(second, first)] == [line.key for line in found]
    turned = Configuration.model_validate(shuffled(one, random.Random(seed)))
    assert planning.hash_of(1, turned.sha256, second.sha256) == planning.hash_of(1, first.sha256, second.sha256)


def patched(data: dict[str, Any], found: list[Any]) -> dict[str, Any]:
    """Put what the differences say into the data of the one side."""
    result: Any = deepcopy(data)
    for line in found:
        *way, last = line.steps
        at = result
        for step in way:
            at = at[step] if isinstance(at, dict) else next(item for item in at if str(item["id"]) == step)
        if (
            line.after is None
            and last not in BASE.model_dump(mode="json").get("policies", {})
            and way
            and way[-1] in ("meanings", "roles")
        ):
            del at[last]
        else:
            at[last] = line.after
    return dict(result)


def shuffled(value: Any, order: random.Random) -> Any:
    """Give the same data with the keys of every mapping in another order, but for the one whose order means something."""
    if isinstance(value, dict):
        names = [*value]
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


def test_what_was_planned_is_what_is_in_force_for_any_edits(home: TestHome) -> None:
    """Through the door, one after the other in one home: each plan gives exactly the planned state, and nothing is left to plan."""
    order = random.Random(20261130)
    for turn in range(3):
        data = config.current().model_dump(mode="json")
        data["policies"]["idle_minutes"] = 5 + (data["policies"]["idle_minutes"] + order.randint(1, 20)) % 26
        data["meanings"][f"meaning_{turn}"] = {
            "label": "New",
            "text": f"I say so for the {turn}th time",
            "series": True,
            "covers": True,
        }
        declared = data["types"][order.choice(sorted(data["types"]))]
        declared["label"] = f"{declared['label']} {turn}"
        order.choice(declared["fields"])["help"] = f"Help {turn}"
        target = Configuration.model_validate(data)
        proposal = proposals.of_files(writing.files(target))
        assert proposal.configuration.sha256 == target.sha256
        applied(home, decided(home, proposing.propose(home.people["ann"], proposal, **said(home)).number))
        assert config.current().sha256 == target.sha256
        assert config.current().model_dump() == target.model_dump()
        assert planning.plan(proposal).changes == ()
        assert planning.plan(proposals.of_files(writing.files(config.current()))).changes == ()
