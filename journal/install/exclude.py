"""Keeps the generated documents out of `git status`, through marked lines in the repository's `info/exclude`."""

import stat
from collections.abc import Sequence

from journal.capture.git.repository import Repository
from journal.install.git_settings import edit_between, run_git, undo
from journal.install.hook_scripts import write_atomically
from journal.install.manifest import installing, read_manifest, settle_manifest, write_manifest

_FIRST_LINE = b"# journal's documents (`journal uninstall` removes these lines)\n"
_LAST_LINE = b"# end of journal's documents\n"


def exclude_documents(repository: Repository, names: Sequence[str]) -> list[str]:
    """Excludes files at the top of the work tree; what git tracks already is passed over.

    Args:
        repository: where; its linked worktrees share the file.
        names: the files: "SCRATCH.md". With none, what was excluded before no longer is.

    Returns:
        The names that are now excluded.

    Raises:
        JournalError: the repository cannot be written, or another process is changing it.
    """
    with installing(repository.common_dir):
        excluded = untracked(repository, names)
        _rewrite(repository, excluded)
    return excluded


def include_documents(repository: Repository) -> None:
    """Puts `info/exclude` back as it was.

    Raises:
        JournalError: the repository cannot be written, or another process is changing it.
    """
    with installing(repository.common_dir):
        _rewrite(repository, [])


def untracked(repository: Repository, names: Sequence[str]) -> list[str]:
    """Those of some files at the top of the work tree that git does not track."""
    if repository.root is None or not names:
        return []
    _, tracked = run_git(repository.root, "ls-files", "-z", "--", *names)
    return [name for name in names if name not in tracked.split("\0")]


def _rewrite(repository: Repository, names: Sequence[str]) -> None:
    file = (repository.common_dir / "info/exclude").resolve()
    manifest = read_manifest(repository.common_dir)
    exists = file.exists()
    found = file.read_bytes() if exists else b""
    clean = _without_block(undo(manifest.exclude, found))
    wanted = clean
    if names:
        lines = b"".join(f"/{name}\n".encode() for name in names)
        wanted += (b"\n" if clean and not clean.endswith(b"\n") else b"") + _FIRST_LINE + lines + _LAST_LINE
    made = manifest.made_exclude or (not exists and bool(names))
    made_dirs = manifest.made_dirs if file.parent.is_dir() or not names else (*manifest.made_dirs, "info")
    changed = manifest._replace(exclude=edit_between(clean, wanted), made_exclude=made, made_dirs=made_dirs)
    if names:
        write_manifest(repository.common_dir, changed)
        file.parent.mkdir(exist_ok=True)
    if wanted != found:
        write_atomically(file, wanted, stat.S_IMODE(file.stat().st_mode) if exists else 0o644)
    if not names:
        if made and not wanted:
            file.unlink(missing_ok=True)
        settle_manifest(repository.common_dir, changed._replace(made_exclude=False))


def _without_block(content: bytes) -> bytes:
    """The content without our lines, also where the manifest was lost."""
    before, first, rest = content.partition(_FIRST_LINE)
    _, last, after = rest.partition(_LAST_LINE)
    return before + after if first and last else content
