"""The commands of a shell text that change what a job finds: packages, modules, variables, images, permissions."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

_MOST_COMMANDS = 10
_LONGEST = 240

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1.*?^\s*\2\s*$", re.DOTALL | re.MULTILINE)
_TO_NOWHERE = re.compile(r"\s+(?:\d?>&\d|[\d&]?>>?\s*/dev/null)")
_OPERATOR = re.compile(r"[;&|()\n]+")
_SEPARATORS = ";&|()\n"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

_INSTALLING = frozenset(
    {"install", "uninstall", "add", "remove", "update", "upgrade", "sync", "create", "lock", "inject", "pull"}
)
_ANY = frozenset[str]()
_IMAGES = frozenset({"build", "pull", "import", "create"})
# The first word, and which of the next words make it a change; none named: any does.
_CHANGING: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("pip", "pip3", "uv", "conda", "mamba", "micromamba", "poetry", "pixi", "pdm", "pipx"), _INSTALLING
    ),
    **dict.fromkeys(("apt", "apt-get", "dnf", "yum", "spack", "brew"), _INSTALLING),
    **dict.fromkeys(("module", "ml", "export", "unset", "source", ".", "ulimit"), _ANY),
    **dict.fromkeys(
        ("chmod", "chown", "chgrp", "ln", "rsync", "wget", "curl", "gdown", "unzip", "tar", "cotainr"), _ANY
    ),
    **dict.fromkeys(("apptainer", "singularity", "podman", "docker", "enroot"), _IMAGES),
    **dict.fromkeys(("huggingface-cli", "hf"), frozenset({"download", "login"})),
    "git": frozenset({"lfs", "submodule"}),
    "wandb": frozenset({"login", "offline", "online"}),
}
_ONLY_LOOKING = {"list", "show", "avail", "spider", "keyword", "whatis", "freeze", "check", "search", "info", "-V"}
_BEFORE_A_COMMAND = {"sudo", "time", "nohup", "env", "command", "exec", "then", "do", "else", "if", "!", "{"}


def environment_commands(texts: Iterable[str]) -> list[str]:
    """The changing commands of some shell texts, each once, at most ten (the last ones), each on one line.

    What a here-document holds was written and not run.
    """
    found: dict[str, None] = {}
    for text in texts:
        written = _TO_NOWHERE.sub("", _HEREDOC.sub("", text.replace("\\\n", " ")))
        for whole in _simple_commands(written):
            words = _without_prefix(whole)
            if _changes(words):
                told = " ".join(" ".join(words).split())
                told = told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"
                found.pop(told, None)
                found[told] = None
    return list(found)[-_MOST_COMMANDS:]


def _simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a text, as they were written, quotes included."""
    words: list[str] = []
    for word in _words(text):
        if word and not word.strip(_SEPARATORS):
            if words:
                yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def _words(text: str) -> list[str]:
    reader = shlex.shlex(text, posix=False, punctuation_chars=";&|()\n")
    reader.whitespace = " \t\r"
    reader.whitespace_split = True
    reader.commenters = "#"
    try:
        return list(reader)
    except ValueError:  # a quote without its end: taken line by line
        return [word for line in _OPERATOR.split(text) for word in (*line.split(), ";")]


def _without_prefix(words: Sequence[str]) -> list[str]:
    """A command without `sudo` and the like, and variables set for it alone."""
    rest = list(words)
    while rest and (rest[0] in _BEFORE_A_COMMAND or _ASSIGNMENT.match(rest[0])):
        rest = rest[1:]
    return rest


def _changes(words: Sequence[str]) -> bool:
    if not words:
        return False
    first, others = words[0].rpartition("/")[2], list(words[1:])
    if re.fullmatch(r"python[\d.]*", first) and others[:2] == ["-m", "pip"]:
        first, others = "pip", others[2:]
    if first not in _CHANGING or not others:
        return False
    wanted = _CHANGING[first]
    if wanted:
        return any(word in wanted for word in others[:3])
    return others[0] not in _ONLY_LOOKING
