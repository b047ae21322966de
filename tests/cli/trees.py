"""A directory as a value, to see whether anything in it changed."""

import stat
from pathlib import Path


def tree_of(root: Path, *leaving: str) -> dict[str, tuple[int, str | bytes]]:
    """Path → mode and content (or target) of everything below a directory, less what `leaving` names."""
    found: dict[str, tuple[int, str | bytes]] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if any(name == skipped or name.startswith(f"{skipped}/") for skipped in leaving):
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        content = str(path.readlink()) if path.is_symlink() else b"" if path.is_dir() else path.read_bytes()
        found[name] = (mode, content)
    return found


# What git itself changes while a repository is looked at and worked in.
BY_GIT = (".git/index", ".git/logs", ".git/objects", ".git/refs", ".git/COMMIT_EDITMSG", ".git/ORIG_HEAD")
