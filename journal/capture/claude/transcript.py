"""Claude Code's transcripts, from lines to events. Pure: bytes in, events out.

A transcript is one JSON object a line, in a format that its makers call internal and change without notice. So
each kind of line is decoded into only the few fields wanted, a line that is not understood is passed over and
counted by its reason, and most lines (tool results, attachments, snapshots) are told apart by their bytes and
never decoded.

What is read from which line:

- usage: lines with `message.usage` (type `assistant`), and in versions up to 2.1.81 also `progress` lines, which
  hold a sub-agent's message in `data.message.message`. Every content block of a reply repeats its usage, in old
  versions with counts that grow, so per reply the most of each count is told.
- prompt: `user` lines that a person typed, prompts queued while the agent worked (`queued_command`), and
  commands that the client ran by itself (`local_command`).
- title: `custom-title`, `ai-title`, and `summary` where it is of this very transcript.
- submission: tool results in which sbatch says the number of a job, on a line of its own.
- session: the transcript's first dated line and its first line with a working directory (see `read_head`).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from journal.capture.claude.line import HEAD, PROMPT, REPLY, TITLE, Line, Usage, decode
from journal.capture.claude.prompt import typed
from journal.events import Event, make_event
from journal.facts import PromptFact, SessionFact, SubmissionFact, TitleFact, UsageFact
from journal.moments import from_rfc3339

SOURCE = "claude-code"

TITLE_LIMIT = 300
MOST_TOKENS = 10**9  # more than this in one reply is damage, not usage
SMALL_LINE = 8192  # titles and commands are looked for in lines up to this many bytes
QUEUED_WITHIN = 512  # a queued prompt's line says so in its first bytes

# What sbatch prints, as a whole line of a tool's output; the transcript has it twice.
_SUBMITTED_WORDS = b"Submitted batch job "
_SUBMITTED = re.compile(rb'(?:(?<=")|(?<=\\n))Submitted batch job (\d+)(?: on cluster ([\w.-]+))?(?=\\n|")')


class Transcript(NamedTuple):
    """Which file is read, and for whom.

    Attributes:
        project: the id of the project that its events belong to, or None.
        session_id: the session that the file is named after; lines that name none belong to it.
        agent_id: the sub-agent whose transcript this is, or None.
    """

    project: str | None
    session_id: str
    agent_id: str | None


class Head(NamedTuple):
    """How a transcript begins: its first time, and where its session was started.

    `own` says that a line bears the session id that the file is named after: a file copied under another name
    has none, and is no session of its own.
    """

    at: str | None
    cwd: str | None
    branch: str | None
    version: str | None
    own: bool


class Parsed(NamedTuple):
    """Events of some lines, the last time met (for undated lines that follow), and what was passed over and why."""

    events: list[Event]
    at: str | None
    skipped: dict[str, int]


def read_head(lines: Iterable[bytes], session_id: str) -> Head:
    """How the transcript that begins with these lines begins; fields are None where the lines do not tell yet.

    Args:
        lines: the file's first lines, complete, without their newlines; read only as far as needed.
        session_id: the session that the file is named after.
    """
    at: str | None = None
    own = False
    for text in lines:
        line = decode(HEAD, text, {})
        if line is None:
            continue
        at = at or _moment(line.timestamp)
        own = own or line.session_id == session_id
        if at and line.cwd:
            return Head(at, line.cwd, _branch(line), line.version, own)
    return Head(at, None, None, None, own)


def session_event(transcript: Transcript, head: Head) -> Event | None:
    """The session that a main transcript with this head tells of, or None where it tells of none of its own."""
    if head.at is None or head.cwd is None or not head.own:
        return None
    fact = SessionFact(
        session_id=transcript.session_id,
        agent="claude-code",
        version=head.version,
        cwd=head.cwd,
        branch=head.branch,
    )
    return make_event("session", head.at, transcript.project, SOURCE, (SOURCE, transcript.session_id), fact)


def parse_lines(lines: Sequence[bytes], transcript: Transcript, at: str | None) -> Parsed:
    """The prompts, titles and usage that some consecutive lines of a transcript tell of.

    Args:
        lines: complete lines, without their newlines.
        transcript: the file that they are from.
        at: the last time met before them (stored form), for lines that have no time of their own.

    Speed is in what is not decoded: a few searches for bytes tell most lines apart, in the client's own compact JSON
    (unescaped quotes cannot stand inside a string, so what a person typed is never mistaken for a field).
    """
    reader = _Lines(transcript, at, lines)
    for text in lines:
        if b'"usage"' in text and reader.reply(text):
            continue
        if b'"type":"user"' in text:
            if b'"tool_use_id"' not in text:
                reader.prompt(text)
            elif _SUBMITTED_WORDS in text:
                reader.submissions(text)
        elif text.find(b'"queued_command"', 0, QUEUED_WITHIN) >= 0:
            reader.prompt(text)
        elif len(text) <= SMALL_LINE:
            if b'"local_command"' in text:
                reader.prompt(text)
            elif b'-title"' in text or b'"type":"summary"' in text:
                reader.title(text)
    return reader.parsed()


class _Lines:
    """The state of reading some lines: the last time met, the most that was told of each reply."""

    def __init__(self, transcript: Transcript, at: str | None, lines: Sequence[bytes]) -> None:
        self._transcript = transcript
        self._at = at
        self._undated: str | None = None  # a later line's time as it is written: most are never asked for
        self._lines = lines
        self._events: list[Event] = []
        self._replies: dict[str, tuple[str, UsageFact]] = {}
        self._skipped: dict[str, int] = {}

    def parsed(self) -> Parsed:
        at = self._latest()
        for told_at, fact in self._replies.values():
            counts = (fact["input"], fact["output"], fact["cache_write_5m"], fact["cache_write_1h"], fact["cache_read"])
            self._tell("usage", told_at, (fact["message_id"], *map(str, counts)), fact)
        return Parsed(self._events, at, self._skipped)

    def reply(self, text: bytes) -> bool:
        """Reads a line that holds a usage; False where it is none of a reply and may be a prompt."""
        line = decode(REPLY, text, self._skipped)
        if line is None:
            return True
        if line.type == "assistant":
            reply, dated, agent = line.message, line.timestamp, line.agent_id
        elif line.type == "progress" and line.data is not None and line.data.message is not None:
            reply = line.data.message.message
            dated, agent = line.data.message.timestamp or line.timestamp, line.data.agent_id
        else:
            return False
        if reply is None or reply.usage is None or reply.model is None or reply.model == "<synthetic>":
            return True
        message_id = reply.id or line.request_id or line.uuid
        counts = _counts(reply.usage)
        if message_id is None or counts is None:
            self._skip("usage of no message" if message_id is None else "impossible count")
            return True
        known = self._replies.get(message_id)
        if known is not None:
            _raise(known[1], counts)
            self._undated = dated or self._undated
            return True
        at = self._date(dated)
        if at is None:
            self._skip("no time")
            return True
        fact = UsageFact(
            session_id=line.request_session_id or line.session_id or self._transcript.session_id,
            message_id=message_id,
            model=reply.model,
            input=counts[0],
            output=counts[1],
            cache_write_5m=counts[2],
            cache_write_1h=counts[3],
            cache_read=counts[4],
            agent_id=agent or self._transcript.agent_id,
            branch=_branch(line),
        )
        self._replies[message_id] = at, fact
        return True

    def prompt(self, text: bytes) -> None:
        line = decode(PROMPT, text, self._skipped)
        if line is None:
            return
        words = typed(line)
        if words is None or self._transcript.agent_id is not None:
            return
        at = self._date(line.timestamp)
        if at is None or line.uuid is None:
            self._skip("no time" if at is None else "prompt without uuid")
            return
        fact = PromptFact(
            session_id=line.session_id or self._transcript.session_id,
            text=words,
            branch=_branch(line),
            cwd=line.cwd,
        )
        self._tell("prompt", at, (line.uuid,), fact)

    def submissions(self, text: bytes) -> None:
        """The jobs that a tool submitted. What it ran is not known here; accounting has the whole line."""
        line = decode(HEAD, text, self._skipped)
        at = self._date(line.timestamp) if line else None
        if line is None or at is None:
            return
        for job_id, cluster in dict.fromkeys(_SUBMITTED.findall(text)):
            fact = SubmissionFact(
                command="sbatch",
                told_by="transcript",
                job_id=job_id.decode(),
                cluster=cluster.decode() or None,
                host=None,
                argv=None,
                cwd=line.cwd,
                root=None,
                branch=_branch(line),
                commit=None,
                snapshot=None,
                snapshot_at=None,
                changed=None,
                left_out=0,
                problem=None,
                session=line.session_id or self._transcript.session_id,
            )
            self._tell("submission", at, (fact["job_id"] or "", cluster.decode(), at), fact)

    def title(self, text: bytes) -> None:
        line = decode(TITLE, text, self._skipped)
        if line is None:
            return
        if line.type == "custom-title":
            title, by = line.custom_title, "person"
        elif line.type == "ai-title":
            title, by = line.ai_title, "agent"
        elif line.type == "summary":
            title, by = line.summary, "summary"
        else:
            return
        words = " ".join((title or "").split())[:TITLE_LIMIT]
        if not words:
            return
        if by == "summary" and not self._holds(line.leaf_uuid):
            self._skip("summary of another session")
            return
        at = self._latest()
        if at is None:
            self._skip("no time")
            return
        session_id = line.session_id or self._transcript.session_id
        fact = TitleFact(session_id=session_id, title=words, by=by)  # type: ignore[typeddict-item] # set just above
        self._tell("title", at, (session_id, by, words), fact)

    def _holds(self, uuid: str | None) -> bool:
        """Whether a line with this uuid is among those read: a new file can begin with other files' summaries."""
        if not uuid:
            return False
        needle = b'"uuid":"' + uuid.encode("utf-8", "replace") + b'"'
        return any(needle in text for text in self._lines)

    def _date(self, timestamp: str | None) -> str | None:
        """A line's time, or the last one met before it."""
        at = _moment(timestamp)
        if at is None:
            return self._latest()
        self._at, self._undated = at, None
        return at

    def _latest(self) -> str | None:
        """The last time met."""
        if self._undated is not None:
            self._at, self._undated = _moment(self._undated) or self._at, None
        return self._at

    def _tell(self, kind: str, at: str, key: tuple[str, ...], fact: Any) -> None:
        self._events.append(make_event(kind, at, self._transcript.project, SOURCE, key, fact))

    def _skip(self, reason: str) -> None:
        self._skipped[reason] = self._skipped.get(reason, 0) + 1


def _counts(usage: Usage) -> tuple[int, ...] | None:
    """Input, output, cache written for 5 minutes and for 1 hour, cache read; None where one cannot be."""
    split = usage.cache_creation
    written = usage.cache_creation_input_tokens or 0
    hour = (split.ephemeral_1h_input_tokens or 0) if split else 0
    five = (split.ephemeral_5m_input_tokens or 0) if split else 0
    if not hour and not five:
        five = written
    counts = (usage.input_tokens or 0, usage.output_tokens or 0, five, hour, usage.cache_read_input_tokens or 0)
    return counts if min(*counts, written) >= 0 and max(*counts, written) <= MOST_TOKENS else None


def _raise(fact: UsageFact, counts: tuple[int, ...]) -> None:
    """Makes each count of a reply the most that was told of it."""
    fact["input"] = max(fact["input"], counts[0])
    fact["output"] = max(fact["output"], counts[1])
    fact["cache_write_5m"] = max(fact["cache_write_5m"], counts[2])
    fact["cache_write_1h"] = max(fact["cache_write_1h"], counts[3])
    fact["cache_read"] = max(fact["cache_read"], counts[4])


def _moment(timestamp: str | None) -> str | None:
    return from_rfc3339(timestamp) if timestamp else None


def _branch(line: Line) -> str | None:
    """The branch that a line names; the client writes HEAD where there is none."""
    return line.git_branch if line.git_branch and line.git_branch != "HEAD" else None
