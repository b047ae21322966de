import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal.capture.claude.source import ClaudeCodeSource, config_dir, slug
from journal.events import Batch, Event
from tests.claude_lines import AT, CWD, SAMPLES, SESSION, line, prompt, reply, write_lines


class Reader:
    """A source and a store's share of reading it: cursors kept, events by id."""

    def __init__(self, config: Path, *roots: str) -> None:
        self.config = config
        self.roots = roots or (CWD,)
        self.cursors: dict[str, Any] = {}
        self.events: dict[str, Event] = {}
        self.skipped: dict[str, int] = {}

    def read(self) -> list[Batch]:
        source = ClaudeCodeSource(self.config, [Path(root) for root in self.roots], "project")
        batches = list(source.read(json.loads(json.dumps(self.cursors))))
        for batch in batches:
            for event in batch.events:
                self.events.setdefault(event.id, event)
            for name, value in batch.cursors.items():
                if value is None:
                    del self.cursors[name]
                else:
                    self.cursors[name] = value
            self.skipped |= batch.skipped
        return batches

    def facts(self, kind: str) -> list[dict[str, Any]]:
        told = sorted((event for event in self.events.values() if event.kind == kind), key=lambda event: event.at)
        return [json.loads(event.data) for event in told]

    def texts(self) -> list[str]:
        return [fact["text"] for fact in self.facts("prompt")]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "claude"


@pytest.fixture
def transcript(config: Path) -> Path:
    return config / "projects" / slug(CWD) / f"{SESSION}.jsonl"


def append(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(text + b"\n" for text in lines))


def reference(sample: Path) -> dict[str, tuple[int, ...]]:
    """Usage by message, read the slow and simple way: every line decoded, the most of each field kept."""
    most: dict[str, tuple[int, ...]] = {}
    for path in sample.rglob("projects/**/*.jsonl"):
        for text in path.read_text().splitlines():
            message = json.loads(text).get("message")
            if not isinstance(message, dict) or "usage" not in message or message["model"] == "<synthetic>":
                continue
            told = message["usage"]
            split = told["cache_creation"]
            counts = (
                told["input_tokens"],
                told["output_tokens"],
                split["ephemeral_5m_input_tokens"],
                split["ephemeral_1h_input_tokens"],
                told["cache_read_input_tokens"],
            )
            known = most.get(message["id"], counts)
            most[message["id"]] = tuple(max(pair) for pair in zip(known, counts, strict=True))
    return most


def usage_of(reader: Reader) -> dict[str, tuple[int, ...]]:
    most: dict[str, tuple[int, ...]] = {}
    for fact in reader.facts("usage"):
        counts = tuple(fact[name] for name in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"))
        known = most.get(fact["message_id"], counts)
        most[fact["message_id"]] = tuple(max(pair) for pair in zip(known, counts, strict=True))
    return most


class TestSamples:
    @pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda sample: sample.name)
    def test_usage_is_what_a_plain_reading_finds(self, sample: Path) -> None:
        reader = Reader(sample)
        reader.read()
        assert usage_of(reader) == reference(sample)
        assert reader.skipped == {}

    # Not g_errors and h_compact: the client also counts streams that broke and its own requests for compaction.
    @pytest.mark.parametrize("name", ["a_text", "b_commit", "c_sbatch", "d_edit", "e_subagent", "f_resume"])
    def test_usage_is_what_the_client_says_it_was(self, name: str) -> None:
        result = json.loads(max((SAMPLES / name).glob("result-*.json")).read_text())
        reader = Reader(SAMPLES / name)
        reader.read()
        for model, said in result["modelUsage"].items():
            facts = [fact for fact in reader.facts("usage") if fact["model"] == model]
            assert sum(fact["input"] for fact in facts) == said["inputTokens"]
            assert sum(fact["output"] for fact in facts) == said["outputTokens"]
            assert sum(fact["cache_read"] for fact in facts) == said["cacheReadInputTokens"]
            assert sum(fact["cache_write_5m"] for fact in facts) == said["cacheCreationEphemeral5mInputTokens"]
            assert sum(fact["cache_write_1h"] for fact in facts) == said["cacheCreationEphemeral1hInputTokens"]

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("a_text", ["say hello"]),
            ("b_commit", ["write a result and commit it"]),
            ("c_sbatch", ["submit the job"]),
            ("d_edit", ["lower the learning rate"]),
            ("e_subagent", ["look at the config with helpers"]),
            ("f_resume", ["first", "second", "third", "forked"]),
            ("g_errors", ["retry"]),
            ("g_fatal", ["fail"]),
            ("h_compact", ["first", "/compact keep the facts", "grow"]),
        ],
    )
    def test_prompts_are_what_the_scenario_typed(self, name: str, typed: list[str]) -> None:
        reader = Reader(SAMPLES / name)
        reader.read()
        assert reader.texts() == typed

    def test_prompts_are_what_the_clients_own_history_holds(self) -> None:
        entries = [json.loads(text) for text in (SAMPLES / "j_tui/history.jsonl").read_text().splitlines()]
        reader = Reader(SAMPLES / "j_tui")
        reader.read()
        # /exit ends the client before it is written to the transcript.
        assert reader.texts() == [entry["display"] for entry in entries if entry["display"] != "/exit"]

    def test_a_fork_is_a_session_of_its_own_that_repeats_nothing(self) -> None:
        reader = Reader(SAMPLES / "f_resume")
        reader.read()
        origin, fork = [fact["session_id"] for fact in reader.facts("session")]
        assert (origin[:8], fork[:8]) == ("11111111", "72f72c00")
        assert [fact["session_id"] for fact in reader.facts("prompt")] == [origin] * 3 + [fork]
        assert [fact["session_id"] for fact in reader.facts("usage")] == [origin] * 3 + [fork]

    def test_an_old_forks_copies_stay_with_the_older_file(self, config: Path, transcript: Path) -> None:
        fork = transcript.with_name("00000000.jsonl")  # before the origin by name, after it by time
        write_lines(transcript, prompt("x"), reply("msg_1"))
        write_lines(fork, prompt("x", sessionId=fork.stem), reply("msg_1", sessionId=fork.stem))
        os.utime(transcript, ns=(1, 1))
        reader = Reader(config)
        reader.read()
        assert [fact["session_id"] for kind in ("prompt", "usage") for fact in reader.facts(kind)] == [SESSION] * 2
        assert len(reader.facts("session")) == 2

    def test_sub_agents_are_counted_to_their_session(self) -> None:
        reader = Reader(SAMPLES / "e_subagent")
        reader.read()
        (session,) = reader.facts("session")
        assert {fact["session_id"] for fact in reader.facts("usage")} == {session["session_id"]}
        agents = {fact["agent_id"] for fact in reader.facts("usage")}
        assert agents == {None, "a6713c0a43a65db05", "a6c78303d40ff8c74", "a8be59e16db30a847", "ac8b70a89552a28b9"}

    @given(splits=st.lists(st.floats(0, 1), max_size=4), sample=st.sampled_from(["e_subagent", "f_resume", "j_tui"]))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_read_in_pieces_is_read_whole(
        self, splits: list[float], sample: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        whole, pieces = Reader(SAMPLES / sample), Reader(tmp_path_factory.mktemp("claude"))
        whole.read()
        for split in [*sorted(splits), 1.0]:
            for path in whole.config.rglob("projects/**/*.jsonl"):
                copy = pieces.config / path.relative_to(whole.config)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with copy.open("ab") as file:
                    data = path.read_bytes()
                    file.write(data[copy.stat().st_size : int(len(data) * split)])
            pieces.read()
        assert usage_of(pieces) == usage_of(whole)
        assert pieces.facts("session") == whole.facts("session")
        assert pieces.texts() == whole.texts()
        assert pieces.skipped == {}
        assert pieces.read() == []


class TestReadingOn:
    def test_only_what_was_added_is_read(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one", uuid="1"))
        reader = Reader(config)
        reader.read()
        append(transcript, prompt("two", uuid="2"))
        (batch,) = reader.read()
        assert [json.loads(event.data)["text"] for event in batch.events] == ["two"]
        assert reader.read() == []

    def test_a_half_written_line_waits(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one", uuid="1"))
        second = prompt("two", uuid="2")
        with transcript.open("ab") as file:
            file.write(second[:40])
        reader = Reader(config)
        reader.read()
        assert reader.texts() == ["one"]
        assert reader.read() == []
        append(transcript, second[40:])
        reader.read()
        assert reader.texts() == ["one", "two"]
        assert reader.skipped == {}

    def test_nothing_new_costs_no_parser(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one"))
        reader = Reader(config)
        reader.read()
        program = (
            "import json, sys; from pathlib import Path; from journal.capture.claude.source import ClaudeCodeSource;"
            "config, root, cursors = sys.argv[1:];"
            "assert list(ClaudeCodeSource(Path(config), [Path(root)], 'p').read(json.loads(cursors))) == [];"
            "heavy = {'msgspec', 'dataclasses', 'inspect', 'journal.capture.claude.transcript'} & set(sys.modules);"
            "assert not heavy, heavy"
        )
        subprocess.run([sys.executable, "-c", program, str(config), CWD, json.dumps(reader.cursors)], check=True)

    def test_a_file_that_was_cut_is_read_again(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one", uuid="1"), prompt("two", uuid="2"))
        reader = Reader(config)
        reader.read()
        with transcript.open("rb+") as file:
            file.truncate(len(prompt("one", uuid="1")) + 1)
        append(transcript, prompt("three", uuid="3", timestamp="2026-11-24T00:00:00Z"))
        reader.read()
        assert sorted(reader.texts()) == ["one", "three", "two"]

    def test_a_file_that_was_replaced_is_read_from_its_start(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one", uuid="1"))
        reader = Reader(config)
        reader.read()
        write_lines(config / "new", prompt("a", uuid="3"), prompt("b", uuid="4")).replace(transcript)
        reader.read()
        assert sorted(reader.texts()) == ["a", "b", "one"]

    def test_a_file_that_was_deleted_is_forgotten(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one"))
        reader = Reader(config)
        reader.read()
        assert len(reader.cursors) == 1
        transcript.unlink()
        reader.read()
        assert reader.cursors == {}
        assert reader.read() == []

    def test_cursors_of_another_client_directory_are_left_alone(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("one"))
        reader = Reader(config)
        reader.cursors["/elsewhere/projects/x/y.jsonl"] = {"cwd": "/"}
        reader.read()
        assert "/elsewhere/projects/x/y.jsonl" in reader.cursors

    def test_killed_between_batches_it_goes_on_where_it_was(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, *(reply(f"msg_{number}", filler="x" * 900) for number in range(4000)))
        reader, source = Reader(config), ClaudeCodeSource(config, [Path(CWD)], "project")
        batches: Iterator[Batch] = source.read({})
        first = next(batches)
        reader.cursors = dict(first.cursors)
        reader.events = {event.id: event for event in first.events}
        assert 1000 <= len(first.events) < 4000
        reader.read()
        assert len(reader.facts("usage")) == 4000

    def test_memory_does_not_grow_with_the_file(self, config: Path, transcript: Path) -> None:
        import tracemalloc

        filler = line("attachment", attachment={"content": "x" * 100_000})
        write_lines(transcript, prompt("one"), *([filler] * 400))
        reader = Reader(config)
        tracemalloc.start()
        reader.read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert transcript.stat().st_size > 40_000_000
        assert peak < 12_000_000


class TestWhoseItIs:
    def test_the_slug_only_narrows_the_search(self, config: Path) -> None:
        for number, cwd in enumerate([CWD, f"{CWD}/src/deep", f"{CWD}-2", f"{CWD}_x/y", "/home/tester"]):
            path = config / "projects" / slug(cwd) / f"session-{number}.jsonl"
            write_lines(path, prompt(cwd, uuid=str(number), cwd=cwd, sessionId=f"session-{number}"))
        reader = Reader(config)
        reader.read()
        assert sorted(reader.texts()) == [CWD, f"{CWD}/src/deep"]
        assert reader.read() == []

    def test_the_first_directory_decides(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("a", uuid="1"), prompt("b", uuid="2", cwd="/elsewhere"))
        reader = Reader(config)
        reader.read()
        assert reader.texts() == ["a", "b"]

    def test_a_worktree_that_comes_later_makes_its_sessions_ours(self, config: Path) -> None:
        worktree = f"{CWD}-wt"
        write_lines(config / "projects" / slug(worktree) / f"{SESSION}.jsonl", prompt("x", cwd=worktree))
        reader = Reader(config)
        reader.read()
        assert reader.events == {}
        reader.roots = (CWD, worktree)
        reader.read()
        assert reader.texts() == ["x"]

    def test_a_transcript_without_a_directory_waits_for_one(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, b'{"type":"mode","mode":"normal"}')
        reader = Reader(config)
        reader.read()
        assert reader.read() == []
        append(transcript, prompt("x"))
        reader.read()
        assert reader.texts() == ["x"]

    def test_symlinks_are_followed(self, tmp_path: Path, config: Path) -> None:
        real, link = tmp_path / "scratch/demo", tmp_path / "demo"
        real.mkdir(parents=True)
        link.symlink_to(real)
        kept = write_lines(tmp_path / "kept" / f"{SESSION}.jsonl", prompt("x", cwd=str(real)))
        projects = config / "projects"
        projects.mkdir(parents=True)
        (projects / slug(str(real))).symlink_to(kept.parent)
        reader = Reader(config, str(link))
        reader.read()
        assert reader.texts() == ["x"]

    def test_a_name_too_long_is_found_by_its_beginning(self, config: Path) -> None:
        root = "/" + "/".join(["long"] * 60)
        write_lines(config / "projects" / f"{slug(root)[:200]}-1a2b3c" / f"{SESSION}.jsonl", prompt("x", cwd=root))
        reader = Reader(config, root)
        reader.read()
        assert reader.texts() == ["x"]

    def test_sub_agents_go_where_their_session_goes(self, config: Path, transcript: Path) -> None:
        write_lines(transcript, prompt("x"))
        agents = transcript.with_suffix("") / "subagents"
        write_lines(agents / "agent-a1.jsonl", reply("msg_a", cwd="/elsewhere", isSidechain=True))
        write_lines(agents / "deeper" / "agent-a2.jsonl", reply("msg_b", cwd="/elsewhere", isSidechain=True))
        reader = Reader(config)
        reader.read()
        assert [fact["agent_id"] for fact in reader.facts("usage")] == ["a1", "a2"]
        assert len(reader.facts("session")) == 1
        append(agents / "agent-a1.jsonl", reply("msg_c", isSidechain=True))
        reader.read()
        assert len(reader.facts("usage")) == 3

    def test_old_versions_kept_sub_agents_beside_their_session(self, config: Path, transcript: Path) -> None:
        write_lines(
            transcript.with_name("agent-a1.jsonl"), prompt("do", isSidechain=True), reply("m", isSidechain=True)
        )
        reader = Reader(config)
        reader.read()
        assert [(event.kind) for event in reader.events.values()] == ["usage"]
        assert (reader.facts("usage")[0]["agent_id"], reader.facts("usage")[0]["session_id"]) == ("a1", SESSION)

    @pytest.mark.parametrize(
        ("directory", "name"), [("/home/a_b/c.d", "-home-a-b-c-d"), ("/é", "--"), ("/😀x", "---x"), ("/A9", "-A9")]
    )
    def test_slugs(self, directory: str, name: str) -> None:
        assert slug(directory) == name


class TestDamage:
    def test_no_client_directory_is_nothing_new(self, config: Path) -> None:
        assert Reader(config).read() == []

    def test_odd_files_are_passed_over(self, config: Path, transcript: Path) -> None:
        transcript.parent.mkdir(parents=True)
        os.mkfifo(transcript.with_name("fifo.jsonl"))
        transcript.with_name("gone.jsonl").symlink_to("nowhere")
        transcript.with_name("directory.jsonl").mkdir()
        transcript.with_name("empty.jsonl").touch()
        write_lines(transcript, prompt("x"))
        reader = Reader(config)
        reader.read()
        assert reader.texts() == ["x"]
        assert reader.read() == []

    def test_a_file_that_vanishes_while_it_is_read(
        self, config: Path, transcript: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_lines(transcript, prompt("x"))
        source = ClaudeCodeSource(config, [Path(CWD)], "project")
        listed = list(source._files())
        monkeypatch.setattr(source, "_files", lambda: iter(listed))
        shutil.rmtree(config)
        (batch,) = source.read({})
        assert batch == Batch([], {}, {"unreadable transcript": 1})

    def test_paths_that_are_not_utf8(self, tmp_path: Path) -> None:
        config = tmp_path / os.fsdecode(b"cl\xffaude")
        write_lines(config / "projects" / slug(CWD) / f"{SESSION}.jsonl", prompt("x"))
        reader = Reader(config)
        reader.read()
        assert reader.texts() == ["x"]
        assert all(name.encode() for name in reader.cursors)
        assert reader.read() == []


def test_the_clients_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "x"))
    assert config_dir() == tmp_path / "x"
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_dir() == tmp_path / ".claude"


def test_the_session_begins_at_its_first_dated_line(config: Path, transcript: Path) -> None:
    queued = json.dumps({"type": "queue-operation", "timestamp": "2026-11-23T16:00:00Z", "sessionId": SESSION}).encode()
    write_lines(transcript, b'{"type":"mode"}', queued, prompt("x"))
    reader = Reader(config)
    reader.read()
    (event,) = [event for event in reader.events.values() if event.kind == "session"]
    assert event.at == "2026-11-23T16:00:00.000Z" < AT
