import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.claude.prompt import PROMPT_LIMIT
from journal.capture.claude.transcript import (
    Head,
    Parsed,
    Transcript,
    parse_lines,
    read_head,
    session_event,
)
from tests.claude_lines import AT, CWD, SAMPLES, SESSION, line, prompt, reply, usage

MAIN = Transcript("project", SESSION, None)


def parse(*lines: bytes, transcript: Transcript = MAIN, at: str | None = None) -> Parsed:
    return parse_lines(lines, transcript, at)


def facts(parsed: Parsed, kind: str) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in parsed.events if event.kind == kind]


def prompts(*lines: bytes) -> list[str]:
    return [fact["text"] for fact in facts(parse(*lines), "prompt")]


def counts(fact: dict[str, Any]) -> tuple[int, ...]:
    return tuple(fact[name] for name in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"))


class TestUsage:
    def test_blocks_of_one_reply_are_one_usage_with_the_most_of_each_count(self) -> None:
        parsed = parse(
            reply(counts=usage(input_tokens=9, output_tokens=1), timestamp="2026-11-23T16:38:48.000Z"),
            reply(counts=usage(input_tokens=3, output_tokens=70), timestamp="2026-11-23T16:38:49.000Z"),
        )
        (fact,) = facts(parsed, "usage")
        assert counts(fact) == (9, 70, 0, 0, 0)
        assert parsed.events[0].at == "2026-11-23T16:38:48.000Z"
        assert parsed.at == "2026-11-23T16:38:49.000Z"

    def test_cache_writes_are_split_by_how_long_they_live(self) -> None:
        split = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 30}
        (fact,) = facts(parse(reply(counts=usage(cache_creation_input_tokens=40, cache_creation=split))), "usage")
        assert counts(fact) == (1, 2, 10, 30, 0)

    @pytest.mark.parametrize("split", [None, {}, {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}])
    def test_cache_writes_without_a_split_count_as_five_minutes(self, split: Any) -> None:
        (fact,) = facts(parse(reply(counts=usage(cache_creation_input_tokens=40, cache_creation=split))), "usage")
        assert counts(fact) == (1, 2, 40, 0, 0)

    def test_a_local_error_is_not_usage(self) -> None:
        assert parse(reply(model="<synthetic>")) == Parsed([], None, {})

    def test_old_progress_lines_hold_sub_agents_messages(self) -> None:
        inner = {"type": "assistant", "timestamp": AT, "message": {"id": "msg_7", "model": "m", "usage": usage()}}
        progress = line("progress", data={"type": "agent_progress", "agentId": "a1", "message": inner})
        (fact,) = facts(parse(progress), "usage")
        assert (fact["message_id"], fact["agent_id"], fact["session_id"]) == ("msg_7", "a1", SESSION)

    def test_a_forks_copy_belongs_to_the_session_that_asked(self) -> None:
        (fact,) = facts(parse(reply(sessionId="fork", requestSessionId="origin")), "usage")
        assert fact["session_id"] == "origin"

    def test_a_sub_agents_file_names_its_agent(self) -> None:
        parsed = parse(reply(isSidechain=True), transcript=Transcript(None, SESSION, "a1"))
        assert facts(parsed, "usage")[0]["agent_id"] == "a1"

    def test_usage_inside_a_tools_result_is_not_counted_again(self) -> None:
        content = [{"type": "tool_result", "tool_use_id": "t", "content": "done"}]
        assert parse(prompt(content, toolUseResult={"usage": usage()})).events == []

    @pytest.mark.parametrize("count", [-1, 10**9 + 1, 10**30])
    @pytest.mark.parametrize("field", ["input_tokens", "cache_creation_input_tokens"])
    def test_counts_that_cannot_be_are_skipped(self, field: str, count: int) -> None:
        assert parse(reply(counts=usage(**{field: count}))) == Parsed([], None, {"impossible count": 1})

    @pytest.mark.parametrize("count", ["12", 1.5, True, [1]])
    def test_counts_that_are_no_numbers_are_skipped(self, count: Any) -> None:
        assert parse(reply(counts=usage(input_tokens=count))).skipped == {"unexpected shape": 1}

    def test_an_undated_line_takes_the_time_before_it(self) -> None:
        parsed = parse(prompt("hello"), reply(timestamp=...))
        assert [event.at for event in parsed.events] == [AT, AT]
        assert parse(reply(timestamp=...)).skipped == {"no time": 1}
        assert parse(reply(timestamp="yesterday"), at=AT).events[0].at == AT

    def test_a_branch_called_head_is_none(self) -> None:
        assert facts(parse(reply(gitBranch="HEAD")), "usage")[0]["branch"] is None


def tool_result(said: str, **fields: Any) -> bytes:
    content = [{"tool_use_id": "t", "type": "tool_result", "content": said, "is_error": False}]
    return prompt(content, toolUseResult={"stdout": said, "stderr": ""}, **fields)


class TestSubmission:
    def test_a_tools_output_tells_which_jobs_it_submitted(self) -> None:
        said = "checking\nSubmitted batch job 12\nSubmitted batch job 13 on cluster other\ndone"
        told = facts(parse(tool_result(said)), "submission")
        assert [(fact["job_id"], fact["cluster"]) for fact in told] == [("12", None), ("13", "other")]
        assert {(fact["told_by"], fact["session"], fact["cwd"]) for fact in told} == {("transcript", SESSION, CWD)}

    @pytest.mark.parametrize("said", ["it said: Submitted batch job 12", "Submitted batch job 12 twice", "sbatch: no"])
    def test_words_about_jobs_submit_none(self, said: str) -> None:
        assert parse(tool_result(said)).events == []

    def test_the_recorded_sample(self) -> None:
        (path,) = (SAMPLES / "c_sbatch/projects").glob("*/*.jsonl")
        told = facts(parse(*path.read_bytes().splitlines()), "submission")
        assert [fact["job_id"] for fact in told] == ["4242"]


class TestPrompts:
    def test_what_was_typed(self) -> None:
        (fact,) = facts(parse(prompt("try a lower rate")), "prompt")
        assert fact == {"session_id": SESSION, "text": "try a lower rate", "branch": "main", "cwd": CWD}

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ("<command-name>/compact</command-name>\n <command-args></command-args>", "/compact"),
            ("<command-message>x is running…</command-message>\n<command-name>/x</command-name>", "/x"),
            ("<command-name>/x</command-name><command-args>a\nb</command-args>", "/x a\nb"),
            ("<bash-input> squeue -u me</bash-input>", "! squeue -u me"),
            ([{"type": "text", "text": "see"}, {"type": "image", "source": {"data": "AAAA"}}], "see\n[image]"),
            ([{"type": "text", "text": "<ide_selection>x</ide_selection>"}, {"type": "text", "text": "why?"}], "why?"),
            ("<div> is broken", "<div> is broken"),
            ("<ide_> and <task-notifications> too", "<ide_> and <task-notifications> too"),
            ("  spaced \n", "spaced"),
        ],
    )
    def test_its_forms(self, content: Any, text: str) -> None:
        assert prompts(prompt(content)) == [text]

    @pytest.mark.parametrize(
        "text",
        [
            prompt("x", isMeta=True),
            prompt("x", isSidechain=True),
            prompt("x", agentId="a1"),
            prompt("x", isCompactSummary=True),
            prompt("x", isVisibleInTranscriptOnly=True),
            prompt("x", origin={"kind": "task-notification"}),
            prompt("x", promptSource="system"),
            prompt("x", toolUseResult="Error"),
            prompt("<local-command-stdout>out</local-command-stdout>"),
            prompt("<local-command-caveat>…</local-command-caveat>"),
            prompt("<bash-stdout>out</bash-stdout><bash-stderr></bash-stderr>"),
            prompt("<task-notification>…</task-notification>"),
            prompt("<user-prompt-submit-hook>…</user-prompt-submit-hook>"),
            prompt("<system-reminder>…</system-reminder>"),
            prompt("This session is being continued from a previous conversation that ran out of context."),
            prompt([{"type": "text", "text": "[Request interrupted by user for tool use]"}]),
            prompt([{"type": "tool_result", "tool_use_id": "t", "content": "x"}]),
            prompt("  "),
            prompt([]),
        ],
    )
    def test_what_nobody_typed(self, text: bytes) -> None:
        assert parse(text) == Parsed([], None, {})

    def test_a_tools_id_inside_what_was_typed_does_not_hide_it(self) -> None:
        assert prompts(prompt('why "tool_use_id": and "usage": here?')) == ['why "tool_use_id": and "usage": here?']

    def test_prompts_typed_while_the_agent_worked(self) -> None:
        def queued(mode: str, kind: str) -> bytes:
            attachment = {"type": "queued_command", "prompt": "stop", "commandMode": mode, "origin": {"kind": kind}}
            return line("attachment", attachment=attachment, uuid="u")

        assert prompts(queued("prompt", "human")) == ["stop"]
        assert prompts(queued("task-notification", "task-notification"), queued("prompt", "peer")) == []

    def test_commands_that_the_client_runs_by_itself(self) -> None:
        said = "<command-name>/model</command-name><command-args>opus</command-args>"
        assert prompts(line("system", subtype="local_command", content=said, uuid="u")) == ["/model opus"]
        output = "<local-command-stdout>ok</local-command-stdout>"
        assert prompts(line("system", subtype="local_command", content=output, uuid="u")) == []

    def test_a_long_one_is_cut_and_says_so(self) -> None:
        (text,) = prompts(prompt("a" * PROMPT_LIMIT + "b" * 1234))
        assert text == "a" * PROMPT_LIMIT + "\n[1,234 more characters not kept]"

    def test_the_same_line_in_a_fork_has_the_same_id(self) -> None:
        one, other = parse(prompt("x")).events, parse(prompt("x", sessionId="fork")).events
        assert one[0].id == other[0].id


class TestTitles:
    @pytest.mark.parametrize(
        ("kind", "field", "by"), [("custom-title", "customTitle", "person"), ("ai-title", "aiTitle", "agent")]
    )
    def test_by_whom(self, kind: str, field: str, by: str) -> None:
        text = json.dumps({"type": kind, field: " Tune\n it ", "sessionId": "s"}, separators=(",", ":")).encode()
        parsed = parse(prompt("x"), text)
        assert facts(parsed, "title") == [{"session_id": "s", "title": "Tune it", "by": by}]
        assert parsed.events[-1].at == AT
        assert parse(text).skipped == {"no time": 1}

    def test_a_summary_counts_only_where_its_leaf_is_of_this_transcript(self) -> None:
        summary = b'{"type":"summary","summary":"Tuned","leafUuid":"u1"}'
        assert facts(parse(summary, prompt("x"), at=AT), "title")[0]["by"] == "summary"
        assert parse(summary, prompt("x", uuid="u2"), at=AT).skipped == {"summary of another session": 1}


class TestDamage:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b'{"type":"user","message":', "invalid JSON"),
            (b'["usage"]', "unexpected shape"),
            (b'{"message":"a","x":"usage"}', "unexpected shape"),
            (b'{"type":"user","message":7}', "unexpected shape"),
            (b'{"type":"user","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        ],
    )
    def test_is_skipped_and_counted(self, text: bytes, reason: str) -> None:
        parsed = parse(text, prompt("after"))
        assert parsed.skipped == {reason: 1}
        assert [fact["text"] for fact in facts(parsed, "prompt")] == ["after"]

    def test_nul_bytes_before_a_line_are_passed_over(self) -> None:
        assert prompts(b"\0" * 4096 + prompt("after a crash")) == ["after a crash"]
        assert parse(b"\0" * 4096) == Parsed([], None, {})

    def test_lone_surrogates_and_foreign_bytes_are_replaced(self) -> None:
        assert prompts(prompt("a \ud800 b")) == ["a ? b"]
        assert prompts(prompt("a X b").replace(b"X", b"\xff")) == ["a \ufffd b"]
        assert len(parse(reply(garbled="\ud800")).events) == 1

    def test_a_huge_line_is_read(self) -> None:
        (text,) = prompts(prompt([{"type": "image", "source": {"data": "A" * 50_000_000}}]))
        assert text == "[image]"

    @given(st.lists(st.one_of(st.binary(), st.text().map(str.encode))))
    def test_any_bytes_are_survived(self, lines: list[bytes]) -> None:
        parse(*lines)
        read_head(lines, SESSION)

    @given(
        st.dictionaries(
            st.sampled_from(["type", "message", "attachment", "data", "timestamp", "uuid", "content", "origin"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.sampled_from(["user", "assistant", "progress", "usage"]),
                lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "usage", "content"]), inner),
            ),
        )
    )
    def test_any_shape_is_survived(self, value: dict[str, Any]) -> None:
        parse(json.dumps({"type": "user", **value, "usage": 1}, separators=(",", ":")).encode())


class TestHead:
    def test_the_first_time_and_the_first_directory(self) -> None:
        queued = json.dumps({"type": "queue-operation", "timestamp": AT, "sessionId": SESSION}).encode()
        head = read_head([b"{}", queued, prompt("x", timestamp="2026-12-01T00:00:00Z")], SESSION)
        assert head == Head(AT, CWD, "main", "2.1.330", True)
        event = session_event(MAIN, head)
        assert event is not None
        assert (event.kind, event.at, event.project) == ("session", AT, "project")
        assert json.loads(event.data)["cwd"] == CWD

    def test_a_copy_under_another_name_is_no_session(self) -> None:
        assert session_event(Transcript(None, "backup", None), read_head([prompt("x")], "backup")) is None

    def test_nothing_is_known_of_an_empty_file(self) -> None:
        assert read_head([], SESSION) == (None, None, None, None, False)


def test_the_samples_have_no_line_that_is_not_understood() -> None:
    for path in SAMPLES.rglob("projects/**/*.jsonl"):
        assert parse(*path.read_bytes().splitlines()).skipped == {}, path
