"""The format of spool records."""

from hypothesis import given
from hypothesis import strategies as st

from journal.spool import parse_record

VALUES = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))


@given(
    st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), VALUES, min_size=1),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_value_and_body(fields: dict[str, str], body: str) -> None:
    head = "".join(f"{key} {value}\n" for key, value in fields.items())
    record = f"journal-spool 1\n{head}--\n{body}{'' if not body or body.endswith(chr(10)) else chr(10)}.\n"
    assert parse_record(record.encode()) == (fields, body.removesuffix("\n"))


def test_a_value_that_ends_like_the_separator() -> None:
    assert parse_record(b"journal-spool 1\ncwd /a--\n--\n.\n") == ({"cwd": "/a--"}, "")


def test_torn_or_something_else() -> None:
    whole = b"journal-spool 1\nsource git\n--\n.\n"
    assert parse_record(whole) == ({"source": "git"}, "")
    assert [parse_record(whole[:end]) for end in range(len(whole))] == [None] * len(whole)
    assert parse_record(b"journal-spool 2\nsource git\n--\n.\n") is None
