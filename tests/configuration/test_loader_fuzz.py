"""Whatever stands in a configuration folder, the loader answers: with a `Configuration`, or with `Broken`.

And what it lets through keeps the invariants, judged here by walking every way through a lifecycle.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indelible.assurance.configuration import loader, positions, values
from indelible.assurance.configuration.positions import Text
from tests.configuration.configurations import (
    FILES,
    VALID,
    dumped,
    examples,
    load,
    overlaid,
    plain,
    problems,
    replaced,
    tree,
)

pytestmark = pytest.mark.engine_free
MARKS = [
    *b"'\"[]{}:-?!&*%|>#@`,~=\n\r\t\0 \xff\x85",
    *(b": ", b"- ", b"? ", b"&a ", b"*a ", b"<<: ", b"!!str ", b"!<", b"!%zz ", b"%YAML 1.1\n", b"%TAG ! x\n"),
    *(b"---\n", b"...\n", b"\n  ", b"|+9\n", b'"\\uD800"', b'"\\UFFFFFFFF"', b'"\\x"', b"\xe2\x80\xa8", b"null"),
]
WORDS = sorted(
    {part for file in FILES for part in (VALID / file).read_text("utf-8").replace(":", " ").split()}
    | {"", "nowhere", "system", "everybody", "owner", "subject", "each", "none", "0", "-1", "99999", "true", "2026-01-01"}
)


@st.composite
def mutated_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Damage the bytes of one valid file: put something in, take something out, change one, say something twice."""
    file = draw(st.sampled_from(FILES))
    content = bytearray((VALID / file).read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        change = draw(st.integers(0, 3))
        if change == 0:
            mark = draw(st.sampled_from(MARKS))
            content[place:place] = bytes([mark]) if isinstance(mark, int) else mark
        elif change == 1:
            del content[place : place + draw(st.integers(1, 30))]
        elif change == 2 and place < len(content):
            content[place] = draw(st.integers(0, 255))
        else:
            content[place:place] = content[max(0, place - draw(st.integers(1, 60))) : place]
    return file, bytes(content)


SCALARS = st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.integers(), st.booleans(), st.none())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.campaign
@settings(max_examples=examples(60), deadline=None)
@given(mutated_files())
def test_damaged_files_are_answered(damaged: tuple[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as place:
        _is_answered(replaced(Path(place) / "c", *damaged))


@pytest.mark.campaign
@settings(max_examples=examples(200), deadline=None)
@given(
    st.one_of(st.binary(max_size=80), st.lists(st.sampled_from([m for m in MARKS if isinstance(m, bytes)])).map(b"".join))
)
def test_any_bytes_are_read_or_named(content: bytes) -> None:
    source = positions.read("f.yaml", content)

    assert (source.root is None) <= bool(source.problems)


@pytest.mark.campaign
@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from(sorted(loader.GRAMMAR)), TREES)
def test_any_tree_is_taken_or_named(kind: str, value: Any) -> None:
    source = positions.read("f.yaml", dumped(value).encode("utf-8", "surrogatepass"))

    taken = values.take(source, loader.GRAMMAR[kind])

    assert (taken is None) == bool(source.problems)


@pytest.mark.campaign
@settings(max_examples=examples(80), deadline=None)
@given(st.sampled_from(FILES), st.integers(0, 2**32), st.integers(1, 5))
def test_files_of_a_right_shape_with_wrong_words_are_answered(file: str, seed: int, changes: int) -> None:
    """The shape stays, so that the checks between the parts are reached with names that do not exist."""
    chance = random.Random(seed)
    value = plain(tree(file))
    for _ in range(changes):
        _exchange(value, chance)
    with tempfile.TemporaryDirectory() as place:
        _is_answered(replaced(Path(place) / "c", file, dumped(value).encode()))


def _is_answered(folder: Path) -> None:
    """Load it: anything but a configuration or `Broken` is raised through; every problem fits on one line."""
    try:
        found = [*load(folder).types]
        broken = []
    except loader.Broken as refused:
        found, broken = [], refused.errors
    assert found or broken
    assert len("\n".join(map(str, broken)).splitlines()) == len(broken)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in broken)


def _exchange(value: Any, chance: random.Random) -> None:
    holder, key = chance.choice([*_places(value)])
    inner = holder[key]
    change = chance.randrange(4)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, dict):
        holder[chance.choice(WORDS)] = holder.pop(key)
    elif change == 2 and isinstance(inner, list) and inner:
        inner.append(deepcopy(chance.choice(inner)))
    else:
        others = [found[at] for found, at in _places(value) if isinstance(found[at], type(inner))]
        holder[key] = deepcopy(chance.choice(others)) if change == 3 else Text(1, 1, chance.choice(WORDS), plain=True)
    if not value:
        value.update({"type": "note"})


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


STATES = ("draft", "review", "closed", "void")
LOOKS = {"draft": "draft", "review": "wait", "closed": "done", "void": "void"}


@st.composite
def lifecycles(draw: st.DrawFn) -> dict[str, list[tuple[str, str]]]:
    """Draw moves between four states, each signed by quality, by quality on a condition, by its author, or not."""
    arrow = st.tuples(st.sampled_from(STATES), st.sampled_from(["quality", "perhaps", "author", "nobody"]))
    return {state: draw(st.lists(arrow, max_size=3)) for state in STATES}


@pytest.mark.campaign
@settings(max_examples=examples(60), deadline=None)
@given(lifecycles())
def test_no_gxp_record_comes_to_its_end_without_a_quality_signature(ways: dict[str, list[tuple[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        target = overlaid(Path(place) / "c")
        (target / "types/memo.yaml").write_text(_declared(ways), encoding="utf-8")
        said = problems(target)

    assert any("without a quality signature" in line for line in said) == _ends_unsigned(ways)


@pytest.mark.parametrize(
    ("ways", "unsigned"),
    [
        ({"draft": [("closed", "quality")]}, False),
        ({"draft": [("closed", "author")]}, True),
        ({"draft": [("review", "quality")], "review": [("closed", "nobody")]}, False),
        ({"draft": [("closed", "perhaps")]}, True),
    ],
)
def test_the_walk_that_judges_the_loader_is_right(ways: dict[str, list[tuple[str, str]]], unsigned: bool) -> None:
    assert _ends_unsigned({state: ways.get(state, []) for state in STATES}) is unsigned


def _ends_unsigned(ways: dict[str, list[tuple[str, str]]]) -> bool:
    """Try every way without a loop from the beginning; longer ones only repeat what they have been through."""

    def walk(here: str, been: tuple[str, ...], signed: bool) -> bool:
        if _is_end(here, ways):
            return not signed
        onward = (arrow for arrow in ways[here] if arrow[0] not in been)
        return any(walk(to, (*been, to), signed or by == "quality") for to, by in onward)

    return walk("draft", ("draft",), False)


def _is_end(state: str, ways: dict[str, list[tuple[str, str]]]) -> bool:
    return state == "closed" or (state == "review" and not ways[state])


SIGNS = {
    "quality": ", signs: [{meaning: quality_approved, by: [quality]}]",
    "perhaps": ", signs: [{meaning: quality_approved, by: [quality], when: {class: [major]}}]",
    "author": ", signs: [{meaning: authored, by: [its_author]}]",
    "nobody": "",
}


def _declared(ways: dict[str, list[tuple[str, str]]]) -> str:
    lines = [
        "type: memo\nlabel: Memo\nplural: Memos\nnumber: {prefix: MEM}\ntitle: subject\nretention: keep",
        "create: [author]\ngxp: {predicate: p, rationale: r}\nfields:",
        "  - {id: 1, name: subject, kind: text, required: at_creation}",
        "  - {id: 2, name: class, kind: choice, choices: [minor, major]}\ninitial: draft\nlifecycle:",
    ]
    for state in STATES:
        lines.append(f"  {state}:\n    look: {LOOKS[state]}\n    seen_by: [reader]\n    moves:")
        lines += [
            f"      m{index}: {{to: {to}, by: [quality], past: moved{SIGNS[by]}}}"
            for index, (to, by) in enumerate(ways[state])
        ] or ["      {}"]
    return "\n".join(lines) + "\n"
