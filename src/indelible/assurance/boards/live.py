"""The only place that reads which probes answer which duty, and what an inspector asks: shipped YAML, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
LIVE, QUESTIONS = HERE / "live.yaml", HERE / "questions.yaml"
KEYS = frozenset({"id", "asks", "says", "ways", "lacks"})
WAY = frozenset({"to", "page", "example", "needs", "inside"})


class Broken(ValueError):
    """A file of the boards says something that it may not say."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to an answer: its words and the page. `example`: the page is one of a record, of the newest of this type. `needs`: only
    where the configuration has this type. `inside`: not for guests."""

    to: str
    page: str
    example: str = ""
    needs: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What an inspector asks, in our words: what the answer shows, the ways to it, and what the product cannot answer."""

    id: str
    asks: str
    says: str
    ways: tuple[Way, ...]
    lacks: str = ""


@lru_cache(maxsize=1)
def probes() -> Mapping[str, tuple[str, ...]]:
    """Give, by the id of an obligation, the probes that answer it; raises Broken."""
    found = _read(LIVE)
    for name, asked in found.items():
        if not (isinstance(asked, list) and asked and all(isinstance(one, str) for one in asked)):
            raise Broken(f"{LIVE.name}: {name} is no list of probes")
    return {name: tuple(asked) for name, asked in found.items()}


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Give the questions in their order; raises Broken."""
    return tuple(question(one) for one in _read(QUESTIONS)["questions"])


def question(entry: Mapping[str, Any]) -> Question:
    """Read one question; raises Broken for an unknown key, or for one that leads nowhere and does not say so."""
    name, ways = entry.get("id", "a question"), entry.get("ways", [])
    if odd := (set(entry) - KEYS) | {key for way in ways for key in set(way) - WAY}:
        raise Broken(f"{QUESTIONS.name}: {name} has {', '.join(sorted(odd))}")
    if not ways and not entry.get("lacks"):
        raise Broken(f"{QUESTIONS.name}: {name} leads nowhere and does not say why")
    return Question(
        name,
        entry["asks"],
        " ".join(entry["says"].split()),
        tuple(Way(**way) for way in ways),
        " ".join(entry.get("lacks", "").split()),
    )


def _read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
