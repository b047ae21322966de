"""Redaction finds what must not leave, leaves alone what science needs, and never takes long."""

import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.redaction.local_identity import LocalNames
from journal.derive.redaction.redactor import Redactor, Rule, parse_rules
from journal.store.secret_rules import shipped_rules
from tests.derive.redaction.secret_corpus import benign, filled, planted

RULES = shipped_rules()
NAMES = LocalNames(
    users=("adal", "adam"),
    home_paths=("/home/adal", "/users/adal"),
    hosts=("uan03", "uan03.lumi.csc.fi"),
    emails=("ada@example.org",),
    accounts=("project_465000123", "ml-group"),
    path_prefixes=("/proj/deep",),
    people=("Ada Lovelace",),
)


def redacted(text: str) -> str:
    return Redactor(RULES, NAMES).text(text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_holds_to_its_own_examples(rule: Rule) -> None:
    rnd = random.Random(rule.name)  # noqa: S311 - the same examples every time
    for example in rule.hits:
        for _ in range(20):
            alone = Redactor([rule], LocalNames())
            once = alone.text(filled(example, rnd))
            assert alone.counts[rule.name], filled(example, rnd)
            assert redacted(once) == redacted(redacted(once))
    for example in rule.misses:
        every = Redactor(RULES, LocalNames())
        every.text(filled(example, rnd))
        assert not every.counts, example


@pytest.mark.parametrize("seed", [1, 11, 2026])
def test_planted_secrets_are_found_and_benign_lines_left_alone(seed: int) -> None:
    missed = [
        line
        for line, pieces in planted(seed)
        if any(piece in Redactor(RULES, LocalNames()).text(line) for piece in pieces)
    ]
    hit = [line for line in benign(seed + 1) if Redactor(RULES, LocalNames()).text(line) != line]
    print(f"seed {seed}: {300 - len(missed)} of 300 secrets found, {len(hit)} of 4,000 benign lines hit")
    assert len(missed) < 17, missed
    assert len(hit) < 10, hit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/adal/runs/a.py", "~/runs/a.py"),
        ("open('/users/adal/x')", "open('~/x')"),
        ("/scratch/project_465000123/adal/run1/out.log", "<scratch>/account-1/user-1/run1/out.log"),
        ("/scratch/jdoe/run1", "<scratch>/dir-1/run1"),
        ("/lustre/orion/abc/scratch/jdoe/run1", "<scratch>/dir-1/run1"),
        ("/cluster/work/users/bob/x", "~user-3/x"),
        ("/gpfs/data/x", "<gpfs>/data/x"),
        ("/proj/deep/sets/a", "<deep>/sets/a"),
        ("/home/bob/x", "~user-3/x"),
        ("%2Fhome%2Fadal%2Fx", "~%2Fx"),
        (r'{"p": "\/home\/adal\/x"}', r'{"p": "~\/x"}'),
        ("~/.claude/projects/-home-adal-pointdiff/1.jsonl", "~/.claude/projects/~-pointdiff/1.jsonl"),
        ("failed on nid005921 and UAN03", "failed on host-2 and host-1"),
        ("ssh adal@puhti.lumi.csc.fi", "ssh email-1"),
        ("ssh adal@nid005921", "ssh user-1@host-1"),
        ("nid[005921-005924]", "host-1"),
        ("mail ada@example.org or eve@cs.example.edu", "mail email-1 or email-2"),
        ("#SBATCH --account=project_2001234 -A nn9999k", "#SBATCH --account=account-1 -A account-2"),
        ("sbatch --account=ml-group", "sbatch --account=account-1"),
        ("Merge pull request #12 from alice/fix", "Merge pull request #12 from user-3/fix"),
        ("as Ada Lovelace said", "as person-1 said"),
        ("USER=adam", "USER=user-2"),
        ("MASTER_ADDR=10.1.2.3", "MASTER_ADDR=address-1"),
    ],
)
def test_local_names_become_pseudonyms(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "--optimizer adam --lr 3e-4",
        "git@github.com:lab/pointdiff.git",
        "icon@2x.png",
        "nvidia-curand-cu12==10.3.2.106",
        "the root commit of the project, in the home directory",
        "https://github.com/home/alice/x",
        "tokens: 50257",
        "token: 50257",
        "swh:1:rev:94a9ed024d3859793618152ea559a168bbcbb5e2",
    ],
)
def test_what_science_needs_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_pseudonym_stays_the_same_throughout_a_document() -> None:
    redactor = Redactor(RULES, NAMES)
    first = redactor.text("nid000001 then nid000002")
    assert redactor.text("nid000002 then nid000001") == " then ".join(reversed(first.split(" then ")))


def test_values_are_redacted_in_keys_and_strings_and_by_the_names_of_their_keys() -> None:
    redactor = Redactor(RULES, NAMES)
    value = {
        "/home/adal/x": [1, None, True, {"api_key": "q8Zr3kT0pLw2Xv7NbY5d"}],
        "password": "hunter2",
        "token": "50257",
    }
    assert redactor.value(value) == {
        "~/x": [1, None, True, {"api_key": "[redacted:assignment]"}],
        "password": "[redacted:assignment]",
        "token": "50257",
    }
    assert redactor.counts == {"home-path": 1, "assignment": 2}


PIECES = st.sampled_from(
    ["/home/adal/x", "adal", "nid005921", "ada@example.org", "token=", "a1b2c3d4e5f6g7h8i9j0", "Bearer ", "/scratch/",
     "\n", "\\n", '"', "'", ":", "@", "://", "%3D", "sk-", "hf_", "eyJ", ".",
     "-----BEGIN PRIVATE KEY-----", "password: ", " ", "[redacted:jwt]", "user-1", "<scratch>/", "=", "host-2"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_json_comes_out_as_json(value: object) -> None:
    json.dumps(Redactor(RULES, NAMES).value(value))


SPITEFUL = (
    "sk-", "eyJ", "eyJaaaaaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----a", "://a:", "password=", "token=", "a", "a@", "a.",
    "/a", "/home", "/a/users/", "wandb ", "curl -u ", "--password ", "authorization: bearer ", "secret",
    "aws_secret_key ",
    "%2Fa", '"username":"', "api_key", "10.", "xoxb-", "aaa8Q~", "&sig=", " ", "\n", "'\"", "key%22%3D", "%27", "nid[0",
)  # fmt: skip


@pytest.mark.parametrize("piece", SPITEFUL)
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        begin = time.process_time()
        redacted(text)
        return time.process_time() - begin

    assert seconds(400_000) < 12 * max(seconds(100_000), 0.02)  # four times the text; quadratic would be sixteen


def test_a_megabyte_on_one_line_is_survived() -> None:
    begin = time.process_time()
    redacted("://" + "a" * 1_000_000 + " password=" + "b" * 1_000)
    assert time.process_time() - begin < 20


@pytest.mark.parametrize(
    "toml", ["[[rule]]\nname='x'\nkeywords=[]\npattern='('\nhits=[]\nmisses=[]", "not toml", "[[rule]]\nname = 'x'"]
)
def test_broken_rules_are_refused(toml: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse_rules(toml)
