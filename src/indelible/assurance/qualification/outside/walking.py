"""The only place that finds out, from the reading of the configuration alone, who has to act for a move, and lets them.

A thread goes the same way under a changed configuration: three signatures where two were asked for are three people here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .ground import Ground
    from .people import Person

RELATIONS = ("its_author", "owner", "subject", "everybody")
MOST = 12  # signatures of one move; more than any declaration asks for


class Walking:
    """Does moves with all that they ask for."""

    def __init__(self, site: Ground) -> None:
        self.site = site

    def walk(
        self, number: str, move: str, *, reason: str = "", but: tuple[str, ...] = (), first: tuple[str, ...] = ()
    ) -> str:
        """Do a move: by one person, or by every signer that it asks for; gives the state afterwards, or what stood in the way.

        `first` are user ids or roles to be preferred, `but` such that are never taken.
        """
        kind = self.site.reading.type_of(number)
        head = self._head(number)
        declared = self.site.reading.moves(kind, head["state"]).get(move)
        if declared is None:
            return f"no move {move} in {head['state']}"
        why = reason or "As the script lays down for this step"
        if not declared.get("signs"):
            return self._do(number, move, declared, head, why if declared.get("reason") else "", but, first)
        before, signed = head["state"], list[str]()
        for _ in range(MOST):
            answer = self._one(number, move, head, signed, why, but, first)
            head = self._head(number)
            if answer != "signed":
                return answer
            stays = declared["to"] == before  # then only the count of signatures says that it is done
            if head["state"] != before or (stays and len(signed) >= len([*self._needs(declared, head)])):
                break
        return str(head["state"])

    def signers(self, number: str, move: str) -> int:
        """Give how many signatures a move asks for on this record now, by the reading."""
        head = self._head(number)
        declared = self.site.reading.moves(self.site.reading.type_of(number), head["state"])[move]
        return len([*self._needs(declared, head)])

    def _one(self, number: str, move: str, head: dict[str, Any], signed: list[str], why: str, but: tuple[str, ...],
             first: tuple[str, ...]) -> str:  # fmt: skip
        last = "nobody of the cast may sign"
        for person in self._able(number, move, head, but, first):
            if person.user_id in signed:
                continue
            answer = person.sign(number, move, why)
            if answer.signed == "signed":
                signed.append(person.user_id)
                return "signed"
            last = answer.signed
        return last

    def _do(self, number: str, move: str, declared: dict[str, Any], head: dict[str, Any], why: str, but: tuple[str, ...],
            first: tuple[str, ...]) -> str:  # fmt: skip
        last = "nobody of the cast may"
        for person in self._able(number, move, head, but, first, declared["by"]):
            answer = person.act(number, move, reason=why)
            if answer.ok:
                return answer.state
            last = answer.said
        return last

    def _able(self, number: str, move: str, head: dict[str, Any], but: tuple[str, ...], first: tuple[str, ...],
              by: list[str] | None = None) -> Iterator[Person]:  # fmt: skip
        declared = self.site.reading.moves(head["type"], head["state"])[move]
        capacities = by or [one for need in declared.get("signs", []) for one in need["by"]]
        preferred = [self.site.person(one).user_id for one in first]
        refused = {self.site.person(one).user_id for one in but}
        candidates = [*preferred, *(one for capacity in capacities for one in self._holders(capacity, head))]
        for user_id in dict.fromkeys(candidates):
            if user_id and user_id not in refused:
                person = self.site.person(user_id)
                if move in person.allowed(number):
                    yield person

    def _holders(self, capacity: str, head: dict[str, Any]) -> list[str]:
        if capacity in self.site.reading.roles:
            return [f"q.{capacity}", f"q.{capacity}.2"]
        if capacity in RELATIONS[:2]:
            named = head["author"] if capacity == "its_author" else head["owner"]
            return [self.site.user_id_of(named)] if named else []
        return [self.site.user_id_of(one) for one in people(head["fields"].get(capacity))]

    def _needs(self, declared: dict[str, Any], head: dict[str, Any]) -> Iterator[str]:
        for need in declared.get("signs", []):
            if not self.site.reading.holds(need.get("when") or {}, head["fields"]):
                continue
            named = {one for capacity in need["by"] for one in people(head["fields"].get(capacity))}
            yield from [need["meaning"]] * (len(named) if need.get("count") == "each" else int(need.get("count", 1)))

    def _head(self, number: str) -> dict[str, Any]:
        for who in ("qa_approver", "executive", "sysadmin", "author", "qa_ops", "trainer"):
            answer = self.site.person(who).read(number)
            if answer.status == 200:
                found: dict[str, Any] = answer.json
                return found
        return {"state": "not seen", "type": self.site.reading.type_of(number), "fields": {}, "author": None, "owner": None}


def people(value: Any) -> list[str]:
    """Give the ids of the persons that a value of the interface names."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [str(one["person"]) for one in items if isinstance(one, dict) and "person" in one]
