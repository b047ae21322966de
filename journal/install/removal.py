"""Taking out all that set-up put in."""

import shutil
from contextlib import closing
from pathlib import Path

from journal.capture.clone_file import clone_file, read_clone
from journal.capture.clone_source import main_root
from journal.capture.git.repository import Repository, find_repository, worktrees
from journal.capture.git.snapshot_refs import delete_snapshots, nested_snapshots, snapshots_kept
from journal.capture.git.state import worktree_roots
from journal.documents.all_documents import DOCUMENTS
from journal.documents.files import remove_document
from journal.errors import JournalError
from journal.install.exclude import include_documents
from journal.install.hooks import remove_hooks
from journal.install.shell_line import has_line, remove_line, start_file
from journal.paths import data_dir, document_base, store_file
from journal.store.database import explained_failures, open_store
from journal.store.rebuild import forget_project


def uninstall(path: Path, *, purge: bool) -> list[str]:
    """Takes hooks, documents and our files out of a repository, so that it is byte for byte as before.

    What a person wrote into a document stays. Captured events stay too, unless purged.

    Returns:
        A line for each thing that was done.

    Raises:
        JournalError: no repository, or one that the journal was never set up in.
    """
    repository = find_repository(path)
    clone = read_clone(repository.common_dir)
    if clone is None:
        raise JournalError(f"{repository.root or repository.git_dir} has no journal", "nothing to take out")
    told = [f"removed the hook {hook.event}" for hook in remove_hooks(repository)]
    for root, git_dir in _worktrees(repository):
        told += [line for document in DOCUMENTS if (line := _remove(root / document, document_base(git_dir, document)))]
        if git_dir != repository.common_dir:
            shutil.rmtree(git_dir / "journal", ignore_errors=True)
    include_documents(repository)
    told += _remove_directory(repository.common_dir / "journal")
    told += _take_out_line()
    if purge:
        told += _remove_snapshots(repository)
    if purge and clone.project:
        with explained_failures(store_file()), closing(open_store(store_file())) as connection:
            told.append(f"forgot {forget_project(connection, clone.project):,} events")
    else:
        told.append(f"what was captured stays in {store_file()} (uninstall --purge forgets it)")
    return told


def _remove_directory(directory: Path) -> list[str]:
    """Removes what we keep in the clone, but for code of jobs that ran again: their output lies beside it."""
    code = directory / "code"
    if not code.is_dir():
        shutil.rmtree(directory)
        return []
    for path in directory.iterdir():
        if path.is_dir() and path != code:
            shutil.rmtree(path)
        elif path != code:
            path.unlink()
    return [f"left {code}, where jobs ran again and wrote their output (remove it when you need it no more)"]


def _remove_snapshots(repository: Repository) -> list[str]:
    """The code of jobs is captured data too."""
    snapshots = snapshots_kept(repository.common_dir)
    if not snapshots:
        return []
    within = nested_snapshots(repository.common_dir, snapshots)
    delete_snapshots(main_root(repository), repository.common_dir, snapshots, within)
    return [f"let go of {len(snapshots):,} snapshots of code (`git gc` frees their room)"]


def _take_out_line() -> list[str]:
    """The line in the shell's start file serves all repositories: it goes with the last one."""
    start = start_file(data_dir())
    if start is None or not has_line(start):
        return []
    try:
        others = _others()
    except JournalError:
        return [f"left the line in {start.path}: other repositories may use it (take it out by hand)"]
    if others:
        remedy = "`journal init --no-shell-line` in one of them takes it out"
        return [f"left the line in {start.path}, which {others[0]} uses too ({remedy})"]
    return [f"removed the journal's line from {path}" for path in remove_line(data_dir())]


def _others() -> list[Path]:
    """The git directories that still have a journal, of all that ever had one."""
    if not store_file().exists():
        return []
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        found = [Path(row[0]) for row in connection.execute("SELECT DISTINCT git_dir FROM clone ORDER BY git_dir")]
    return [git_dir for git_dir in found if clone_file(git_dir).exists()]


def _worktrees(repository: Repository) -> list[tuple[Path, Path]]:
    """(directory, git directory) of every worktree."""
    git_dirs = [git_dir for name, git_dir in worktrees(repository.common_dir) if name]
    linked = list(zip(worktree_roots(repository.common_dir), git_dirs, strict=True))
    main = find_repository(repository.common_dir)
    return [(main.root, main.git_dir), *linked] if main.root else linked


def _remove(document: Path, base: Path) -> str | None:
    """Takes our part out of a document; says what became of it."""
    if not document.exists():
        return None
    kept = remove_document(document, base)
    return f"left your own words in {document.name}" if kept else f"removed {document.name}"
