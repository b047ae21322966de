"""A made-up day of a project, for tests of the screen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from journal.derive.job import Job
from journal.derive.job_outcome import job_outcome, representative_try
from journal.derive.job_output import output_of
from journal.derive.job_usage import job_usage
from journal.derive.progress.progress import Gpu, Outlook, Progress, Throughput
from journal.live.model import Model, model_of
from journal.live.overview import JobNow, Known, Overview, SlurmCalls
from journal.live.panel import Tail
from journal.moments import from_datetime
from journal.store.status_queries import Today

NOW = datetime(2026, 11, 12, 14, 31, 7, tzinfo=timezone(timedelta(hours=1)))
WORK = "/home/u/pointdiff"


def ago(seconds: float) -> str:
    """A moment so many seconds before NOW, in stored form."""
    return from_datetime(NOW.astimezone(UTC) - timedelta(seconds=seconds))


def job(number: str, name: str, state: str, *, submitted: float = 7200, **told: Any) -> JobNow:
    """A job with one try, in a state; fields whose names end in `_at` are seconds before NOW."""
    fields = {field: ago(value) if field.endswith("_at") else value for field, value in told.items()}
    return job_of_tries(number, name, [{"state": state, **fields}], submitted=submitted)


def job_of_tries(number: str, name: str, tries: Sequence[Mapping[str, Any]], submitted: float = 7200) -> JobNow:
    """A job with some tries."""
    common = {"raw_id": number, "submitted_at": ago(submitted), "told_by": "sacct", "work_dir": WORK}
    attempts = tuple({**common, **each} for each in tries)
    found = Job(number.rjust(32, "e"), "p" * 32, "lab", number, ago(submitted), name, "sbatch", WORK, attempts)
    outcome = job_outcome(attempts)
    last = representative_try(attempts, outcome.outcome)
    return JobNow(found, outcome, last, output_of(found, last, None), job_usage(attempts), log=last.get("log"))


def falling(count: int, start: float = 2.3, end: float = 0.0412) -> tuple[tuple[float, float], ...]:
    """The course of a loss that falls fast, then slowly."""
    return tuple((step * 100, end + (start - end) * 0.9**step) for step in range(count))


TRAIN = job("8123519", "train-full", "RUNNING", started_at=11520, limit_s=67260, gpus=8, nodes="nid005921")._replace(
    progress=Progress(
        step=30_500,
        total_steps=50_000,
        epoch=3,
        total_epochs=5,
        metrics={"lr": 3e-4, "grad_norm": 0.8312, "loss": 0.0412},
        throughput=Throughput(3.1, "it/s"),
        gpu=Gpu(44_023_414_784, 93),
        history=falling(60),
    ),
    written_at=NOW.timestamp() - 4,
)
ABLATE = job("8123520", "ablate-lr-3e-3", "RUNNING", started_at=3000, limit_s=7200, gpus=1, nodes="nid005930")._replace(
    progress=Progress(
        step=8_400,
        total_steps=50_000,
        metrics={"loss": 1.2131},
        throughput=Throughput(2.8, "it/s"),
        history=falling(20, 2.3, 1.2),
    )
)
EVALUATE = job("8123521", "eval", "RUNNING", submitted=200, started_at=190, limit_s=3600, gpus=1, nodes="nid005931")
SWEEP = job_of_tries(
    "8123522",
    "sweep",
    [{"raw_id": f"812353{task}", "task": str(task), "state": "RUNNING", "started_at": ago(600)} for task in range(4)]
    + [{"raw_id": "8123522", "task": "4-9%4", "state": "PENDING", "reason": "JobArrayTaskLimit"}],
)
WAITS = job("8123533", "eval-big", "PENDING", submitted=4000, reason="Dependency", gpus=4, limit_s=3600)
HELD = job("8123534", "後で", "PENDING", submitted=90_000, reason="JobHeldUser")
FAILED = job(
    "8123466",
    "bf16",
    "FAILED",
    started_at=190,
    ended_at=130,
    elapsed_s=58,
    exit_code=1,
    gpus=8,
    nodes="nid005922",
    log={
        "label": "rocm_hip",
        "signature": "MIOpen Error: unable to open database file: miopenStatusUnknownError",
        "line": 214,
        "explanation": "MIOpen keeps a SQLite cache, and Lustre does not support its locks",
    },
)._replace(
    known=Known("G7", "MIOpen cannot lock its cache on Lustre", "fixed by export MIOPEN_USER_DB_PATH=/tmp/db in job.sh")
)
UNKNOWN = job(
    "8123460",
    "fp8",
    "FAILED",
    started_at=1900,
    ended_at=1300,
    elapsed_s=600,
    exit_code=1,
    log={"label": "missing_module", "signature": "ModuleNotFoundError: No module named 'einops'", "line": 12},
)
PASSED = job(
    "8123407",
    "train-10k",
    "COMPLETED",
    started_at=9000,
    ended_at=2280,
    elapsed_s=6720,
    gpus=8,
    nodes="nid005921",
    log={
        "label": "ok",
        "signature": None,
        "progress": {"metrics": {"loss": 0.047}},
        "loss": [[0, 0.213], [10_000, 0.047]],
    },
)

OVERVIEW = Overview(
    seq=99,
    midnight="2026-11-11T23:00:00.000Z",
    name="pointdiff",
    running=(TRAIN, ABLATE, EVALUATE, SWEEP),
    queued=(WAITS, HELD),
    ended=(FAILED, UNKNOWN, PASSED),
    today=Today(commits=5, sessions=3, prompts=9, notes=0),
    jobs_today=7,
    gpu_hours=18.3,
    tokens=412_000,
    cost_usd=2.61,
    slurm=SlurmCalls("lumi", 31, 17, 20, ()),
)
OUTLOOKS = {
    TRAIN.job.event: Outlook(eta_s=49_200, ends_at=NOW.timestamp() + 49_200),
    ABLATE.job.event: Outlook(will_hit_limit_at_step=41_200, flags=("limit",)),
}
LOG = tuple(
    f"step {step}/50000 | loss \x1b[1m{0.0412 + step % 7 / 1e4:.4f}\x1b[0m | lr 3.0e-04 | 3.{step // 10 % 3 + 1}0 it/s"
    for step in range(30_410, 30_510, 10)
)
TAIL = Tail(f"{WORK}/slurm-8123519.out", LOG)


def model(overview: Overview = OVERVIEW, **more: Any) -> Model:
    """The screen of that day."""
    given: dict[str, Any] = {"host": "uan03", "branch": "cosine-schedule", "trouble": None, **more}
    return model_of(overview, NOW, outlook_of=lambda job, _: OUTLOOKS.get(job.job.event, Outlook()), **given)
