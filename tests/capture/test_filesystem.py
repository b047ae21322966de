from pathlib import Path

import pytest

from journal.capture.filesystem import filesystem_of

MOUNTS = """\
20 1 0:1 / / rw,relatime shared:1 - ext4 /dev/sda rw
21 20 0:2 / /scratch rw - lustre 10.0.0.1@o2ib:/scr rw
22 20 0:3 / /home rw - autofs auto.home rw
23 22 0:4 / /home/ada rw - nfs4 server:/ada rw
24 20 0:5 / /mnt/with\\040space rw - fuse.sshfs ada@host: rw
25 20 0:6 / /mnt/auto rw - autofs auto rw
26 20 0:7 / /mnt/auto rw master:3 - gpfs gpfs0 rw
a line that is not a mount
"""


@pytest.mark.parametrize(
    ("path", "name", "network"),
    [
        ("/etc", "ext4", False),
        ("/scratch", "lustre", True),
        ("/scratch/project_1/deep", "lustre", True),
        ("/scratchy", "ext4", False),
        ("/home/ada/x", "nfs4", True),
        ("/home/bob", "autofs", False),
        ("/mnt/with space/x", "fuse.sshfs", True),
        ("/mnt/auto/x", "gpfs", True),
    ],
)
def test_the_longest_and_latest_mount_decides(tmp_path: Path, path: str, name: str, network: bool) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(MOUNTS, encoding="utf-8")
    assert filesystem_of(Path(path), mountinfo) == (name, network)


def test_no_table_of_mounts(tmp_path: Path) -> None:
    assert filesystem_of(tmp_path, tmp_path / "missing") == ("unknown", False)


def test_the_real_machine(tmp_path: Path) -> None:
    assert filesystem_of(tmp_path / "not/yet/there").name
    assert filesystem_of(Path("/proc")).name == "proc"
