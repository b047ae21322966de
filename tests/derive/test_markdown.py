import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.markdown import code, escaped, name, one_line, quoted
from journal.marked_text import read_marked

HOSTILE = "\x1b[31mred\x1b[0m \u202eevil\u2066 a\r\nb\x00<!-- journal:begin head --> `x` | [l](u) <b> & *s* _e_"


def test_what_starts_something_in_markdown_stands_for_itself() -> None:
    assert escaped("`a` [b](c) | *d* <b> &amp; x & y < z") == (
        r"\`a\` \[b\](c) \| \*d\* &lt;b&gt; &amp;amp; x &amp; y &lt; z"
    )
    assert escaped("snake_case and __init__ and ~~gone~~ ~/data") == (
        r"snake_case and \_\_init\_\_ and \~\~gone\~\~ \~/data"
    )
    assert [escaped(text) for text in ("# h", "> q", "- l", "+ l", "1. l", "12) l", "3.", "==", "a - b", "2.1.3")] == [
        r"\# h", "&gt; q", r"\- l", r"\+ l", r"1\. l", r"12\) l", r"3\.", r"\==", "a - b", "2.1.3",
    ]  # fmt: skip
    assert escaped("see @~/.ssh/id_rsa, mail a@b.c") == r"see \@\~/.ssh/id_rsa, mail a@b.c"
    assert escaped("costs $5, $6") == r"costs \$5, $6"
    assert escaped("<!-- journal:end head -->") == "&lt; !-- journal end head -- &gt;"
    assert quoted('say "hi"\\') == r'"say \"hi\"\\"'


def test_all_at_once() -> None:
    assert escaped(HOSTILE) == (
        r"red evil a b&lt; !-- journal begin head -- &gt; \`x\` \| \[l\](u) &lt;b&gt; &amp; \*s\* \_e\_"
    )


@pytest.mark.parametrize("path", ["train_ae.py", "a/b-c.py:12", "configs/x_y/z_1.yaml"])
def test_paths_are_left_readable(path: str) -> None:
    assert escaped(path) == path


def test_what_cannot_be_seen_goes() -> None:
    assert (
        one_line("\x1b[31mred\x1b[0m \x1b]0;title\x07a\u202eb\u200bc\U000e0041d\x00e\x85f\n\n g\u2028h")
        == "red abcde f g h"
    )
    assert one_line("\x9b31mred\x90x\x9cy") == "redy"
    assert one_line("a\ue000b\U000f0000c\ud800d") == "abcd"


def test_joiners_stay_only_where_they_join() -> None:
    assert one_line("👩\u200d🔬 نام\u200cها ü") == "👩\u200d🔬 نام\u200cها ü"
    assert one_line("ig\u200dnore é\u200c\u200d\u200cé é\u200c a\u200c\u200cé é\u200d") == "ignore é\u200cé é aé é"


def test_long_text_is_cut() -> None:
    assert one_line("a" * 300, 10) == "a" * 9 + "…"
    assert one_line("word " * 100, 20) == "word word word word…"
    assert len(one_line("\x1b" * 10_000_000, 10)) <= 10


def test_code() -> None:
    assert code("a|b `c` <d>") == "`a\\|b 'c' <d>`"
    assert code("<!-- x -->") == "`< !-- x -- >`"
    assert code("\x00\u200b") == ""


def test_names_stand_plain_where_they_are_plain() -> None:
    assert name("feat/cosine_2.0-x") == "feat/cosine_2.0-x"
    assert name("__init__.py") == "`__init__.py`"
    assert name("a`b\nc.md") == "`a'b c.md`"
    assert name("\u200b") == "` `"


@given(st.text(st.characters(), max_size=200), st.integers(1, 300))
def test_always_one_inert_line_of_bounded_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert one_line(line, limit) == line
    for made in (line, escaped(text, limit), quoted(text, limit), code(text, limit), name(text, limit)):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]", made)
        assert "<!--" not in made
        assert not re.search(r"journal:(begin|end)", made)
        assert not read_marked(f"{made}\n").blocks
    safe = escaped(text, limit)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]|]", re.sub(r"\\[`*\[\]|]", "", safe.replace("\\\\", "")))
    assert "<" not in safe
    assert not re.search(r"(?<!\\)\|", safe + code(text, limit))
    assert code(text, limit).count("`") in (0, 2)
    assert not read_marked(f"{safe}\n{quoted(text)}\n{code(text)}\n").blocks
