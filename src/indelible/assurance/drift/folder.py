"""The only place that compares the company's configuration folder with the baseline in force: an edit that was not applied is drift."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from indelible.assurance.configuration import loader, positions
from indelible.assurance.drift import areas
from indelible.assurance.drift.finding import LONGEST, NOTHING, Found, written_by
from indelible.kernel import config, rules
from indelible.kernel.config import Configuration

MOST_KEYS = 10


def compared(known: str) -> Iterator[Found]:
    """Give what the folder says otherwise than the baseline in force; `known` is what `applied` once gave."""
    place = settings.HOME.configuration
    bytes_now = fingerprint(place)
    if known == f"{bytes_now} {config.current().sha256}":
        return
    if not place.is_dir():
        yield Found("configuration.folder", "the company's folder", "nothing", str(place))
        return
    try:
        written = _loaded(place, bytes_now)
    except loader.Broken as broken:
        first = broken.errors[0]
        yield Found("configuration.folder", "a sound configuration", f"{len(broken.errors)} faults, the first one: {first}"[:LONGEST],
                    f"{place / first.file}:{first.line}", written_by(place / first.file))  # fmt: skip
        return
    yield from _differences(config.current(), written, place)


def applied() -> str:
    """Give bytes of the folder and hash of the baseline in force as one value, for a folder that is known to say the same."""
    return f"{fingerprint(settings.HOME.configuration)} {config.current().sha256}"


def fingerprint(place: Path) -> str:
    """Give a hash over the bytes of every file that belongs to a configuration."""
    total = hashlib.sha256()
    for path in sorted(one for one in place.rglob("*") if one.is_file()):
        name = path.relative_to(place)
        if not any(part.startswith(".") for part in name.parts):
            total.update(name.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:32]


@lru_cache(maxsize=4)
def _loaded(place: Path, _bytes: str) -> Configuration:
    return loader.load(place, rules=set(rules.known()))


def _differences(running: Configuration, written: Configuration, place: Path) -> Iterator[Found]:
    if running.sha256 == written.sha256:
        return
    old, new = (flat(one.model_dump(mode="json")) for one in (running, written))
    by_file: dict[str, list[str]] = {}
    differing = [key for key in sorted(old.keys() | new.keys()) if old.get(key, NOTHING) != new.get(key, NOTHING)]
    for key in differing:
        if areas.is_gxp(f"configuration.{key}"):
            by_file.setdefault(_file(key), []).append(key)
    if not differing:  # two values that JSON tells apart and this reading does not
        yield Found("configuration.folder", f"SHA-256 {running.sha256}", f"SHA-256 {written.sha256}", str(place))
    for file, keys in by_file.items():
        path, who = place / file, written_by(place / file)
        if len(keys) <= MOST_KEYS:
            yield from (
                Found(f"configuration.{key}", _said(old, key), _said(new, key), _line(path, file, key), who) for key in keys
            )
        else:
            before, after = ("\n".join(f"{key}: {_said(side, key)}" for key in keys)[:LONGEST] for side in (old, new))
            yield Found(f"configuration.{file}: {len(keys)} keys", before, after, str(path), who)


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Give a configuration's values by dotted key; entries of a list that have a name or an id are called by it."""
    if isinstance(value, dict) and value:
        return {k: v for name, item in value.items() for k, v in flat(item, f"{path}.{name}" if path else str(name)).items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        names = [_called(item) for item in value]
        called = [name if name and names.count(name) == 1 else str(at) for at, name in enumerate(names)]
        return {k: v for name, item in zip(called, value, strict=True) for k, v in flat(item, f"{path}.{name}").items()}
    return {path: value}


def _called(item: Any) -> str:
    return str(item.get("name") or item.get("meaning") or item.get("title") or "") if isinstance(item, dict) else ""


def _said(side: dict[str, Any], key: str) -> str:
    return json.dumps(side[key], ensure_ascii=False)[:LONGEST] if key in side else NOTHING


def _file(key: str) -> str:
    first, _, rest = key.partition(".")
    return f"types/{rest.partition('.')[0]}.yaml" if first == "types" else f"{first}.yaml"


def _line(path: Path, file: str, key: str) -> str:
    """Give file and line of a key, or the line of what holds it."""
    steps = key.split(".")[2:] if key.startswith("types.") else key.split(".")[1:]
    try:
        source = positions.read(file, path.read_bytes())
    except OSError:
        return str(path)
    return f"{path}:{source.place(tuple(_steps(source.root, steps)))[0]}"


def _steps(node: Any, names: list[str]) -> Iterator[str | int]:
    """Turn names of list entries back into their places, as far as the file has them."""
    for name in names:
        if isinstance(node, positions.Sequence):
            at = next((i for i, item in enumerate(node.items) if _is_called(item, name)), None)
            if at is None:
                return
            yield at
            node = node.items[at]
        else:
            yield name
            node = node.items[name][1] if isinstance(node, positions.Mapping) and name in node.items else None


def _is_called(item: Any, name: str) -> bool:
    value = item.items["name"][1] if isinstance(item, positions.Mapping) and "name" in item.items else None
    return isinstance(value, positions.Text) and value.text == name
