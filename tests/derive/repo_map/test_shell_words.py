import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.repo_map.shell_words import simple_commands, unquoted


def _words(text: str) -> list[tuple[int, str]]:
    return [(command.line, " ".join(command.words)) for command in simple_commands(enumerate(text.split("\n"), 1))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$ python a.py # why", [(1, "python a.py")]),
        ("(env) ada@uan03:~$ python a.py", [(1, "python a.py")]),
        ("python a.py \\\n  --x 1 \\\n  --y 2\nls", [(1, "python a.py --x 1 --y 2"), (4, "ls")]),
        ("cd a && python b.py; ls | wc", [(1, "cd a"), (1, "python b.py"), (1, "ls"), (1, "wc")]),
        ("python a.py > log 2>&1", [(1, "python a.py")]),
        ("python a.py <path to data> --c x|y", [(1, "python a.py <path to data> --c x|y")]),
        ("cat <<'EOF' > f\npython no.py\nEOF\npython yes.py", [(1, "cat"), (4, "python yes.py")]),
        ("for i in 1 2; do python a.py $i; done", [(1, "for i in 1 2"), (1, "python a.py $i"), (1, "done")]),
        ("A=1 B='x y' python a.py", [(1, "python a.py")]),
        ('python a.py --t "a # b; c" $(date "+%s")', [(1, 'python a.py --t "a # b; c" $(date "+%s")')]),
        ("python a.py \\", [(1, "python a.py")]),
    ],
)
def test_simple_commands(text: str, words: list[tuple[int, str]]) -> None:
    assert _words(text) == words


def test_unquoted() -> None:
    assert unquoted("""a"b c"'d'\\ e""") == "ab cd e"


@given(st.text(st.characters(), max_size=400))
def test_never_fails(text: str) -> None:
    list(simple_commands(enumerate(text.split("\n"), 1)))


def test_long_hostile_lines_take_no_time() -> None:
    for text in ('"' * 20_000, "$(" * 20_000, "`" * 20_001, "a\\\n" * 20_000, "<a" * 20_000):
        list(simple_commands(enumerate(text.split("\n"), 1)))
