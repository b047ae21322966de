"""Excerpts of what changed in files between two commits: a few hunks, never a whole rewrite."""

import os
from pathlib import Path

from journal.capture.git.process import DIFF_OPTIONS, GitError, stream_git

_MOST_BYTES = 16 * 1024  # read of one file's patch


def patch_excerpt(git_dir: Path, one: str, other: str, name: bytes, old_name: bytes | None = None) -> str:
    """The beginning of a file's patch, from its first hunk on, without lines around the changed ones.

    Args:
        git_dir: where the commits are.
        one, other: the commits.
        name: the file's path below the top.
        old_name: what it was called before, where it was moved.

    Returns:
        At most 16 KiB, a cut last line left out; "" for a binary file, one whose content is the same, or where a commit
        is not there.
    """
    paths = [os.fsdecode(path) for path in (old_name, name) if path is not None]
    said = b""
    compared = ("diff-tree", "-r", "-p", "--unified=0", "-M", *DIFF_OPTIONS, one, other, "--", *paths)
    try:
        with stream_git(git_dir, "--literal-pathspecs", *compared) as chunks:
            for chunk in chunks:
                said += chunk
                if len(said) > _MOST_BYTES:
                    break
    except GitError:
        return ""
    if len(said) > _MOST_BYTES:
        said = said[:_MOST_BYTES].rpartition(b"\n")[0]
    _, hunk, rest = said.partition(b"\n@@ ")
    rest = rest.partition(b"\ndiff --git ")[0]  # of what was moved and rewritten both halves are told
    return (b"@@ " + rest.rstrip(b"\n") + b"\n").decode("utf-8", "replace") if hunk else ""
