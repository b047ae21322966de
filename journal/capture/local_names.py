"""The door to this machine's names: who the person is here, and what the machine is called.

The values feed redaction (`journal.derive.redaction.local_identity.LocalNames` has the same fields); nothing of it
is stored.
"""

import getpass
import os
import pwd
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

_ACCOUNT_VARIABLES = ("SLURM_JOB_ACCOUNT", "SLURM_ACCOUNT", "SBATCH_ACCOUNT", "SALLOC_ACCOUNT", "SLURM_CLUSTER_ACCOUNT")
_USER_VARIABLES = ("USER", "LOGNAME", "SUDO_USER", "SLURM_JOB_USER")
_HOST_VARIABLES = ("SLURM_SUBMIT_HOST", "SLURMD_NODENAME", "HOSTNAME", "HOST")
_PATH_VARIABLES = ("SCRATCH", "WORK", "PROJECT", "FLASH", "CSCRATCH", "PSCRATCH", "PROJECT_SCRATCH", "SLURM_TMPDIR")


class MachineNames(NamedTuple):
    """This machine's names; the fields are those of `journal.derive.redaction.local_identity.LocalNames`."""

    users: tuple[str, ...]
    home_paths: tuple[str, ...]
    hosts: tuple[str, ...]
    emails: tuple[str, ...]
    accounts: tuple[str, ...]
    path_prefixes: tuple[str, ...]
    people: tuple[str, ...]


def machine_names(
    environment: Mapping[str, str] = os.environ, *, emails: Iterable[str] = (), people: Iterable[str] = ()
) -> MachineNames:
    """Collects what could tell who and where this is. Reads no network: a host's full name comes from its own tables.

    Args:
        environment: the process's environment; only the variables named in this file are looked at.
        emails: addresses that git knows the person by.
        people: full names that git knows.
    """
    home = Path.home()
    return MachineNames(
        users=_distinct([_login(), *(environment.get(name, "") for name in _USER_VARIABLES)]),
        home_paths=_distinct([str(home), str(home.resolve()), environment.get("HOME", "")]),
        hosts=_distinct([*_hosts(), *(environment.get(name, "") for name in _HOST_VARIABLES)]),
        emails=_distinct(emails),
        accounts=_distinct(environment.get(name, "") for name in _ACCOUNT_VARIABLES),
        path_prefixes=_distinct(_prefix(environment.get(name, "")) for name in _PATH_VARIABLES),
        people=_distinct(people),
    )


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container that knows no such user
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return ""


def _hosts() -> list[str]:
    name = socket.gethostname()
    short, _, domain = name.partition(".")
    return [name, short, *_qualified(short)] if not domain else [name, short]


def _qualified(short: str) -> list[str]:
    """Full names of this host in /etc/hosts, and with the search domain of /etc/resolv.conf: no look-up is made."""
    full: list[str] = []
    for line in _lines("/etc/hosts"):
        words = line.partition("#")[0].split()[1:]
        if short in words:
            full += [word for word in words if "." in word]
    for line in _lines("/etc/resolv.conf"):
        kind, *domains = line.split() or [""]
        if kind in ("search", "domain"):
            full += [f"{short}.{domain}" for domain in domains if "." in domain]
    return full


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _prefix(path: str) -> str:
    """The root of a shared filesystem: `/lustre/lab/ada` → `/lustre/lab`; what is too short tells nobody anything."""
    parts = Path(path).parts
    return str(Path(*parts[:-1])) if len(parts) >= 3 and parts[0] == "/" else ""


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
