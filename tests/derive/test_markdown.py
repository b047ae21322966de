import re

from hypothesis import given
from hypothesis import strategies as st

from journal.derive.markdown import code, name, neutral, one_line, quoted
from journal.marked_text import read_marked


def test_what_starts_something_in_markdown_stands_for_itself() -> None:
    assert neutral("`a` [b](c) | *d* <b> &amp; x & y < z") == r"\`a\` \[b\](c) \| \*d\* &lt;b> &amp;amp; x & y < z"
    assert (
        neutral("snake_case and __init__ and ~~gone~~ ~/data") == r"snake_case and \_\_init\_\_ and \~\~gone\~\~ ~/data"
    )
    assert [neutral(text) for text in ("# h", "> q", "- l", "+ l", "1. l", "12) l", "==", "a - b")] == [
        r"\# h", r"\> q", r"\- l", r"\+ l", r"1\. l", r"12\) l", r"\==", "a - b",
    ]  # fmt: skip
    assert neutral("see @~/.ssh/id_rsa, mail a@b.c") == r"see \@~/.ssh/id_rsa, mail a@b.c"
    assert neutral("<!-- journal:end head -->") == "&lt;!-- journal:end head --&gt;"
    assert quoted('say "hi"\\') == r'"say \"hi\"\\"'


def test_what_cannot_be_seen_goes() -> None:
    assert (
        one_line("\x1b[31mred\x1b[0m \x1b]0;title\x07a\u202eb\u200bc\U000e0041d\x00e\x85f\n\n g\u2028h")
        == "red abcde f g h"
    )
    assert one_line("\x9b31mred\x90x\x9cy") == "redy"
    assert one_line("👩\u200d🔬 نام\u200cها ü") == "👩\u200d🔬 نام\u200cها ü"
    assert one_line("a" * 300, 10) == "a" * 9 + "…"
    assert len(one_line("\x1b" * 10_000_000, 10)) <= 10


def test_names_stand_plain_where_they_are_plain() -> None:
    assert name("feat/cosine_2.0-x") == "feat/cosine_2.0-x"
    assert name("__init__.py") == "`__init__.py`"
    assert name("a`b\nc.md") == "`a'b c.md`"
    assert code("<!-- x -->") == "`<!- - x - ->`"


@given(st.text(max_size=200), st.integers(5, 120))
def test_one_harmless_line_of_bounded_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\ufeff]", line)
    assert one_line(line, limit) == line
    safe = neutral(text, limit)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]|]", re.sub(r"\\[`*\[\]|]", "", safe.replace("\\\\", "")))
    assert "<!--" not in safe
    assert not read_marked(f"{safe}\n{quoted(text)}\n{code(text)}\n").blocks
