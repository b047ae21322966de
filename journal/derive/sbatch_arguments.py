"""The arguments of sbatch, read as sbatch reads them: options with their values, the script, the script's arguments.

Source: man sbatch and `sbatch --help` of 22.05 to 25.05. sbatch uses getopt_long with options first, so a long option
may be shortened to what is unambiguous, and the first word that is no option is the script. A `:` separates the parts
of a heterogeneous job.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# Short options → their long names; "=" marks those that take a value.
_SHORT = {
    "a": "array=", "A": "account=", "b": "begin=", "B": "extra-node-info=", "c": "cpus-per-task=", "C": "constraint=",
    "d": "dependency=", "D": "chdir=", "e": "error=", "F": "nodefile=", "G": "gpus=", "h": "help", "H": "hold",
    "i": "input=", "J": "job-name=", "k": "no-kill?", "L": "licenses=", "m": "distribution=", "M": "clusters=",
    "n": "ntasks=", "N": "nodes=", "o": "output=", "O": "overcommit", "p": "partition=", "q": "qos=", "Q": "quiet",
    "s": "oversubscribe?", "S": "core-spec=", "t": "time=", "v": "verbose", "V": "version", "w": "nodelist=",
    "W": "wait", "x": "exclude=",
}  # fmt: skip

# Long options that take no value, and those whose value can only follow a "=".
_FLAGS = (
    "contiguous", "help", "hold", "ignore-pbs", "no-requeue", "overcommit", "parsable", "quiet", "reboot", "requeue",
    "spread-job", "test-only", "usage", "use-min-nodes", "verbose", "version", "wait", "kill-on-invalid-dep?",
    "exclusive?", "get-user-env?", "nice?", "no-kill?", "oversubscribe?", "propagate?",
)  # fmt: skip
_OTHERS = (
    "bb=", "bbf=", "comment=", "container=", "container-id=", "cpu-freq=", "cpus-per-gpu=", "deadline=", "delay-boot=",
    "exclude=", "export=", "export-file=", "extra=", "gid=", "gpu-bind=", "gpu-freq=", "gpus-per-node=",
    "gpus-per-socket=", "gpus-per-task=", "gres=", "gres-flags=", "hint=", "kill-on-invalid-dep=", "mail-type=",
    "mail-user=", "mcs-label=", "mem=", "mem-bind=", "mem-per-cpu=", "mem-per-gpu=", "mincpus=", "network=",
    "nodelist=", "ntasks-per-core=", "ntasks-per-gpu=", "ntasks-per-node=", "ntasks-per-socket=", "open-mode=",
    "power=", "prefer=", "priority=", "profile=", "reservation=", "resv-ports=", "signal=", "sockets-per-node=",
    "cores-per-socket=", "threads-per-core=", "switches=", "thread-spec=", "time-min=", "tmp=", "tres-bind=",
    "tres-per-task=", "uid=", "wckey=", "wrap=", "segment=", "stepmgr", "oom-kill-step?", "cluster-constraint=",
    "cluster=", "batch=", "acctg-freq=", "tasks-per-node=", "workdir=", "burst-buffer=",
)  # fmt: skip
_LONG = {
    name.rstrip("=?"): name[-1] if name[-1] in "=?" else ""
    for name in (*_OTHERS, *_FLAGS, *_SHORT.values())
}  # fmt: skip


class Option(NamedTuple):
    """One option.

    Attributes:
        name: its long name, in full: "chdir".
        value: None where it has none.
        words: the arguments that gave it.
    """

    name: str
    value: str | None
    words: tuple[str, ...]


class Part(NamedTuple):
    """The arguments of a job, or of one part of a heterogeneous one.

    Attributes:
        options: in order; of two of one name the last counts.
        script: the script's path; None where it comes on standard input, or is a wrapped command.
        arguments: the script's.
    """

    options: tuple[Option, ...]
    script: str | None
    arguments: tuple[str, ...]

    def value(self, name: str) -> str | None:
        """The value of an option, None where it was not given."""
        return next((option.value for option in reversed(self.options) if option.name == name), None)


def parse(arguments: Sequence[str]) -> list[Part]:
    """The parts of sbatch's arguments; all but heterogeneous jobs have one."""
    words = list(arguments)
    parts: list[Part] = []
    while True:
        options, rest, ended_by_separator = _options(words)
        if not ended_by_separator:
            return [*parts, Part(options, rest[0] if rest else None, tuple(rest[1:]))]
        parts.append(Part(options, None, ()))
        words = rest


def _options(words: Sequence[str]) -> tuple[tuple[Option, ...], list[str], bool]:
    """The leading options, what follows them, and whether that is another part."""
    found: list[Option] = []
    rest = iter(words)
    used = 0
    for word in rest:
        if word == ":":
            return tuple(found), list(words[used + 1 :]), True
        if word == "--":
            return tuple(found), list(words[used + 1 :]), False
        if not word.startswith("-") or word == "-":
            break
        given = list(_long(word, rest) if word.startswith("--") else _short(word, rest))
        found += given
        used += len(given[-1].words)
    return tuple(found), list(words[used:]), False


def _long(word: str, rest: Iterable[str]) -> Iterator[Option]:
    name, equals, value = word[2:].partition("=")
    full = _full_name(name)
    if equals:
        yield Option(full, value, (word,))
    elif _LONG.get(full) == "=":
        yield from _with_next(full, word, rest)
    else:
        yield Option(full, None, (word,))


def _full_name(name: str) -> str:
    if name in _LONG:
        return name
    meant = [known for known in _LONG if known.startswith(name)]
    return meant[0] if len(meant) == 1 else name


def _short(word: str, rest: Iterable[str]) -> Iterator[Option]:
    """One word of short options: `-Hn4` is `-H -n4`; the words are told with the last."""
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        spelled = _SHORT.get(letter, letter)
        name = spelled.rstrip("=?")
        if spelled.endswith("=") and letters:
            yield Option(name, letters, (word,))
            return
        if spelled.endswith("="):
            yield from _with_next(name, word, rest)
            return
        if spelled.endswith("?") and letters:
            yield Option(name, letters, (word,))
            return
        yield Option(name, None, () if letters else (word,))


def _with_next(name: str, word: str, rest: Iterable[str]) -> Iterator[Option]:
    value = next(iter(rest), None)
    yield Option(name, value, (word,) if value is None else (word, value))


def written(parts: Sequence[Part]) -> list[str]:
    """The arguments that say the same."""
    words: list[str] = []
    for number, part in enumerate(parts):
        words += [":"] if number else []
        words += [word for option in part.options for word in option.words]
        words += ([part.script] if part.script is not None else []) + list(part.arguments)
    return words


def wrapped(command: str) -> str:
    """The script that sbatch makes of `--wrap` (its source, src/sbatch/sbatch.c: script_wrap)."""
    return f"#!/bin/sh\n# This script was created by sbatch --wrap.\n\n{command}\n"
