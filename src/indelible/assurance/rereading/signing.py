"""The only place that re-reads signatures: the row, the manifest, the statement in it, the event and the version agree.

What is signed is in the manifest, and the event names the manifest's hash. So a row whose columns, record or version
differ from its manifest was changed or carried elsewhere, and both places can be named (11.70).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from indelible.assurance.rereading.chain import Chain, Ledger
from indelible.assurance.rereading.report import Findings, quoted, spoken
from indelible.assurance.rereading.rows import MALFORMED, Data, Rows, parsed, table
from indelible.kernel.models import Signature

TABLE = table(Signature, "record_id", "position")
_STATEMENT, _END = '"statement":', ',"statement_sha256":'


class Signatures:
    """The signatures of one record, each given to the event that asks for it."""

    def __init__(self, ledger: Ledger, rows: Rows, key: Any) -> None:
        self._ledger, self._findings = ledger, ledger.findings
        given = rows.take(key)
        self._findings.counts["signatures"] += len(given)
        self._rows = {row["position"]: row for row in given}
        self._left = [row for row in given if self._rows[row["position"]] is not row]

    def event(self, chain: Chain, position: Any, data: Data) -> None:
        """Check what an event says about its signature; an event without one must have no row."""
        digest = data.get("signature")
        if digest is None:
            return
        row = self._rows.pop(position, None)
        if row is None:
            self._ledger.missing[str(digest)] = len(self._findings.all)
            text = "the event was signed, but the signature is missing"
            chain.say("signature_missing", "signature", text, "manifest", digest)
            return
        self._check(_Place(self._findings, chain.name, chain.number, position), row, data)

    def close(self, chain: Chain) -> None:
        """Say which rows no event asked for, and where they came from."""
        for row in [*self._rows.values(), *self._left]:
            place = _Place(self._findings, chain.name, chain.number, row["position"])
            manifest = _read(row["manifest"])
            told = manifest.get("statement", {}) if manifest else {}
            if told and _moved(row, told):
                place.moved(row, told)
                self._ledger.strays[_digest(row)] = (chain.name, row["position"])
            else:
                place.say("signature_extra", "no event of the record names it", "manifest", None, _digest(row))

    def _check(self, place: _Place, row: Data, data: Data) -> None:
        manifest = _read(row["manifest"])
        try:
            told = manifest["statement"] if manifest else {}
            if told and _moved(row, told):
                self._ledger.strays[_digest(row)] = (place.name, row["position"])
                place.moved(row, told)
            if _digest(row) != data["signature"]:
                text = "what was signed is not what was hashed when it was signed"
                place.say("signature_changed", text, "manifest", data["signature"], _digest(row))
            if manifest is None:
                place.say("signature_changed", "what was signed cannot be read", "manifest")
                return
            self._columns(place, row, manifest)
            _statement(place, row["manifest"], manifest, data)
        except MALFORMED as problem:
            place.say("signature_changed", f"what was signed is not whole ({type(problem).__name__}: {problem})", "manifest")

    def _columns(self, place: _Place, row: Data, manifest: Data) -> None:
        told = manifest["statement"]
        signed = {
            "person_id": told["signer"], "printed_name": told["printed_name"], "meaning": told["meaning"],
            "at": manifest["at"],
        }  # fmt: skip
        for column, value in signed.items():
            if row[column] != value:
                text = f"{spoken(column)} is {quoted(row[column])} in the row, {quoted(value)} in what was signed"
                place.say("signature_changed", text, column, value, row[column])


class _Place:
    """One signature, as its findings name it."""

    def __init__(self, findings: Findings, name: str, number: str | None, position: Any) -> None:
        self._findings, self.name, self._number, self._position = findings, name, number, position

    def say(self, kind: str, text: str, field: str, old: Any = None, new: Any = None) -> None:
        """Add a finding about this signature."""
        self._findings.add(
            kind, "signature", f"{self.name}, signature at position {self._position}: {text}.", record=self._number,
            field=field, old=old, new=new, position=self._position,
        )  # fmt: skip

    def moved(self, row: Data, told: Data) -> None:
        """Say where the row stands and what was signed with it."""
        signed = f"version {told.get('version')} of {told.get('record', told.get('id'))}, at position {_after(told)}"
        text = f"it stands under version {row['version']} of {self.name}, but what was signed is {signed}"
        field = next(name for name, value in _bound(told).items() if row[name] != value)
        self.say("signature_moved", text, field, _bound(told)[field], row[field])


def settle(ledger: Ledger) -> None:
    """Once everything was read: say of each missing signature where its row stands now, if it stands somewhere."""
    for digest, index in ledger.missing.items():
        if digest in ledger.strays:
            name, position = ledger.strays[digest]
            ledger.findings.amend(index, f"It stands under {name}, position {position}, now.")


def _statement(place: _Place, text: str, manifest: Data, data: Data) -> None:
    told, version = manifest["statement"], data["version"]
    found = sha256(text[text.index(_STATEMENT) + len(_STATEMENT) : text.rindex(_END)].encode()).hexdigest()
    if found != manifest["statement_sha256"]:
        words = "the statement is not the one whose hash the person was shown"
        place.say("signature_changed", words, "statement_sha256", manifest["statement_sha256"], found)
    if (told["version"], told["version_sha256"]) != (version["number"], version["sha256"]):
        words = f"version {told['version']} was signed, the event is about version {version['number']} with another content"
        place.say("signature_changed", words, "version_sha256", told["version_sha256"], version["sha256"])


def _bound(told: Data) -> Data:
    return {"record_id": told.get("id"), "position": _after(told), "version": told.get("version")}


def _moved(row: Data, told: Data) -> bool:
    return any(row[name] != value for name, value in _bound(told).items())


def _after(told: Data) -> Any:
    # Signed is the position that the person saw; the signature is the event after it.
    seen = told.get("position")
    return seen + 1 if isinstance(seen, int) else seen


def _digest(row: Data) -> str:
    return sha256(str(row["manifest"]).encode("utf-8", "surrogatepass")).hexdigest()


def _read(manifest: Any) -> Data | None:
    try:
        data = parsed(manifest)
    except (TypeError, ValueError):
        return None
    good = isinstance(data, dict) and isinstance(data.get("statement"), dict)
    return data if good else None
