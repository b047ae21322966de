"""The repo map: what a person who has just cloned a research repo wants to know.

Pure: the files come in, what was found goes out, the same for the same files; `sections` writes it down. Only commands
and names are shown, each with its path and line; prose of the repo never is.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from journal.derive.manifests import Manifests, is_manifest, read_manifests
from journal.derive.repo_map.batch_scripts import BatchScript, batch_script
from journal.derive.repo_map.commands import Command, lift_document, lift_script
from journal.derive.repo_map.config_files import ConfigGroup, config_groups
from journal.derive.repo_map.entry_points import EntryPoint, entry_points
from journal.derive.repo_map.files import RepoFiles, is_in_tests, is_test, is_vendored
from journal.derive.repo_map.identity import Identity, identity

_DOCUMENT = re.compile(
    r"^(?:readme|install|usage|train|eval|getting.?started|quick.?start|data|dataset|prepare|model.?zoo|tutorial|run)",
    re.IGNORECASE,
)
# Files written for agents: their commands are for someone else, and their prose may be meant to steer one.
_FOR_AGENTS = re.compile(r"^(?:agents|claude|gemini|copilot[\w-]*|\.cursorrules|llms)\b", re.IGNORECASE)
_SHELL = (".sh", ".bash", ".slurm", ".sbatch", ".job")


class RepoMap(NamedTuple):
    """What was found in a repo.

    Attributes:
        name: what the repo is called.
        identity: title, papers, frameworks.
        commands: from READMEs, then from scripts; deduplicated.
        missing: for each file that is run and does not exist, the command and the files of that name elsewhere.
        refused: commands left out because they read like orders to an agent.
        entries: entry points.
        configs: configuration files by directory.
        batch: Slurm batch scripts.
        manifests: what is declared.
        tests, notebooks, vendored: the paths of such files.
        python_files: how many Python files there are.
        unread: files that hold no text to read (binary, Git LFS pointers, links).
    """

    name: str
    identity: Identity
    commands: Sequence[Command]
    missing: Sequence[tuple[Command, Sequence[str]]]
    refused: int
    entries: Sequence[EntryPoint]
    configs: Sequence[ConfigGroup]
    batch: Sequence[BatchScript]
    manifests: Manifests
    tests: Sequence[str]
    notebooks: Sequence[str]
    vendored: Sequence[str]
    python_files: int


class RepoCommands(NamedTuple):
    """The commands of a repo, and the paths of which the caller must say whether they exist untracked.

    Attributes:
        repo: its files.
        manifests: what is declared.
        commands, refused: as in `RepoMap`.
        doubtful: where files that are run might lie that are not among the repo's.
    """

    repo: RepoFiles
    manifests: Manifests
    commands: list[Command]
    refused: int
    doubtful: frozenset[str]


def bytes_wanted(path: str) -> int:
    """How much of a file the map wants to read, in bytes; 0 for a file that only its name matters of."""
    directory, name = posixpath.split(path)
    if is_vendored(path) or _FOR_AGENTS.match(name):
        return 0
    if name.endswith(".py"):
        return 0 if is_in_tests(path) else 400_000
    if name.endswith(_SHELL):
        return 100_000
    if is_manifest(path):
        return 200_000
    if _DOCUMENT.match(name) and name.lower().endswith((".md", ".rst", ".txt", "readme")) and path.count("/") <= 3:
        return 200_000
    return 20_000 if not directory and name.lower().startswith("citation") else 0


def lift_commands(name: str, paths: Sequence[str], texts: Mapping[str, str]) -> RepoCommands:
    """The first half of a survey: what the repo's manifests, READMEs and scripts say.

    Args:
        name: what the repo is called.
        paths: all its files.
        texts: the texts of those with `bytes_wanted`.
    """
    repo = RepoFiles(name, paths, texts)
    manifests = read_manifests(texts)
    commands, refused = _commands(repo, frozenset(manifests.scripts))
    lost = (command.candidates for command in commands if not command.found(repo.known))
    return RepoCommands(repo, manifests, commands, refused, frozenset(path for paths in lost for path in paths))


def survey(read: RepoCommands, untracked: frozenset[str]) -> RepoMap:
    """Finds what the map shows.

    Args:
        read: what `lift_commands` gave.
        untracked: those of its `doubtful` paths that exist.
    """
    repo, manifests, lifted, refused, _ = read
    texts = repo.texts
    known = repo.known | untracked
    run = frozenset(found for command in lifted if (found := command.found(known)))
    scripts = _script_files(manifests, repo)
    return RepoMap(
        name=repo.name,
        identity=identity(repo),
        commands=[command._replace(directory=_run_in(command, known)) for command in lifted],
        missing=_missing(lifted, known, repo.paths),
        refused=refused,
        entries=entry_points(repo, run, scripts),
        configs=config_groups(repo.paths),
        batch=[script for path in repo.texts if path.endswith(_SHELL) and (script := batch_script(path, texts[path]))],
        manifests=manifests,
        tests=[
            path
            for path in repo.paths
            if path.endswith(".py") and is_test(path, texts.get(path, "")) and not is_vendored(path)
        ],
        notebooks=[path for path in repo.paths if path.endswith(".ipynb") and not is_vendored(path)],
        vendored=[path for path in repo.paths if is_vendored(path)],
        python_files=sum(path.endswith(".py") and not is_vendored(path) for path in repo.paths),
    )


def _commands(repo: RepoFiles, programs: frozenset[str]) -> tuple[list[Command], int]:
    """All commands, README first, each text once; and how many were refused.

    A shell script is for what it runs first: `scripts/airplane_gen.sh` may well train.
    """
    seen: dict[tuple[str, tuple[str, ...]], Command] = {}
    inside: dict[str, str] = {}
    refused = 0
    documents = [path for path in repo.texts if not path.endswith((".py", *_SHELL)) and not is_manifest(path)]
    documents = [path for path in documents if not posixpath.basename(path).lower().startswith("citation")]
    shell = [path for path in repo.texts if path.endswith(_SHELL)]
    for path in (*sorted(documents, key=_depth), *sorted(shell, key=_depth)):
        lift = lift_script if path.endswith(_SHELL) else lift_document
        lifted = lift(path, repo.texts[path], repo, programs)
        refused += lifted.refused
        for command in lifted.commands:
            # How to install a package deep in the tree is not how to install the repo.
            if command.role != "install" or path.count("/") < 2:
                seen.setdefault((command.text, command.candidates), command)
            if path.endswith(_SHELL) and command.role in ("train", "evaluate"):
                inside.setdefault(path, command.role)
    for key, command in seen.items():
        found = command.found(repo.known)
        if found in inside:
            seen[key] = command._replace(role=inside[found])
    return list(seen.values()), refused


def _run_in(command: Command, known: frozenset[str]) -> str:
    """The directory from which a document's command finds its file; a script changes directories by itself."""
    found = command.found(known)
    written = posixpath.normpath(command.target or "")
    if found is None or command.path.endswith(_SHELL) or not found.endswith(f"/{written}"):
        return ""
    directory = found.removesuffix(f"/{written}")
    return "" if directory == "src" else directory


def _depth(path: str) -> tuple[int, bool, str]:
    return path.count("/"), not posixpath.basename(path).lower().startswith("readme"), path


def _missing(
    commands: Sequence[Command], known: frozenset[str], paths: Sequence[str]
) -> list[tuple[Command, Sequence[str]]]:
    """Broken references, one for each missing file and document, with the files of that name elsewhere."""
    missing: dict[tuple[str, str], tuple[Command, Sequence[str]]] = {}
    for command in commands:
        if command.firm and command.target and not command.found(known):
            name = posixpath.basename(command.candidates[0])
            namesakes = [path for path in paths if posixpath.basename(path) == name]
            missing.setdefault((command.path, command.target), (command, namesakes))
    return list(missing.values())


def _script_files(manifests: Manifests, repo: RepoFiles) -> dict[str, str]:
    """file → console script, for the scripts whose module is in the repo."""
    files: dict[str, str] = {}
    for script, target in manifests.scripts.items():
        module = target.split(":", 1)[0].replace(".", "/")
        for path in (f"{module}.py", f"src/{module}.py", f"{module}/__init__.py", f"src/{module}/__init__.py"):
            if path in repo.files:
                files.setdefault(path, script)
    return files
