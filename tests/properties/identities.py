"""What the events of a person say about the identity: whether it was verified, and who may not verify it again."""

from __future__ import annotations

from uuid import UUID

from indelible.assurance.qualification.reading import Thing
from tests.properties.testimony import hear


def verified(person: Thing) -> bool:
    """Say whether the identity was verified since the person came, or came back."""
    words = [event["event"].partition(".")[2] for event in hear(UUID(person.id)).events]
    since = max((at for at, word in enumerate(words) if word == "reactivated"), default=0)
    return "identity_verified" in words[since:]


def barred(person: Thing) -> set[str]:
    """Give who gave a person a new credential since the identity was verified last: a link that was used, or factors taken away."""
    found: set[str] = set()
    gave = None
    for event in hear(UUID(person.id)).events:
        word, by = event["event"].partition(".")[2], event["by"].get("person")
        if word == "link_issued":
            gave = by
        elif word == "activated":
            gave = None  # by the link of the invitation, before which the identity was checked
        elif word in ("password_set", "sso_linked") and by is None:
            found |= {str(gave)} if gave else set()
        elif word == "factor_removed" and by not in (None, person.id):
            found.add(by)
        elif word in ("identity_verified", "reactivated"):
            found.clear()
    return found


def suspended(person: UUID) -> bool:
    """Say whether a person's signing is suspended: a credential was given anew, and the identity was not verified since."""
    found = False
    for event in hear(person).events:
        word, by = event["event"].partition(".")[2], event["by"].get("person")
        by_link = word in ("password_set", "sso_linked") and by is None
        if word == "recovery_code_used" or by_link or (word == "factor_removed" and by != str(person)):
            found = True
        elif word in ("activated", "identity_verified", "reactivated"):
            found = False
    return found
