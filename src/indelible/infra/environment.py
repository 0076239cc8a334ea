"""The only place that knows which settings the environment may give: each with its kind, its range, its meaning.

None of them changes what is recorded, signed or allowed; that is configuration, and stands in a baseline. A name that
begins as ours and is not in this table stops the start: a misspelt one would otherwise quietly not be in force.
"""

from __future__ import annotations

import difflib
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

PREFIX = "INDELIBLE_"
# Read by the tools of the project's own development; the product does not look at them and lets them be.
TOOLS = ("TEST_", "REQUIRE", "CAMPAIGN", "TORTURE", "BENCH")


class Unknown(ValueError):
    """The environment gives a setting that does not exist, or a value that this one cannot have; in words."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `kind` says how it is written, `range` what it may be, in words."""

    name: str
    kind: str
    range: str
    default: str
    meaning: str


SETTINGS = (
    Setting("INDELIBLE_HOME", "folder", "a path", "indelible-home",
            "The installation's folder; `--home` says the same."),
    Setting("INDELIBLE_OWNER_URL", "secret", "postgresql://user:password@host:port/name", "",
            "The database's address as its owner, for `upgrade` and `restore` alone. Never given to `serve`."),
    Setting("INDELIBLE_HOSTS", "list", "host names, separated by commas", "localhost,127.0.0.1,[::1]",
            "The names under which the server is called. A request for another name is refused."),
    Setting("INDELIBLE_TLS", "yes_no", "0 or 1", "0",
            "1 where people reach the server over https: cookies are then sent over https only, and browsers are told to "
            "use nothing else."),
    Setting("INDELIBLE_PROXIES", "networks", "addresses or networks, separated by commas", "",
            "From which proxies the caller's address and https are believed (X-Forwarded-For, X-Forwarded-Proto). From "
            "anybody else these headers are thrown away."),
    Setting("INDELIBLE_MONITORS", "networks", "addresses or networks, separated by commas", "",
            "From where `/metrics` may be asked besides this machine; never through a proxy."),
    Setting("INDELIBLE_URL", "url", "https://name or http://name, without a path", "",
            "The address under which people reach the server. Printed copies carry it as a QR code that leads to the revision in "
            "force; without it they carry none."),
    Setting("INDELIBLE_MAIL", "mail", "smtp://host:port, smtp+starttls://user:password@host:port or smtps://user:password@host:port",
            "", "The server that takes mail. Without it nobody is told by mail what waits for them."),
    Setting("INDELIBLE_MAIL_FROM", "address", "name@host", "",
            "The sender of mail; without it, indelible at the name of the server that takes it."),
    Setting("INDELIBLE_OIDC_CLIENT", "text", "a name without spaces", "",
            "The name by which the identity provider knows this installation. Which provider that is says `sso_issuer` in "
            "`policies.yaml`; without a name nobody signs in there."),
    Setting("INDELIBLE_OIDC_SECRET", "secret", "what the provider gave for that name", "",
            "What proves this installation to the provider."),
    Setting("INDELIBLE_SCANNER", "scanner", "unix:///path or tcp://host:port", "",
            "ClamAV's daemon, which examines every file before it is kept. What it finds infected is refused; while it does not "
            "answer no file is accepted. Without it files are judged by their kind alone."),
    Setting("INDELIBLE_UPLOADS_WAITING", "number", "1 to 1000000", "2000",
            "Megabytes of files that one person may have brought without a record that names them, within a week."),
    Setting("INDELIBLE_UPLOADS_DAY", "number", "1 to 1000000", "10000",
            "Megabytes of files that one person may bring within a day."),
    Setting("INDELIBLE_BACKUPS", "folder", "a path", "",
            "The folder in which backups of this installation lie: `drill` takes the newest one there, unless another is named."),
    Setting("INDELIBLE_WORKERS", "number", "1 to 64", "2", "Web processes."),
    Setting("INDELIBLE_THREADS", "number", "1 to 64", "4", "Requests that one web process serves at a time."),
    Setting("INDELIBLE_LOG", "choice", "info, warning or error", "info",
            "What is logged: with `info` one line for each request."),
)  # fmt: skip
SECRETS = ("secret", "mail")  # kinds whose value is never shown
FORMS = {
    "yes_no": r"[01]",
    "url": r"https?://[A-Za-z0-9.\-\[\]:]{1,250}",
    "mail": r"(smtp|smtps|smtp\+starttls)://([^\s/@]+@)?[A-Za-z0-9.\-]{1,250}(:\d{1,5})?",
    "scanner": r"unix:///[^\s\x00]{1,100}|tcp://[A-Za-z0-9.\-\[\]:]{1,250}:\d{1,5}",
    "address": r"[^\s@<>,;:\"\\]{1,64}@[A-Za-z0-9.\-]{1,250}",
}
BY_NAME = {setting.name: setting for setting in SETTINGS}


def check(given: Mapping[str, str] = os.environ) -> None:
    """Raise Unknown for the first setting that does not exist or cannot have its value."""
    for name in sorted(given):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX).startswith(TOOLS):
            continue
        if name not in BY_NAME:
            near = difflib.get_close_matches(name, BY_NAME, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise Unknown(f"There is no setting {name}.{hint} Known: {', '.join(BY_NAME)}.")
        setting = BY_NAME[name]
        if given[name] and not _fits(setting, given[name]):
            shown = "what it is" if setting.kind in SECRETS else repr(given[name])
            raise Unknown(f"{name} cannot be {shown}; it is {setting.range}.")


def text(name: str) -> str:
    """Give a setting as text: what the environment says, or its default."""
    return os.environ.get(name) or BY_NAME[name].default


def number(name: str) -> int:
    """Give a setting that is a number."""
    return int(text(name))


def is_on(name: str) -> bool:
    """Say whether a setting that is yes or no is yes."""
    return text(name) == "1"


def listed(name: str) -> list[str]:
    """Give a setting that is a list."""
    return [one.strip() for one in text(name).split(",") if one.strip()]


def told(key: bytes, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give every setting as it can be kept and compared: secrets by a fingerprint that only this home's `key` makes."""
    return {one.name: _told(one, given.get(one.name) or one.default, key) for one in SETTINGS}


def _told(setting: Setting, value: str, key: bytes) -> str:
    if setting.kind not in SECRETS or not value:
        return value
    return f"fingerprint {hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16]}"


def within(name: str, address: str) -> bool:
    """Say whether an address is one of those, or in one of the networks, that a setting lists."""
    try:
        return any(ip_address(address) in ip_network(one) for one in listed(name))
    except ValueError:
        return False  # no address at all: a socket of this machine


def _fits(setting: Setting, value: str) -> bool:
    if setting.kind == "number":
        low, _, high = setting.range.partition(" to ")
        return value.isascii() and value.isdigit() and int(low) <= int(value) <= int(high)
    if setting.kind == "choice":
        return value in setting.range.replace(" or ", ", ").split(", ")
    if setting.kind == "networks":
        return all(_is_network(one.strip()) for one in value.split(","))
    if setting.kind in FORMS:
        return re.fullmatch(FORMS[setting.kind], value) is not None
    return all(character.isprintable() for character in value)


def _is_network(value: str) -> bool:
    try:
        ip_network(value)
    except ValueError:
        return False
    return True
