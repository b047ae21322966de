"""A job script to begin with: a profile's template, filled for a machine and a repo.

Pure. What comes from the repo (its name, its command) is put in only where a shell takes it as plain words; the rest
of it stays behind.
"""

import re
from typing import NamedTuple

from journal.derive.cluster_profile import ClusterProfile
from journal.derive.markdown import one_line
from journal.derive.repo_map.commands import Command
from journal.derive.repo_map.survey import RepoMap
from journal.derive.slurm_limits import limit_minutes, node_names
from journal.machine_facts import MachineFacts, Scheduler

_HOUR = 60.0  # minutes: what a first run asks for
_PLAIN_WORDS = re.compile(r"(?!-)[\w./=:,+@%-]+(?: [\w./=:,+@%-]+)*", re.ASCII)
_SUBMITS = re.compile(r"(?:sbatch|srun|salloc)\b")
_ASSIGNS = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_EXAMPLE = "python train.py"


class _Partition(NamedTuple):
    name: str
    minutes: float | None
    gpus: bool


def job_script(
    profile: ClusterProfile, facts: MachineFacts, *, name: str, account: str, training: Command | None
) -> str:
    """The text of a whole job script; a line of the template that has nothing to say is left out.

    Args:
        profile: the cluster's.
        facts: the machine that the job is submitted from.
        name: what the job is called.
        account: which pays for it, "" where it is not known.
        training: what the repo says to run, or None.
    """
    partition = _partition(facts["scheduler"])
    wanted = bool({"--account", "-A"} & set(profile.job.required))
    values = {
        "name": re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-")[:60] or "job",
        "account": account or (profile.job.account_example if wanted else ""),
        "partition": partition.name,
        "gpus": "--gres=gpu:1" if partition.gpus else "",
        "time": _clock(min(_HOUR, partition.minutes or _HOUR)),
        "caches": _caches(profile, facts),
        "command": _plain_command(training) or _EXAMPLE,
    }
    lines: list[str] = []
    for line in profile.job.template.strip("\n").splitlines():
        asked = _PLACEHOLDER.findall(line)
        if all(values[one] for one in asked):
            lines += _before_command(training) if "command" in asked else []
            lines.append(_PLACEHOLDER.sub(lambda found: values[found[1]], line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def training_command(repo: RepoMap) -> Command | None:
    """The first command of a repo that trains, may stand in a script as it is, and whose file is there."""
    lost = {(command.path, command.line) for command, _ in repo.missing}
    trains = (one for one in repo.commands if one.role == "train" and (one.path, one.line) not in lost)
    return next(filter(_plain_command, trains), None)


def _partition(scheduler: Scheduler | None) -> _Partition:
    """The partition to use where the template leaves it open: one with GPUs if any, the default one before others."""
    if not scheduler or not scheduler["partitions"]:
        return _Partition("", None, gpus=False)
    with_gpus: set[str] = set()
    for node in scheduler["nodes"]:
        if re.search(r"(?:^|,)gpu\b", node["gres"] or ""):
            with_gpus |= node_names(node["name"])
    choices: list[tuple[bool, bool, _Partition]] = []
    for partition in scheduler["partitions"]:
        nodes = partition.get("nodes") or ""
        gpus = bool(with_gpus) and (nodes.upper() == "ALL" or not with_gpus.isdisjoint(node_names(nodes)))
        choice = _Partition(partition["name"], limit_minutes(partition["max_time"] or ""), gpus)
        choices.append((not gpus, not partition["default"], choice))
    return min(choices, key=lambda choice: choice[:2])[2]


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:00"


def _caches(profile: ClusterProfile, facts: MachineFacts) -> str:
    """Exports of the cache variables, in terms of what a job knows of itself."""
    advised = [one for one in profile.caches if "$SCRATCH" not in one.place or "SCRATCH" in facts["caches"]]
    lines = [f'export {one.variable}="{one.place.replace("$PROJECT", "$SLURM_JOB_ACCOUNT")}"' for one in advised]
    made = " ".join(f'"${one.variable}"' for one in advised)
    return "\n".join([*lines, f"mkdir -p {made}"]) if lines else ""


def _plain_command(training: Command | None) -> str:
    """The repo's command, if it is but plain words and submits nothing itself; else ""."""
    text = training.text if training else ""
    if not _PLAIN_WORDS.fullmatch(text) or _SUBMITS.match(text):
        return ""
    return f"env {text}" if _ASSIGNS.match(text) else text  # srun takes no `NAME=value command`


def _before_command(training: Command | None) -> list[str]:
    if not training or not _plain_command(training):
        return ["# Put your own command in the next line."]
    lines = [f"# As {one_line(training.path, 120)}:{training.line} has it; fill in what is yours."]
    if training.directory and _PLAIN_WORDS.fullmatch(training.directory):
        lines.append(f"cd -- {training.directory}")
    return lines
