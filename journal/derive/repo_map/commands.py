"""The commands a repo tells its readers to run, lifted from READMEs and scripts: what, for what, where it stands.

Commands and names only: quoted sentences, comments and whatever reads like an order to an agent stay behind.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from journal.derive.markdown import one_line
from journal.derive.order_words import reads_like_orders
from journal.derive.repo_map.code_blocks import shell_blocks
from journal.derive.repo_map.command_role import role_of
from journal.derive.repo_map.files import RepoFiles
from journal.derive.repo_map.shell_words import SimpleCommand, simple_commands, unquoted

_LONGEST = 180
_INTERPRETERS = re.compile(
    r"(?:python|ipython)[\d.]*$|(?:bash|sh|zsh|torchrun|deepspeed|streamlit|lightning|sbatch|horovodrun)$"
)
_WRAPPERS = {"srun": 1, "mpirun": 1, "mpiexec": 1, "accelerate": 2, "uv": 2, "poetry": 2, "pixi": 2, "xvfb-run": 1}
_LAUNCHER_MODULES = (
    "torch.distributed.launch",
    "torch.distributed.run",
    "accelerate.commands.launch",
    "coverage",
    "pdb",
)
_INSTALLERS = {
    "pip": {"install"},
    "pip3": {"install"},
    "conda": {"install", "env", "create"},
    "mamba": {"install", "env", "create"},
    "micromamba": {"install", "env", "create"},
    "uv": {"sync", "pip", "add"},
    "poetry": {"install"},
    "pixi": {"install"},
}
_SHELL_SUFFIXES = (".sh", ".bash", ".slurm", ".sbatch", ".job")
_SCRIPT = re.compile(r"\.(?:py|sh|bash|slurm|sbatch|job)$")
_PLACEHOLDER = re.compile(r"[$<>{}*?\[\]~…]|\.\.\.|path/to|your[_-]", re.IGNORECASE)
_SECRET = re.compile(r"(?:^|[_-])(?:api_?key|key|token|secret|password|passwd|pwd)$", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class Command(NamedTuple):
    """One command as a repo writes it.

    Attributes:
        text: the command on one line, safe in a terminal, shortened.
        role: "install", "prepare data", "train", "evaluate", "sample", "test" or "run".
        target: the file it runs or installs from, as written; None where it names none.
        candidates: where in the repo that file may lie; empty where that cannot be said.
        firm: the working directory is known, so that a target found nowhere is a broken reference.
        path, line: where it stands.
        directory: the directory of the repo to run it in, "" for the root or where that cannot be said.
    """

    text: str
    role: str
    target: str | None
    candidates: tuple[str, ...]
    firm: bool
    path: str
    line: int
    directory: str = ""

    def found(self, known: Iterable[str]) -> str | None:
        """Which of the candidates exists, or None."""
        return next((candidate for candidate in self.candidates if candidate in known), None)


class Lifted(NamedTuple):
    """Commands of one or more files, and how many were left out because they read like orders to an agent."""

    commands: list[Command]
    refused: int


def lift_document(path: str, text: str, repo: RepoFiles, programs: frozenset[str] = frozenset()) -> Lifted:
    """The commands in a README's code.

    Args:
        path: the document, relative to the root; its suffix says whether it is reStructuredText.
        text: its text.
        repo: the repo it stands in.
        programs: console scripts that the repo itself declares.
    """
    here = posixpath.dirname(path)
    commands: list[Command] = []
    refused = 0
    for block in shell_blocks(text, restructured=path.endswith(".rst")):
        # A reader who followed a `cd` may still be there in the next block, or may not: both are looked at.
        part, here = _lift(path, simple_commands(block.lines), repo, programs, here)
        commands += part.commands
        refused += part.refused
    return Lifted(commands, refused)


def lift_script(path: str, text: str, repo: RepoFiles, programs: frozenset[str] = frozenset()) -> Lifted:
    """The commands in a shell script; arguments as for `lift_document`."""
    lifted, _ = _lift(path, simple_commands(enumerate(text.split("\n"), 1)), repo, programs, posixpath.dirname(path))
    return lifted


def _lift(
    path: str, simple: Iterator[SimpleCommand], repo: RepoFiles, programs: frozenset[str], here: str
) -> tuple[Lifted, str]:
    """The commands of one block or script that is read in the directory `here`, and the directory it ends in."""
    # A document's commands are run beside it, a script's where the reader stands: at the root.
    directory: str | None = "" if path.endswith(_SHELL_SUFFIXES) else here
    variables: dict[str, str] = {}
    commands: list[Command] = []
    refused = 0
    for command in simple:
        words = [unquoted(word) for word in command.words]
        if not words:
            for assignment in command.assignments:
                name, _, value = unquoted(assignment).partition("=")
                variables[name] = value
        elif words[0] == "cd":
            directory = _changed(directory, here, words[1] if len(words) > 1 else "", repo)
        elif _is_wanted(words, programs):
            target = _target(words, variables)
            if target is None and not _names_work(words, programs):
                continue
            text = _shown(command)
            if reads_like_orders(text):
                refused += 1
                continue
            candidates = _candidates(target, directory, here, repo)
            firm = directory is not None and bool(candidates)
            commands.append(Command(text, role_of(words, target), target, candidates, firm, path, command.line))
    return Lifted(commands, refused), directory or here


def _is_wanted(words: list[str], programs: frozenset[str]) -> bool:
    program = posixpath.basename(words[0])
    if program in _INSTALLERS and len(words) > 1 and words[1] in _INSTALLERS[program]:
        return True
    if program in _WRAPPERS or program in programs or program in ("pytest", "tox", "nox"):
        return True
    return bool(_INTERPRETERS.match(program)) or (words[0].startswith("./") and bool(_SCRIPT.search(words[0])))


def _names_work(words: list[str], programs: frozenset[str]) -> bool:
    """Whether a command without a file still says something: an installer, the repo's own program, a test runner."""
    program = posixpath.basename(words[0])
    inner = words[2] if program in ("uv", "poetry", "pixi") and words[1:2] == ["run"] and len(words) > 2 else program
    if inner in programs or inner in ("pytest", "tox", "nox"):
        return True
    if program in _INSTALLERS and len(words) > 2 and words[1] in _INSTALLERS[program]:
        return True
    return words[:2] in (["uv", "sync"], ["poetry", "install"], ["pixi", "install"]) or "pip" in words[2:3]


def _target(words: list[str], variables: dict[str, str]) -> str | None:
    """The file that a command runs (`-m package.module` as a path without suffix) or installs from."""
    for index, word in enumerate(words):
        value = re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], found[0]), word)
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in ("-c", "--pty"):
            return None
        if word == "-m" and index and following not in _LAUNCHER_MODULES:
            return following.replace(".", "/") if re.fullmatch(r"\w+(?:\.\w+)*", following) else None
        if word in ("-r", "--requirement") or (
            word in ("-f", "--file") and words[0] in ("conda", "mamba", "micromamba")
        ):
            return following or None
        if _SCRIPT.search(value) and not value.startswith("-") and "=" not in value:
            return value
    return None


def _candidates(target: str | None, directory: str | None, here: str, repo: RepoFiles) -> tuple[str, ...]:
    if not target or target.startswith(("/", "http")) or _PLACEHOLDER.search(target):
        return ()
    forms = [target]
    if not _SCRIPT.search(posixpath.basename(target)) and "." not in posixpath.basename(target):
        top = target.split("/", 1)[0]
        if not {top, f"{top}.py", f"src/{top}"} & repo.known:
            return ()  # someone else's module
        forms = [f"{target}.py", f"{target}/__main__.py", f"src/{target}.py", f"src/{target}/__main__.py"]
    # Scripts are run from where they lie, from the root, or from between (`cd scripts; bash data/build.sh`).
    bases = dict.fromkeys((directory or "", here, *_above(here)))
    paths = [posixpath.normpath(posixpath.join(base, form)) for base in bases for form in forms]
    return tuple(dict.fromkeys(path for path in paths if not path.startswith("..")))


def _above(directory: str) -> list[str]:
    """The directories above one, up to the root ("")."""
    parts = directory.split("/") if directory else []
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, -1, -1)] or [""]


def _changed(directory: str | None, here: str, to: str, repo: RepoFiles) -> str | None:
    """The working directory after `cd to`: a directory of the repo, or None for one elsewhere."""
    to = to.rstrip("/")
    if "SUBMIT_DIR" in to or to in (".", ""):
        return directory
    if "dirname" in to or "BASH_SOURCE" in to:
        return here
    for base in dict.fromkeys((directory or "", here, "")):
        path = posixpath.normpath(posixpath.join(base, to))
        path = "" if path == "." else path
        if path in repo.known:
            return path
    if to.lower() == repo.name.lower() or to == "..":
        return ""
    return None


def _shown(command: SimpleCommand) -> str:
    words: list[str] = []
    plain = 0
    hidden = False
    installs = unquoted(command.words[0]) in _INSTALLERS
    for word in (*command.assignments, *command.words):
        value = unquoted(word)
        plain = plain + 1 if value.isalpha() and value.islower() and not installs else 0
        if plain > 4:
            return one_line(" ".join([*words, "…"]), _LONGEST)
        if hidden:
            words.append("…")
        elif "=" in word and _SECRET.search(word.split("=", 1)[0]):
            words.append(word.split("=", 1)[0] + "=…")
        elif len(value.split()) > 3:
            head, equals, _ = word.partition("=")
            words.append(head + '="…"' if equals and " " not in head else '"…"')
        else:
            words.append(_CREDENTIALS.sub("", word))
        hidden = word.startswith("--") and "=" not in word and bool(_SECRET.search(word))
    return one_line(" ".join(words), _LONGEST)
