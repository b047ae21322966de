"""Events: their ids and their canonical data."""

import json

from hypothesis import given
from hypothesis import strategies as st

from journal.events import canonical_json, make_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON)
def test_canonical_json_says_the_same_and_can_be_stored(value: object) -> None:
    text = canonical_json(value)
    text.encode("utf-8")
    assert canonical_json(json.loads(text)) == text


def test_a_lone_surrogate_is_replaced() -> None:
    assert canonical_json({"text": "\ud83d broken"}) == '{"text":"? broken"}'


def test_the_id_is_made_of_source_kind_project_and_key_alone() -> None:
    told = make_event("commit", "2026-01-01T00:00:00.000Z", "p", "git", ("abc",), {"sha": "abc"})
    again = make_event("commit", "2026-01-02T00:00:00.000Z", "p", "git", ("abc",), {"sha": "abc", "more": 1})
    elsewhere = make_event("commit", "2026-01-01T00:00:00.000Z", "q", "git", ("abc",), {"sha": "abc"})
    assert told.id == again.id != elsewhere.id
    assert len(told.id) == 32
