"""Excerpts of patches: the changed lines alone, bounded."""

from journal.capture.git.patches import patch_excerpt
from tests.git_repo import GitRepo


def test_the_changed_lines_alone(repo: GitRepo) -> None:
    lines = "".join(f"x{number}\n" for number in range(9))
    one = repo.commit("One", **{"a.py": "1\n2\n3\n4\n", "-dash": lines, "b.bin": "\0"})
    repo.git("mv", "--", "-dash", ":(top)moved")
    two = repo.commit("Two", **{"a.py": "1\n2\nthree\n4\n", ":(top)moved": f"{lines}new\n", "b.bin": "\0\1"})
    git_dir = repo.path / ".git"
    assert patch_excerpt(git_dir, one, two, b"a.py") == "@@ -3 +3 @@\n-3\n+three\n"
    assert patch_excerpt(git_dir, one, two, b":(top)moved", b"-dash") == "@@ -9,0 +10 @@ x8\n+new\n"
    assert patch_excerpt(git_dir, one, two, b"b.bin") == ""
    assert patch_excerpt(git_dir, one, two, b"none") == ""
    assert patch_excerpt(git_dir, one, "f" * 40, b"a.py") == ""


def test_of_a_whole_rewrite_only_the_beginning(repo: GitRepo) -> None:
    one = repo.commit("One", **{"a.py": "1\n"})
    two = repo.commit("Two", **{"a.py": "".join(f"line {number}\n" for number in range(100_000))})
    excerpt = patch_excerpt(repo.path / ".git", one, two, b"a.py")
    assert 10_000 < len(excerpt) <= 16 * 1024
    assert all(line.startswith(("@@", "-", "+line ")) for line in excerpt.splitlines())
