"""Which filesystem a path lies on, and whether other machines share it.

The store chooses its journal mode by this: SQLite's WAL needs shared memory, which network filesystems lack.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

# Filesystem types of the Linux kernel and of HPC vendors whose files other machines may change.
_NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "lustre",
        "gpfs",
        "beegfs",
        "cifs",
        "smb3",
        "smbfs",
        "ceph",
        "afs",
        "panfs",
        "wekafs",
        "9p",
        "dvs",
        "virtiofs",
        "orangefs",
        "pvfs2",
        "gfs2",
        "ocfs2",
    ]
)
_OCTAL = re.compile(r"\\([0-7]{3})")


class FilesystemType(NamedTuple):
    """A filesystem's type.

    Attributes:
        name: as the kernel names it (ext4, lustre, fuse.sshfs), or "unknown".
        network: other machines may write to it, or it is served by a process (FUSE): locks and mmap are not to
            be trusted.
    """

    name: str
    network: bool


def filesystem_of(path: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> FilesystemType:
    """The type of the filesystem that holds a path, which need not exist yet.

    Reads one file. Where the kernel has no mountinfo (macOS) the answer is "unknown", taken as local.

    Args:
        path: any path; symbolic links are followed.
        mountinfo: the kernel's table of mounts (proc(5)).
    """
    try:
        table = os.fsdecode(mountinfo.read_bytes())
        place = os.path.realpath(path)
    except (OSError, RuntimeError, ValueError):
        return FilesystemType("unknown", network=False)
    best, name = -1, "unknown"
    for line in table.split("\n"):
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        mount = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        # A later mount at the same point hides the earlier one (an automount and what it mounted).
        if len(mount) >= best and (place == mount or place.startswith(mount.rstrip("/") + "/")):
            best, name = len(mount), after.split(" ", 1)[0]
    return FilesystemType(name, name in _NETWORK or name.split(".", 1)[0] == "fuse")
