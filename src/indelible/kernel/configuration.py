"""What a company configured, as one value (D11). Pure: the loader and the command line need no Django for it."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field as Key

from indelible.infra import canonical
from indelible.kernel.errors import NotFound
from indelible.kernel.parts import Name, Part
from indelible.kernel.types import TypeDeclaration


class Role(Part):
    """One role: what its holders may sign, and which roles the same person may not hold at the same time."""

    label: str
    """What people call the role."""
    help: str = ""
    """What its holders do."""
    signs: list[Name] = []
    """The meanings that its holders may sign."""
    never_with: list[Name] = []
    """Roles that the same person may not hold at the same time."""
    scoped: bool = False
    """Granted for one department."""
    everybody: bool = False
    """Held by every active person without a grant."""
    file: list[Name] = []
    """What the personnel file of its holders must hold: without it the role sleeps."""


class Meaning(Part):
    """One meaning of a signature, a fixed sentence (11.50(a)(3)); `series` says whether it may be given in a series."""

    label: str
    """Its name."""
    text: str
    """The sentence that stands in the dialog and with every signature."""
    series: bool = True
    """May be given for several records in one go."""
    covers: bool = True
    """Freezes the content that was signed."""


class RetentionClass(Part):
    """How long records are kept: an event starts the clock; without years the record is kept (the default)."""

    label: str
    """Its name."""
    starts: str
    """The event that starts the clock, in words."""
    years: int | None = Key(default=None, ge=1, le=100)
    """So many years; without it the record is kept."""
    rule: str = ""
    """Why so long."""


class Policies(Part):
    """What governs people and sessions; each within a range that no YAML can leave."""

    idle_minutes: int = Key(default=15, ge=5, le=30)
    """A session without a request ends after so many minutes."""
    absolute_hours: int = Key(default=12, ge=1, le=24)
    """A session ends after so many hours, whatever happens in it."""
    password_length: int = Key(default=15, ge=12, le=64)
    """The shortest password."""
    invitation_hours: int = Key(default=72, ge=1, le=168)
    """A one-time link is good for so many hours."""
    token_days: int = Key(default=90, ge=1, le=365)
    """The longest life of an API token."""
    upload_megabytes: int = Key(default=100, ge=1, le=2000)
    """The largest file."""
    upload_types: list[str] = Key(min_length=1)
    """Endings of files that may be brought; the bytes must agree."""
    reason_length: int = Key(default=10, ge=3, le=100)
    """The shortest reason, in characters."""
    factor_roles: list[Name] = []
    """Roles whose holders sign in with a second factor."""
    signing_statement: str = Key(default="", max_length=5000)
    """What everybody accepts before the first signature, word for word; other words are accepted anew."""
    signing_procedure: str = Key(default="", max_length=40)
    """The document on electronic signatures: who signs is trained on its revision in force. Empty asks for no training."""
    signing_period_minutes: int = Key(default=30, ge=0, le=240)
    """For so long after a signature with all components the next ones ask for the secret alone (11.200(a)(1)); 0 always asks for all."""
    dormant_days: list[int] = Key(default=[60, 90], min_length=2, max_length=2)
    """Days without a sign-in after which an account is warned of, and after which it is disabled."""
    reserved_ids: list[str] = []
    """User ids that say a function instead of a person; `*` stands for any digits, points, dashes and underscores after it."""
    synced_passkeys_sign: bool = False
    """Whether a passkey that is copied between devices counts for a signature; needs a signed decision on the risk."""
    sso_issuer: str = Key(default="", pattern=r"^(https://.+|http://(127\.0\.0\.1|localhost)(:\d+)?(/.*)?)?$")
    """The identity provider that vouches for people (OpenID Connect), as it calls itself; empty: there is none."""
    sso_signs: bool = False
    """Whether a fresh sign-in at the provider counts, beside the user id, for a signature."""
    sso_only_roles: list[Name] = []
    """Roles whose holders sign in at the provider alone: their passwords open nothing, and none is set."""
    security_contact: str = Key(default="", pattern=r"^([^\s@]+@[^\s@]+)?$")
    """The address that is told by mail when somebody gives another person's credentials in a session (11.300(d))."""
    trail_readers: list[Name] = Key(min_length=1)
    """Roles that see the refused attempts of everybody."""
    backup_days: int = Key(default=2, ge=1, le=14)
    """Without a backup for so many days the system opens an incident."""
    restore_test_days: int = Key(default=190, ge=30, le=400)
    """Without a restore, or a rehearsal of one, for so many days the system opens an incident."""
    service_targets: dict[Name, int] = {}
    """What the service itself must keep, each by its name; a missed one opens an incident. One that is left out asks for nothing."""
    holidays: list[str] = []
    """Days that do not count as business days, as YYYY-MM-DD."""


class Company(Part):
    """What the installation must know before it has records: whose it is and in which zone it lives."""

    zone: str
    """The IANA time zone in which its days begin and end."""
    name: str
    """Its name, as it is printed."""


class Configuration(Part):
    """Everything that a company configured: roles, meanings, retention, policies and types."""

    company: Company
    roles: dict[Name, Role]
    meanings: dict[Name, Meaning]
    retention: dict[Name, RetentionClass]
    policies: Policies
    types: dict[Name, TypeDeclaration]

    @cached_property
    def text(self) -> str:
        """Give the canonical text, the same for any order of files and keys."""
        return canonical.encode(self.model_dump(mode="json"))

    @cached_property
    def sha256(self) -> str:
        """Give the hash that baselines, versions and statements name."""
        return canonical.sha256(self.text).hex()

    def type(self, name: str) -> TypeDeclaration:
        """Find a type; raises NotFound for one that is not declared."""
        if name not in self.types:
            raise NotFound(name)
        return self.types[name]
