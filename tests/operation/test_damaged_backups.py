"""Damaged backups, in a campaign more than a hundred: each refused before the target is touched, naming the file that is damaged."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance import backup
from indelible.faces.cli.ports import Restoring
from indelible.infra import archive
from indelible.infra.home import Home
from indelible.kernel.errors import Refused
from indelible.practice import uploads
from indelible.project import restoring
from tests.faces.terminal import Terminal
from tests.homes import TestHome
from tests.operation import keeping
from tests.torture import rounds

BLOCK = archive.BLOCK
FLIPS, CUTS, LOSSES = rounds(20, 60), rounds(5, 30), rounds(5, 30)


@dataclass(frozen=True)
class Whole:
    """A good backup as bytes, and where in it each member's header and content stand."""

    path: Path
    content: bytes
    places: dict[str, tuple[int, int, int]]

    def within(self, name: str) -> range:
        """Give where the bytes of a member stand."""
        _, begin, size = self.places[name]
        return range(begin, begin + size)

    def at(self, place: int) -> str:
        """Give the member to which a byte belongs; what stands behind one belongs to it, the end to the archive."""
        owner = max((header, name) for name, (header, _, _) in self.places.items() if header <= place)[1]
        return owner if place < len(self.content) - 2 * BLOCK else self.path.name


@pytest.fixture(scope="module")
def whole(template: TestHome, engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """Make one backup of a home with documents and a file."""
    place = tmp_path_factory.mktemp("damaged")
    patched = pytest.MonkeyPatch()
    patched.setattr("django.conf.settings.HOME", Home(place))
    with engine.copy("template", place):
        home = TestHome(place, dict(template.people), dict(template.departments))
        keeping.on_disk(home)
        home.draft(file=[uploads.receive(home.people["ann"], "note.txt", [b"Kept\n" * 300]).sha256])
        home.until(home.draft(), "effective")
        made = backup.create(place / "good.tar", lambda _: None)
        with tarfile.open(made.path) as opened:
            places = {one.name: (one.offset, one.offset_data, one.size) for one in opened.getmembers()}
        yield Whole(made.path, made.path.read_bytes(), places)
    patched.undo()


def expect_refused(damaged: Path, named: str) -> Refused:
    """Restore from a damaged backup; expect a refusal that names the file, and nothing where the home was to be."""
    target = damaged.parent / "home"
    before = sorted(damaged.parent.iterdir())
    with pytest.raises(Refused) as refused:
        restoring.restore(Restoring(damaged, target), lambda _: None)
    assert refused.value.rule == "backup_is_whole"
    assert named in {one.field for one in refused.value.missing}, refused.value
    assert sorted(damaged.parent.iterdir()) == before
    return refused.value


def test_the_good_backup_is_whole(whole: Whole) -> None:
    assert archive.check(whole.path).fingerprint == hashlib.sha256(member(whole, "manifest.json")).hexdigest()


@pytest.mark.parametrize("seed", range(FLIPS))
def test_one_flipped_bit_anywhere_is_found(whole: Whole, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    place, damaged = chance.randrange(len(whole.content)), bytearray(whole.content)
    damaged[place] ^= 1 << chance.randrange(8)
    (tmp_path / whole.path.name).write_bytes(damaged)
    owner = whole.at(place)

    expect_refused(tmp_path / whole.path.name, "manifest.json" if owner == "manifest.sha256" else owner)


@pytest.mark.parametrize("seed", range(CUTS))
def test_one_that_ends_anywhere_before_its_end_is_found(whole: Whole, tmp_path: Path, seed: int) -> None:
    place = random.Random(seed).randrange(2 * BLOCK, len(whole.content))
    (tmp_path / whole.path.name).write_bytes(cut(whole, place))
    owner = whole.at(place)

    expect_refused(tmp_path / whole.path.name, "manifest.json" if owner == "manifest.sha256" else owner)


@pytest.mark.parametrize("seed", range(LOSSES))
def test_one_that_lacks_any_of_its_files_is_found(whole: Whole, tmp_path: Path, seed: int) -> None:
    lost = random.Random(seed).choice([name for name in whole.places if not name.startswith("manifest.")])
    (tmp_path / whole.path.name).write_bytes(without(whole, lost))

    expect_refused(tmp_path / whole.path.name, lost)


def cut(whole: Whole, place: int) -> bytes:
    return whole.content[:place]


def patched(whole: Whole, place: int, other: bytes) -> bytes:
    return whole.content[:place] + other + whole.content[place + len(other) :]


def member(whole: Whole, name: str) -> bytes:
    return bytes(whole.content[slice(whole.within(name).start, whole.within(name).stop)])


def named_like(whole: Whole, begin: str) -> str:
    return next(name for name in whole.places if name.startswith(begin))


def headed(whole: Whole, member_name: str, /, **other: Any) -> bytes:
    """Give the header of a member with other facts in it, its own checksum right."""
    info = tarfile.TarInfo(member_name)
    info.size, info.mode, info.mtime = len(whole.within(member_name)), 0o600, 0
    for fact, value in other.items():
        setattr(info, fact, value)
    return patched(whole, whole.places[member_name][0], info.tobuf(tarfile.USTAR_FORMAT))


def swapped(whole: Whole, first: str, second: str) -> bytes:
    """Exchange two members, headers and all, by writing the archive anew in another order."""
    order = list(whole.places)
    i, j = order.index(first), order.index(second)
    order[i], order[j] = order[j], order[i]
    return b"".join(_framed(whole, name) for name in order) + archive.END


def without(whole: Whole, left_out: str) -> bytes:
    return b"".join(_framed(whole, name) for name in whole.places if name != left_out) + archive.END


def _framed(whole: Whole, name: str) -> bytes:
    header, begin, size = whole.places[name]
    return bytes(whole.content[header : begin + size + -size % BLOCK])


FILE, EVENTS, SECRET = "files/", "rows/event.jsonl", "home.json"
Damage = tuple[Callable[[Whole], bytes], str]
DAMAGES: dict[str, Damage] = {
    "nothing in it": (lambda w: b"", "manifest.json"),
    "not a backup": (lambda w: b"PK\x03\x04" + bytes(4000), "manifest.json"),
    "only its first block": (lambda w: cut(w, BLOCK), "manifest.json"),
    "cut in the manifest": (lambda w: cut(w, 700), "manifest.json"),
    "cut in the events": (lambda w: cut(w, w.within(EVENTS).start + 100), EVENTS),
    "cut in the file": (lambda w: cut(w, w.within(named_like(w, FILE)).start + 1), FILE),
    "cut before the end": (lambda w: cut(w, len(w.content) - BLOCK), "good.tar"),
    "longer than written": (lambda w: w.content + bytes(BLOCK), "good.tar"),
    "no file": (lambda w: without(w, named_like(w, FILE)), FILE),
    "no home.json": (lambda w: without(w, SECRET), SECRET),
    "files swapped": (lambda w: swapped(w, "rows/event.jsonl", "rows/version.jsonl"), EVENTS),
    "another manifest": (lambda w: patched(w, 520, b"\x20"), "manifest.json"),
    "a link": (lambda w: headed(w, named_like(w, FILE), type=tarfile.SYMTYPE, linkname="/etc/passwd"), FILE),
    "a hard link": (lambda w: headed(w, SECRET, type=tarfile.LNKTYPE, linkname="rows/event.jsonl"), SECRET),
    "a device": (lambda w: headed(w, SECRET, type=tarfile.CHRTYPE), SECRET),
    "a folder": (lambda w: headed(w, EVENTS, type=tarfile.DIRTYPE), EVENTS),
    "another name": (lambda w: headed(w, SECRET, name="../home.json"), SECRET),
    "another size": (lambda w: headed(w, EVENTS, size=8**11 - 1), EVENTS),
    "another owner": (lambda w: headed(w, SECRET, uid=1000), SECRET),
    "set-uid": (lambda w: headed(w, named_like(w, FILE), mode=0o4755), FILE),
    "an absurd manifest": (lambda w: headed(w, "manifest.json", size=8**11 - 1), "manifest.json"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_to_the_archive_is_refused_and_named(whole: Whole, tmp_path: Path, damage: Damage) -> None:
    change, named = damage
    (tmp_path / whole.path.name).write_bytes(change(whole))

    expect_refused(tmp_path / whole.path.name, named_like(whole, FILE) if named == FILE else named)


def forged(whole: Whole, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    """Write a backup by hand, with hashes and seal that are right of what somebody has put into it."""
    manifest = json.loads(member(whole, "manifest.json"))
    contents = {one["name"]: member(whole, one["name"]) for one in manifest["members"]}
    untouched = dict(contents)
    listed = manifest["members"]
    change(manifest, contents)
    for one in listed:
        if contents.get(one["name"]) != untouched.get(one["name"]):
            content = contents[one["name"]]
            one |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    text = json.dumps(manifest).encode()
    seal = f"{hashlib.sha256(text).hexdigest()}\n".encode()
    path = tmp_path / "forged.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as out:
        members = [("manifest.json", text), ("manifest.sha256", seal)]
        members += [(one["name"], contents.get(one["name"], b"")) for one in listed]
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            out.addfile(info, io.BytesIO(content))
    end = sum(BLOCK + len(content) + -len(content) % BLOCK for _, content in members)
    path.write_bytes(path.read_bytes()[:end] + archive.END)  # tarfile fills up its last record
    return path


def sets(**facts: Any) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    return lambda manifest, _: manifest.update(facts)


def names(name: str) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    def change(manifest: dict[str, Any], contents: dict[str, bytes]) -> None:
        manifest["members"].append({"name": name, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()})
        contents[name] = b"x"

    return change


FORGERIES = {
    "another format": (sets(format=2), "manifest.json"),
    "a manifest without counts": (sets(counts=None), "manifest.json"),
    "a position that is none": (sets(position="last"), "manifest.json"),
    "counts of nothing": (sets(tables={"event": "many"}), "manifest.json"),
    "no format": (sets(format=None), "manifest.json"),
    "members are no list": (sets(members="none"), "manifest.json"),
    "a path that leads out": (names("files/../../out.txt"), "files/../../out.txt"),
    "a path from the root": (names("/etc/cron.d/x"), "/etc/cron.d/x"),
    "a path that leads beside": (names("indelible.sqlite3"), "indelible.sqlite3"),
    "a name with a backslash": (names("files\\..\\x"), "files\\..\\x"),
    "a name twice": (names(SECRET), SECRET),
    "an absurd size": (
        lambda m, _: m["members"][0].update(size=2**50), SECRET),
    "a negative size": (lambda m, _: m["members"][0].update(size=-1), SECRET),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_manifest_that_asks_for_too_much_is_refused(whole: Whole, tmp_path: Path, forgery: Any) -> None:
    change, named = forgery

    expect_refused(forged(whole, tmp_path, change), named)


def rewritten(table: str, old: bytes, new: bytes) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    def change(_: dict[str, Any], contents: dict[str, bytes]) -> None:
        assert old in contents[f"rows/{table}.jsonl"]
        contents[f"rows/{table}.jsonl"] = contents[f"rows/{table}.jsonl"].replace(old, new, 1)

    return change


def shortened(manifest: dict[str, Any], contents: dict[str, bytes]) -> None:
    lines = contents["rows/signature.jsonl"].splitlines(keepends=True)
    contents["rows/signature.jsonl"] = b"".join(lines[:-1])
    manifest["tables"]["signature"] -= 1


LIES = {
    "a signer's name": (rewritten("signature", b'"Ann Author"', b'"Another One"'), "rows/signature.jsonl"),
    "an event's words": (rewritten("event", b"document.submit", b"document.wander"), "rows/event.jsonl"),
    "a version's text": (rewritten("version", b"Samples are handled", b"Samples are mangled"), "rows/version.jsonl"),
    "a record's state": (rewritten("record", b'"effective"', b'"withdrawn"'), "rows/record.jsonl"),
    "a signature less": (shortened, "rows/signature.jsonl"),
    "a count that is not true": (lambda m, _: m["tables"].update(event=1), "rows/event.jsonl"),
    "a home.json that is none": (lambda _, c: c.update({SECRET: b'{"secret": 1}'}), SECRET),
    "no home.json at all": (lambda m, _: m["members"].pop(0), SECRET),
    "a table that is not there": (
        lambda m, _: m.update(members=[one for one in m["members"] if one["name"] != "rows/link.jsonl"]),
        "rows/link.jsonl",
    ),
    "a row that is none": (rewritten("link", b"\n[", b"\n{["), "rows/link.jsonl"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_rows_that_were_changed_together_with_their_hashes_do_not_verify(whole: Whole, tmp_path: Path, lie: Any) -> None:
    change, named = lie
    path = forged(whole, tmp_path, change)
    answer = Terminal(tmp_path / "none").run("restore", str(path), "--to", str(tmp_path / "home"), "--json")

    assert answer.code == 1, answer.out
    assert named in answer.err, answer.err
    assert [one.name for one in tmp_path.iterdir()] == ["forged.tar"]
