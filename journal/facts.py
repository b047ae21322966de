"""The shape of each kind of event's data. Types only: the hot commands never load this file.

Times are RFC 3339; the fields named `at` and `*_at` are in stored form (UTC, milliseconds) unless noted.
"""

from typing import Any, Literal, NotRequired, TypedDict


class ChangedFile(TypedDict):
    """One file of a commit, with lines added and removed (None: binary, or not known)."""

    path: str
    added: int | None
    removed: int | None
    old_path: NotRequired[str]


class CommitFact(TypedDict):
    """A commit object. Key: sha. `at` is the committer's time."""

    sha: str
    tree: str
    parents: list[str]
    author: str
    author_email: str
    authored_at: str  # the author's own clock, with its offset: 2026-11-12T10:14:03+01:00
    committer: str
    committer_email: str
    committed_at: str  # the committer's own clock, with its offset
    message: str
    files: list[ChangedFile] | None  # None: the changes could not be read (a damaged or partial clone)
    patch_id: str | None  # what the change is, whatever it sits on; None for merges and empty commits


class BranchFact(TypedDict):
    """A branch came, went or changed its name in one clone. Key: writer, name, action, sha, at."""

    action: Literal["created", "deleted", "renamed"]
    name: str
    sha: str
    start: NotRequired[str]  # what it was created from, as git says ("main", "HEAD", "origin/main")
    old_name: NotRequired[str]


class CheckoutFact(TypedDict):
    """HEAD of a worktree went elsewhere. Key: writer, worktree, reflog entry, count among equal entries."""

    from_name: str  # a branch, or a commit's SHA when HEAD was detached
    to_name: str
    old: str
    new: str
    worktree: str  # "" for the main one, else the linked worktree's name in .git/worktrees


class MergeFact(TypedDict):
    """A branch was merged in a clone. Key: writer, worktree, reflog entry, count among equal entries."""

    merged: str  # what was merged, as git says
    into: str | None  # the branch that HEAD was on
    old: str
    new: str
    fast_forward: bool
    worktree: str


class ResetFact(TypedDict):
    """HEAD was set back or elsewhere. Key: as for a merge."""

    target: str  # as git says: "HEAD~1"
    branch: str | None
    old: str
    new: str
    worktree: str


class RewriteFact(TypedDict):
    """One commit took another's place. Key: old, new: hook, reflog and patch-id all tell the same event."""

    old: str
    new: str
    how: Literal["amend", "rebase", "squash"]


class SessionFact(TypedDict):
    """An agent's session. Key: agent, session_id. `at` is its first dated line."""

    session_id: str
    agent: Literal["claude-code"]
    version: str | None
    cwd: str | None
    branch: str | None


class TitleFact(TypedDict):
    """A session's title. Key: session_id, by, title."""

    session_id: str
    title: str
    by: Literal["person", "agent", "summary"]


class PromptFact(TypedDict):
    """What a person typed. Key: the transcript line's uuid, which a fork repeats."""

    session_id: str
    text: str
    branch: str | None
    cwd: str | None


class UsageFact(TypedDict):
    """Tokens of one reply. Key: message_id and the counts: later lines may tell more, and the most counts."""

    session_id: str
    message_id: str
    model: str
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    agent_id: str | None  # the sub-agent that spent them
    branch: str | None


class NoteFact(TypedDict):
    """What a person wrote down. Key: a random id (`journal note`) or document and text (a document's own words)."""

    text: str
    origin: str  # "command", or the document it was read in: "SCRATCH.md"
    branch: str | None


class LinkFact(TypedDict):
    """Two things belong together. Key: all fields.

    A thing is written `kind:name`: `commit:<sha>`, `session:<id>`, `branch:<name>`, `event:<id>`,
    `job:<cluster>/<job_id>`.
    """

    subject: str
    how: Literal["made in", "made on", "written in", "reruns"]
    object: str
    proof: Literal["hook", "reflog", "trailer", "transcript", "command"]


class MachineFact(TypedDict):
    """What the machine looked like. Key: when it was looked at, and all of it. Fields: `journal.machine_facts`."""

    host: str
    facts: dict[str, object]


class CloneFact(TypedDict):
    """Where a clone lives. Key: writer, path. `name` is the project's, as its remote or directory says."""

    name: str
    path: str  # the main worktree
    git_dir: str  # the common git directory
    root_commit: str | None
    remote: str | None  # without any user name or password


class JobFact(TypedDict):
    """A job as it was submitted; an array or a heterogeneous job is one. Key: cluster, job_id, submitted_at.

    `at` is the first submission: a requeue submits again, but is no other job.
    """

    cluster: str
    job_id: str  # the number that sbatch printed: an array's or a heterogeneous job's own
    submitted_at: str
    name: str
    command: Literal["sbatch", "srun", "salloc"] | None
    work_dir: str | None


class SubmissionFact(TypedDict):
    """A job was handed to sbatch, srun or salloc. Key: cluster, job_id, host, at, cwd, argv.

    `at` is when the submitting command had printed the job's number, by the clock of the host it ran on.
    """

    command: Literal["sbatch", "srun", "salloc"]
    told_by: Literal["shim", "rerun", "transcript", "accounting"]  # accounting: found afterwards, the snapshot is late
    job_id: str | None  # None: the command does not say it (srun, salloc, sbatch --quiet)
    cluster: str | None  # None: the one that the host belongs to
    host: str | None
    argv: list[str] | None  # without the command itself
    cwd: str | None
    root: str | None  # the worktree
    branch: str | None
    commit: str | None  # HEAD
    snapshot: str | None  # a commit under refs/journal/snap/, or HEAD where nothing was changed
    snapshot_at: str | None  # None as the snapshot; later than the job's submission: taken late
    changed: list[ChangedFile] | None  # from commit to snapshot; None where that is not known
    left_out: int  # files that are not in the snapshot, for their size or because they could not be read
    problem: str | None  # why there is no snapshot, or what it lacks
    session: str | None


class StepFact(TypedDict):
    """A step of an attempt, as accounting has it. Fields without a value are left out."""

    id: str  # "batch", "extern", "interactive", "0"
    name: NotRequired[str]
    state: str
    exit_code: NotRequired[int]
    signal: NotRequired[int]
    started_at: NotRequired[str]
    ended_at: NotRequired[str]
    elapsed_s: NotRequired[int]
    cpu_s: NotRequired[float]
    max_rss: NotRequired[int]  # bytes, of the largest task
    tasks: NotRequired[int]
    nodes: NotRequired[str]
    gpu_memory: NotRequired[int]  # bytes, the most
    gpu_utilization: NotRequired[float]  # percent


class AttemptFact(TypedDict):
    """What the batch system tells of one try of a job, of an array's task or of a heterogeneous job's component.

    Key: all of it: a try is told of again when something changed, and what is known last counts (see
    `journal.store.projections.jobs`). Until it is over, what grows by the second is left out. Fields without a
    value are left out.
    """

    told_by: Literal["sacct", "squeue"]
    cluster: str
    job_id: str  # as JobFact.job_id
    raw_id: str  # the try's own number: array tasks and components have one each
    task: NotRequired[str]  # an array's task "7", or those still pending together "8-999%4"
    component: NotRequired[int]  # a heterogeneous job's
    submitted_at: str  # this try's: a requeue has a new one
    eligible_at: NotRequired[str]
    started_at: NotRequired[str]
    ended_at: NotRequired[str]
    state: str  # Slurm's word: COMPLETED
    by: NotRequired[int]  # the uid that cancelled it
    reason: NotRequired[str]  # why it waits
    exit_code: NotRequired[int]
    signal: NotRequired[int]
    derived_exit_code: NotRequired[int]  # the highest of its steps; like signals, left out where it is 0
    derived_signal: NotRequired[int]
    name: NotRequired[str]
    user: NotRequired[str]
    account: NotRequired[str]
    partition: NotRequired[str]
    qos: NotRequired[str]
    nodes: NotRequired[str]  # "nid[005921-005922]"
    node_count: NotRequired[int]
    failed_node: NotRequired[str]
    cpus: NotRequired[int]
    gpus: NotRequired[int]  # allocated, else requested
    memory: NotRequired[int]  # bytes, requested for the whole job
    limit_s: NotRequired[int]
    elapsed_s: NotRequired[int]
    suspended_s: NotRequired[int]
    cpu_s: NotRequired[float]
    energy_j: NotRequired[int]
    restarts: NotRequired[int]
    work_dir: NotRequired[str]
    stdout: NotRequired[str]
    stderr: NotRequired[str]
    submit_line: NotRequired[str]
    comment: NotRequired[str]
    torn: NotRequired[bool]  # a row that was only half written yet
    seen_at: NotRequired[str]  # when it was asked; of a try that is over, it does not matter and is left out
    steps: NotRequired[list[StepFact]]


class ScriptFact(TypedDict):
    """The text of a job's script. Key: cluster, job_id, submitted_at."""

    cluster: str
    job_id: str
    submitted_at: str
    text: str
    told_by: Literal["slurmctld", "accounting", "snapshot"]


class DriftedFile(TypedDict):
    """A file that differs from a job's snapshot. `edited_at` is its modification time; None where it is gone."""

    path: str
    added: int | None
    removed: int | None
    edited_at: str | None


class DriftFact(TypedDict):
    """The code beside a job's snapshot, looked at once after it started and once after it ended.

    Key: cluster, job_id, submitted_at, moment. `at` is when it was looked at. No files: it was as submitted.
    """

    cluster: str
    job_id: str
    submitted_at: str
    moment: Literal["start", "end"]
    reached_at: str  # when the job started or ended
    snapshot: str
    found: str  # the snapshot taken of the code as it was found
    files: list[DriftedFile]


class LogFact(TypedDict):
    """What the log of one try said when the try had ended.

    Key: cluster, job_id, submitted_at, raw_id, try_submitted_at. `at` is the try's end. What is quoted from the log
    went through redaction.
    """

    cluster: str
    job_id: str
    submitted_at: str  # the job's
    raw_id: str
    try_submitted_at: str
    task: NotRequired[str]  # an array's task
    path: str | None  # None: where it wrote is not known, or nothing could be read there
    label: str  # "ok", or a label of `journal.derive.failure`
    signature: str | None  # the decisive line
    line: int | None  # its number, from 1
    fingerprint: str | None  # the line without what differs between runs
    component: str | None
    explanation: str  # one sentence
    advice: list[str]
    rule: str | None
    progress: dict[str, Any] | None  # how far it came, as `journal.derive.progress` tells it
    loss: NotRequired[list[list[float]]]  # [step, value], thinned


class FixedFile(ChangedFile):
    """A file that was changed between two runs. `patch` is an excerpt without secrets: hunks of a unified diff."""

    patch: NotRequired[str]


class FixFact(TypedDict):
    """What was changed between a try that failed and the later run of the same script that got past that failure.

    Key: fingerprint, failed, failed_submitted_at, passed, passed_submitted_at. `at` is the end of the run that got
    past. Jobs are written as in a link. What is quoted went through redaction, and is bounded.
    """

    fingerprint: str
    label: str
    cluster: str
    failed: str  # "job:<cluster>/<job_id>"
    failed_submitted_at: str
    passed: str
    passed_submitted_at: str
    compared: bool  # whether the code of both is known for certain: then no files means that none were changed
    changed: list[FixedFile]  # the likeliest first
    left_out: int  # changed files that are not listed
    commands: list[str]  # that the agent or the person ran in between and that change an environment, oldest first
    environment: list[str]  # what differs of machine, resources and arguments, in words
    session: str | None  # the agent's session in which the later run was submitted


class GotchaFact(TypedDict):
    """What a person or an agent said of a gotcha. Key: a random id. Fields that were not said are left out."""

    gotcha: str  # its id: `journal.derive.gotcha.identity.gotcha_id` of the fingerprint, or made up where it has none
    action: Literal["add", "edit", "confirm", "drop"]
    by: Literal["person", "agent"]
    cluster: str | None  # where it was said
    title: NotRequired[str]
    advice: NotRequired[str]
    fingerprint: NotRequired[str]
    label: NotRequired[str]
    scope: NotRequired[Literal["repo", "cluster", "general"]]
    why: NotRequired[str]
