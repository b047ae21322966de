"""`git log`'s output: any commit that can be written is read back, however the bytes are cut."""

from hypothesis import given
from hypothesis import strategies as st

from journal.capture.git.log import parse_log

NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=10)
FILE = st.tuples(NAME, st.none() | NAME, st.lists(LINE, max_size=3), st.lists(LINE, max_size=3), st.booleans())
COMMIT = st.tuples(NAME, NAME, st.lists(FILE, max_size=4))
ZERO = "0" * 40


def _format(number: int, commit: tuple[str, str, list[tuple[str, str | None, list[str], list[str], bool]]]) -> str:
    """A commit as git prints it; a hunk's lines may hold anything but a newline."""
    author, message, files = commit
    head = "\0".join(
        ("", f"{number:040x}", ZERO, "", author, "a@b", "1 +0000", author, "a@b", "1 +0000", message, "", "")
    )
    if not files:
        return head
    raw = patch = ""
    for path, old_path, added, removed, binary in files:
        raw += f":100644 100644 {ZERO} {ZERO} " + (f"R090\0{old_path}\0{path}\0" if old_path else f"M\0{path}\0")
        patch += "diff --git a/x b/x\nindex 1..2 100644\n"
        if binary:
            patch += "Binary files a/x and b/x differ\n"
        elif added or removed:
            patch += "--- a/x\n+++ b/x\n@@ -1 +1 @@ f\n"
            patch += "".join(f"-{line}\n" for line in removed) + "".join(f"+{line}\n" for line in added) + " end\n"
    return f"{head}\n{raw}\0{patch}"


@given(st.lists(COMMIT, max_size=4), st.integers(1, 200))
def test_what_is_formatted_is_parsed(
    commits: list[tuple[str, str, list[tuple[str, str | None, list[str], list[str], bool]]]], size: int
) -> None:
    output = "".join(_format(number, commit) for number, commit in enumerate(commits)).encode()
    patches: dict[str, bytes] = {}
    cut = (output[i : i + size] for i in range(0, len(output), size))
    parsed = list(parse_log(cut, on_patch=lambda sha, piece: patches.update({sha: patches.get(sha, b"") + piece})))
    assert len(parsed) == len(commits)
    for number, (found, (author, message, files)) in enumerate(zip(parsed, commits, strict=True)):
        assert (found.sha, found.author, found.message) == (f"{number:040x}", author, message)
        assert found.has_patch == bool(files)
        assert (found.sha in patches) == bool(files)
        told = [(f["path"], f.get("old_path"), f["added"], f["removed"]) for f in found.files or []]
        assert told == [
            (path, old, None if binary else len(added), None if binary else len(removed))
            for path, old, added, removed, binary in files
        ]


@given(st.lists(COMMIT, min_size=1, max_size=3), st.integers(0, 2000))
def test_an_output_that_breaks_off_gives_no_commit_twice_or_torn(
    commits: list[tuple[str, str, list[tuple[str, str | None, list[str], list[str], bool]]]], cut: int
) -> None:
    output = "".join(_format(number, commit) for number, commit in enumerate(commits)).encode()
    whole = list(parse_log([output]))
    part = list(parse_log([output[:cut]]))
    assert [commit.sha for commit in part] == [commit.sha for commit in whole[: len(part)]]
    assert part[:-1] == whole[: max(0, len(part) - 1)]


def test_a_line_longer_than_any_buffer() -> None:
    long = "x" * 1_000_000
    output = _format(1, ("a", "m", [("f", None, [long, "short"], [long], False)])).encode()
    (found,) = parse_log(output[i : i + 65536] for i in range(0, len(output), 65536))
    assert found.files == [{"path": "f", "added": 2, "removed": 1}]
