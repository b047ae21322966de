"""The timeline document: golden, valid, private, the same every time."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from journal import paths
from journal.derive.redaction.local_identity import LocalNames
from journal.publish.redactor import redactor_for
from journal.publish.timeline import Include, Scope, build_timeline
from tests.derive.redaction.secret_corpus import planted
from tests.publish.made_up_store import PROJECT, MadeUpStore, as_json, small_store

GOLDEN = Path(__file__).parent / "golden/small.timeline.json"
NAMES = LocalNames(
    users=("adal",), home_paths=("/home/adal",), hosts=("uan03",), people=("Ada Lovelace", "Grace Hopper")
)
SCHEMA = json.loads((paths.shipped("schema") / "timeline.schema.json").read_text())

HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% for x in y %}",
    "\u202eevil\u202c \u200bhidden\ufeff",
    "\x1b[31mred\x1b[0m \x00nul \x07 \x9b31m",
    "🧪" * 300,
    "a" * 10_000,
    "line\nbreak\r\nand\ttab",
    "\udcff\ud800 lone surrogates",
    "   ",
    "]]>--><!-- &amp; &#x3c;",
]


def timeline_of(store: MadeUpStore, **options: Any) -> dict[str, Any]:
    return build_timeline(store.db, PROJECT, redactor_for(NAMES), **options)


def hostile_store() -> MadeUpStore:
    store = MadeUpStore()
    store.clone("<b>bold</b>\x00\u202e")
    for number, text in enumerate(HOSTILE):
        at = f"2026-11-{number + 1:02}T10:00:00.000Z"
        stored = text.encode("utf-8", "replace").decode().replace("\x00", "")  # as canonical JSON and SQLite keep it
        store.branch(f"b{number}-{stored[:80]}", at, start="main")
        store.session(f"s{number}", at, at, stored, f"b{number}-{stored[:80]}")
        store.commit(
            at, stored, branch=f"b{number}-{stored[:80]}", session=f"s{number}", author=stored, email=f"{number}@x.org"
        )
    return store


def test_a_small_store_gives_the_golden_document() -> None:
    document = timeline_of(small_store())
    jsonschema.validate(document, SCHEMA)
    assert as_json(document) + "\n" == GOLDEN.read_text(encoding="utf-8"), (
        "if meant: python -m tests.publish.test_timeline"
    )


def test_an_empty_store_is_a_valid_document() -> None:
    document = timeline_of(MadeUpStore())
    jsonschema.validate(document, SCHEMA)
    assert document["events"] == []
    assert document["span"] == {"from": None, "to": None}


def test_hostile_titles_become_plain_bounded_lines() -> None:
    document = timeline_of(hostile_store(), include=Include(authors=True), title="T\x00itle\u202e<i>")
    jsonschema.validate(document, SCHEMA)
    assert document["title"] == "Title<i>"
    for event in document["events"]:
        assert len(event["title"]) <= 240
        assert not set(event["title"]) & set("\x00\x1b\x9b\u202e\u200b\ufeff\n\r\t")


def test_the_same_store_gives_the_same_document() -> None:
    assert as_json(timeline_of(small_store())) == as_json(timeline_of(small_store()))


def test_nothing_private_is_in_it() -> None:
    text = as_json(timeline_of(small_store()))
    for private in (
        "adal",
        "Lovelace",
        "Grace",
        "example.org",
        "project_465",
        "nid005921",
        "/home",
        "/scratch",
        "private question",
    ):
        assert private not in text, private
    assert "chamfer" not in text  # the text of a note


def test_what_is_asked_for_is_in_it() -> None:
    document = timeline_of(small_store(), include=Include(authors=True, notes=True))
    assert {event["author"] for event in document["events"] if event["kind"] == "commit"} == {"person-1", "person-2"}
    plain = build_timeline(
        small_store().db, PROJECT, redactor_for(LocalNames()), include=Include(authors=True, notes=True)
    )
    assert {event["author"] for event in plain["events"] if event["kind"] == "commit"} == {
        "Ada Lovelace",
        "Grace Hopper",
    }
    assert [event["title"] for event in plain["events"] if event["kind"] == "note"] == ["chamfer 1.31, mail email-1"]


def test_planted_secrets_do_not_pass() -> None:
    store = MadeUpStore()
    secrets: list[str] = []
    for number, (line, pieces) in enumerate(planted(5, 120)):
        at = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00.000Z"
        if "\n" not in line:
            store.commit(at, line, branch=f"x/{pieces[0][:50]}" if number % 7 == 0 else None)
            store.session(f"s{number}", at, at, line)
            secrets += pieces
    text = as_json(timeline_of(store))
    unshaped_branch_names = {piece for piece in secrets if f"x/{piece[:50]}" in text}
    assert not [secret for secret in secrets if secret in text and secret not in unshaped_branch_names]


def test_one_person_with_two_addresses_is_one_researcher() -> None:
    store = MadeUpStore()
    for number, (name, email) in enumerate(
        [("Ada", "a@x.org"), ("Ada", "b@x.org"), ("A. L.", "b@x.org"), ("Bo", "c@x.org")]
    ):
        store.commit(f"2026-11-0{number + 1}T10:00:00.000Z", "x", author=name, email=email)
    authors = [event["author"] for event in timeline_of(store)["events"]]
    assert authors == ["researcher 1", "researcher 1", "researcher 1", "researcher 2"]


def test_lanes_leave_their_parents_and_end() -> None:
    lanes = {lane["name"]: lane for lane in timeline_of(small_store())["lanes"]}
    assert lanes["main"]["parent"] is None
    assert lanes["cosine-schedule"]["parent"] == lanes["main"]["id"]
    assert lanes["cosine-schedule"]["status"] == "merged"
    assert lanes["bf16"]["parent"] == lanes["cosine-schedule"]["id"]
    assert lanes["bf16"]["status"] == "open"
    assert lanes["users/user-1/old-loader"]["status"] == "deleted"


def test_history_from_before_the_journal_has_the_lanes_that_its_merges_tell_of() -> None:
    store = MadeUpStore()
    first = store.commit("2026-11-01T10:00:00.000Z", "begin")
    side = store.commit("2026-11-02T10:00:00.000Z", "try", parents=first)
    store.commit("2026-11-03T10:00:00.000Z", "Merge branch 'idea'", parents=f"{first} {side}")
    document = timeline_of(store)
    trunk, idea = document["lanes"]
    assert (trunk["name"], idea["name"], idea["status"], idea["to"][:10]) == ("main", "idea", "merged", "2026-11-03")
    assert [event["lane"] for event in document["events"]] == [trunk["id"], idea["id"], trunk["id"]]


def test_a_scope_leaves_out_the_rest() -> None:
    document = timeline_of(
        small_store(), scope=Scope(since="2026-11-05T00:00:00.000Z", until="2026-11-09T00:00:00.000Z")
    )
    jsonschema.validate(document, SCHEMA)
    assert {event["at"][:10] for event in document["events"]} == {"2026-11-05", "2026-11-08"}


def test_what_later_versions_add_is_valid_in_this_format() -> None:
    document = timeline_of(small_store())
    document["events"].append(
        {
            "id": "0" * 32,
            "kind": "job",
            "at": "2026-11-12T10:00:00.000Z",
            "lane": None,
            "title": "smoke",
            "links": [],
            "outcome": "failed",
        }
    )
    document["lanes"][1] |= {"kind": "idea", "status": "supported", "verdict": "closes the gap"}
    document["totals"]["gpu_hours"] = 41.2
    jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize("member", ["format", "events", "totals"])
def test_the_schema_refuses_what_lacks_its_members(member: str) -> None:
    document = timeline_of(small_store())
    del document[member]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(as_json(timeline_of(small_store())) + "\n", encoding="utf-8")
