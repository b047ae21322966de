"""Edits that can be undone."""

from hypothesis import given
from hypothesis import strategies as st

from journal.install.git_settings import Edit, edit_between, hook_section, run_git, undo, without_hook_sections
from tests.git_repo import GitRepo

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"[core]\n", b"\tx = 1\r\n", b"end"]), max_size=6).map(
    b"".join
)


@given(LINES, LINES)
def test_an_edit_undoes_itself(before: bytes, added: bytes) -> None:
    after = before + added + b"unique\n"
    assert undo(edit_between(before, after), after) == before


@given(LINES, LINES, LINES)
def test_undoing_keeps_what_came_around_it(before: bytes, after: bytes, later: bytes) -> None:
    before += b"\n" * (not before.endswith(b"\n"))
    edit = edit_between(before + after, before + b"unique\n" + after)
    assert undo(edit, later + b"\n" + before + b"unique\n" + after) == later + b"\n" + before + after


def test_nothing_is_undone_where_it_no_longer_stands() -> None:
    assert undo(Edit(b"old\n", b"new\n"), b"other\n") == b"other\n"
    assert undo(Edit(b"old\n", b"new\n"), b"new\nnew\n") == b"new\nnew\n"
    assert undo(Edit(b"", b""), b"other\n") == b"other\n"


def test_lines_after_what_had_no_last_newline_stay_lines() -> None:
    assert undo(Edit(b"end", b"end\nours\n"), b"end\nours\ntheirs\n") == b"end\ntheirs\n"


def test_git_reads_a_section_as_it_was_meant(repo: GitRepo) -> None:
    command = "test -x '/a \"b\\c' # é"
    config = repo.path / ".git/config"
    found = config.read_bytes()
    config.write_bytes(found + hook_section("journal-x", "post-commit", command))
    assert run_git(repo.path, "config", "hook.journal-x.command") == (0, command + "\n")
    assert without_hook_sections(config.read_bytes(), "journal-") == found
