"""IQ of the machine: what it is, how its clock runs, which ports are open, how the home is protected."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from indelible.assurance.drift import picture
from indelible.assurance.qualification.installation.check import Found, noted, same, unseen
from indelible.infra import running

LISTENING = "0A"  # the state of a listening socket in /proc/net/tcp
PRIVATE = ("home.json",)
NEVER_WRITABLE = 0o022
OUTBOUND = ("INDELIBLE_MAIL", "INDELIBLE_SCANNER", "INDELIBLE_OIDC_CLIENT")


def machine() -> Iterator[Found]:
    """Say what the machine is."""
    release = _os_release()
    yield noted("Name of the machine", "hostname", socket.gethostname())
    yield noted("Operating system", "/etc/os-release", release.get("PRETTY_NAME", platform.system()))
    yield noted("Kernel", "uname", f"{platform.system()} {platform.release()} {platform.machine()}")
    yield noted("Processors", "as this process may use them", f"{os.cpu_count()} x {_processor()}")
    yield noted("Memory", "/proc/meminfo", _meminfo().get("MemTotal", ""))
    usage = shutil.disk_usage(settings.HOME.path)
    yield noted(
        "Disk of the home",
        str(settings.HOME.path),
        f"{usage.total / (1 << 30):.1f} GiB, {usage.free / (1 << 30):.1f} GiB free",
    )
    yield noted("Python", "this process", f"{platform.python_implementation()} {platform.python_version()}")
    powers = "" if os.geteuid() else ", the administrator of this machine"
    yield noted("Account", "this process", f"user {os.geteuid()}, group {os.getegid()}{powers}")


def permissions() -> Iterator[Found]:
    """See that nobody but the product's own account reads secrets or changes anything in the home."""
    home = settings.HOME
    for path in (home.path / name for name in PRIVATE):
        mode = stat.S_IMODE(path.stat().st_mode)
        yield same(f"Rights of {path.name}", str(path), "600", f"{mode:o}")
    yield same("Rights of others on the folder", str(home.path), "none to write", _writable(home.path))
    if connection.vendor == "sqlite":
        for path in sorted(home.path.glob(f"{home.database_file.name}*")):
            yield same(f"Rights of others on {path.name}", str(path), "none to write", _writable(path))
    for folder in (home.files, home.configuration, home.continuity):
        if folder.is_dir():
            wrong = [
                str(one.relative_to(home.path)) for one in sorted(folder.rglob("*")) if _writable(one) != "none to write"
            ]
            yield same(
                f"Rights of others below {folder.name}",
                str(folder),
                "none to write",
                ", ".join(wrong[:10]) or "none to write",
            )
    strangers = sorted({one.owner_id for one in map(_Owned, home.path.iterdir()) if one.owner_id != home.path.stat().st_uid})
    yield same(
        "Owner of everything in the home",
        str(home.path),
        "one account",
        "one account" if not strangers else f"also {strangers}",
    )


def network() -> Iterator[Found]:
    """Say which ports this machine listens on, and to what the product connects."""
    ports = sorted(set(_listening()))
    yield noted("Ports on which this machine listens", "/proc/net/tcp, /proc/net/tcp6", ", ".join(ports) or "none")
    served = picture.served_environment()
    outbound = [
        f"{name.removeprefix('INDELIBLE_').lower()}: {_host(name, served.get(name, ''))}"
        for name in OUTBOUND
        if served.get(name)
    ]
    database = "a file of the home" if connection.vendor == "sqlite" else _database_host()
    yield noted(
        "Outbound connections that the settings name",
        "settings of the server",
        "; ".join([f"database: {database}", *outbound]),
    )


def firewall() -> Iterator[Found]:
    """Name what a person looks at."""
    why = "rules of firewalls lie outside of the product"
    yield unseen("Outbound connections that the network allows", "no others than the settings name", why)


def tls() -> Iterator[Found]:
    """Say how people reach the server, as far as the settings tell."""
    served = picture.served_environment()
    public = served.get("INDELIBLE_URL", "")
    production = settings.ENVIRONMENT == "production"
    expected = "1" if production or public.startswith("https://") else "0 or 1"
    found = served.get("INDELIBLE_TLS", "0") or "0"
    yield Found(
        "Cookies over https only (INDELIBLE_TLS)", settings.ENVIRONMENT, expected, found, found in expected.split(" or ")
    )
    proxies = served.get("INDELIBLE_PROXIES", "")
    yield noted("Proxies whose headers are believed (INDELIBLE_PROXIES)", "settings of the server", proxies or "none")
    yield noted(
        "Names under which the server answers (INDELIBLE_HOSTS)", "settings of the server", served.get("INDELIBLE_HOSTS", "")
    )


def certificate() -> Iterator[Found]:
    """Name what a person looks at."""
    why = "TLS ends at the proxy in front of the product"
    yield unseen("Certificate and protocol versions of TLS", "valid, TLS 1.2 or newer", why)


def storage() -> Iterator[Found]:
    """Say on what the home lies, and whether that is encrypted, where this machine tells."""
    device, kind = _mounted(settings.HOME.path)
    yield noted("File system of the home", "/proc/self/mounts", f"{kind} on {device}")


def encryption() -> Iterator[Found]:
    """Say whether the storage of the home is encrypted, where this machine tells; else a person looks."""
    device, _ = _mounted(settings.HOME.path)
    if _encrypted(device):
        yield same("Encryption of the storage", device, "encrypted", "encrypted")
    else:
        yield unseen("Encryption of the storage", "as the company's policy asks", f"{device} tells nothing of it")


def jobs() -> Iterator[Found]:
    """See that the loops beside the web live, where a server runs."""
    begun = running.environment(settings.HOME.path) is not None
    silent = running.list_silent(settings.HOME.path)
    for name in running.LOOPS:
        dead = next((one for one in silent if one.name == name), None)
        if not begun:
            yield unseen(f"Loop {name}", "gives signs of life", "no server has run on this home yet")
        else:
            yield same(f"Loop {name}", str(settings.HOME.path / running.FOLDER), "gives signs of life or no server runs",
                       f"silent since {dead.since}" if dead else "gives signs of life or no server runs")  # fmt: skip


class _Owned:
    def __init__(self, path: Path) -> None:
        self.owner_id = path.lstat().st_uid


def _writable(path: Path) -> str:
    mode = path.lstat()
    loose = stat.S_IMODE(mode.st_mode) & NEVER_WRITABLE and not stat.S_ISLNK(mode.st_mode)
    return f"{stat.S_IMODE(mode.st_mode):o}" if loose else "none to write"


def _os_release() -> dict[str, str]:
    file = Path("/etc/os-release")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def _meminfo() -> dict[str, str]:
    file = Path("/proc/meminfo")
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )


def _listening() -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        file = Path("/proc/net") / name
        for line in file.read_text("ascii").splitlines()[1:] if file.is_file() else ():
            fields = line.split()
            if fields[3] == LISTENING:
                address, _, port = fields[1].partition(":")
                where = (
                    "this machine alone"
                    if address.endswith(("0100007F", "01000000"))
                    else "every address"
                    if not address.strip("0")
                    else "one address"
                )
                yield f"{int(port, 16)} ({where})"


def _host(name: str, value: str) -> str:
    return value if not value.startswith("fingerprint ") and name != "INDELIBLE_MAIL" else "a server that the setting names"


def _database_host() -> str:
    told = connection.settings_dict
    return f"PostgreSQL at {told.get('HOST') or 'a socket'}:{told.get('PORT') or 5432}"


def _mounted(path: Path) -> tuple[str, str]:
    file, best = Path("/proc/self/mounts"), ("unknown", "/", "unknown")
    for line in file.read_text("utf-8", "replace").splitlines() if file.is_file() else ():
        device, place, kind, *_ = line.split()
        if (Path(place) == path.resolve() or Path(place) in path.resolve().parents) and len(place) >= len(best[1]):
            best = (device, place, kind)
    return best[0], best[2]


def _encrypted(device: str) -> bool:
    """Say whether the kernel tells that a device is one of dm-crypt; a disk or a provider may encrypt without its knowing."""
    name = Path(device).resolve().name if device.startswith("/dev/") else ""
    told = Path("/sys/class/block") / name / "dm" / "uuid"
    return bool(name) and told.is_file() and told.read_text("ascii").startswith("CRYPT-")
