"""Keys from bytes, however they are cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.live.keys import typed


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"jk", ("j", "k")),
        (b"\x1b[A\x1b[B", ("up", "down")),
        (b"\x1bOA", ("up",)),  # with the keypad in its application mode
        (b"\x1b[1;5B", ("down",)),
        (b"\x1b[5~\x1b[6~", ("page up", "page down")),
        (b"\x1b[1~\x1b[F", ("home", "end")),
        (b"\r\x7f\x15", ("enter", "backspace", "ctrl-u")),
        ("né→".encode(), ("n", "é", "→")),
        (b"\x1b[200~q", ("q",)),  # a paste begins: not a key
        (b"\x1b[<0;10;5Mq", ("q",)),  # nor is a mouse
        (b"\xffq", ("\N{REPLACEMENT CHARACTER}", "q")),
        (b"\x1b\x1b[A", ("escape", "up")),
        (b"\x00\x02q", ("q",)),
    ],
)
def test_keys(data: bytes, keys: tuple[str, ...]) -> None:
    assert typed(data) == (keys, b"")


def test_an_escape_alone_is_a_key_once_nothing_follows() -> None:
    assert typed(b"\x1b") == ((), b"\x1b")
    assert typed(b"\x1b", more_may_come=False) == (("escape",), b"")
    assert typed(b"\x1b[", more_may_come=False) == ((), b"")


@given(
    st.lists(
        st.sampled_from([b"\x1b[A", b"\x1bOB", b"\x1b[6~", b"q", "é".encode(), "日".encode(), b"\r", b"\x1b[1;2C"])
    ),
    st.data(),
)
def test_however_they_come(sent: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    keys: list[str] = []
    rest = b""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found = typed(rest + whole[start:end])
        keys += found.keys
        rest = found.rest
    assert (tuple(keys), rest) == typed(whole)


@given(st.binary())
def test_no_bytes_are_too_much(data: bytes) -> None:
    first = typed(data)
    assert typed(first.rest, more_may_come=False).rest == b""
    assert all(len(key) == 1 or key.replace(" ", "").replace("-", "").isalpha() for key in first.keys)
