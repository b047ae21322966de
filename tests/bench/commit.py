"""How much slower `git commit` is with the journal's hooks: `python tests/bench/commit.py [--git PROGRAM]`.

Each pair commits once in each of several repositories that differ only in their hooks, in turn, so that whatever
else the machine does strikes all of them. Prints the median time, its ratio to that without hooks, and the median of
the paired differences. The `journal` that the hooks start is a stand-in that returns at once: what a capture costs
is measured elsewhere, and it runs after the commit. To start any hook at all costs git most of what is seen here: see
the line of a hook that does nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from journal.capture.git.repository import find_repository  # noqa: E402
from journal.install.hooks import install_hooks  # noqa: E402

# The least that another hook can be.
FOREIGN_HOOK = "#!/bin/sh\nexit 0\n"


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--git", default="git", help="the git program (one of 2.54 or newer uses its configuration)")
    parser.add_argument("--commits", type=int, default=100, help="commits in each repository")
    parser.add_argument("--files", type=int, default=1000, help="files in each repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as name:
        base = Path(name)
        environment(base, options.git)
        repositories = {
            "no hooks": make(base, options.files, "none"),
            "journal's hooks": make(base, options.files, "ours", install=True),
            "a hook that does nothing": make(base, options.files, "foreign", foreign=True),
            "both, chained": make(base, options.files, "both", foreign=True, install=True),
            "core.hooksPath of another": make(base, options.files, "path", hooks_path=True),
            "both, through core.hooksPath": make(base, options.files, "path both", hooks_path=True, install=True),
        }
        times = measure(list(repositories.values()), options.commits)
        version = subprocess.run([options.git, "version"], capture_output=True, text=True, check=True).stdout.strip()
        report(version, options.files, dict(zip(repositories, times, strict=True)))


def environment(base: Path, git: str) -> None:
    """Makes this process's environment one that holds nothing of the person's."""
    for variable in [variable for variable in os.environ if variable.startswith("GIT_")]:
        del os.environ[variable]
    (base / "gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n[gc]\n\tauto = 0\n")
    os.environ |= {
        "HOME": name_of(base),
        "GIT_CONFIG_GLOBAL": name_of(base / "gitconfig"),
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    if os.sep in git:
        os.environ["PATH"] = f"{Path(git).absolute().parent}:{os.environ['PATH']}"


def name_of(path: Path) -> str:
    """A path as an environment variable holds it."""
    return os.fspath(path)


def make(
    base: Path, files: int, name: str, *, install: bool = False, foreign: bool = False, hooks_path: bool = False
) -> Path:
    """A repository with some files and the hooks asked for."""
    path = base / name
    path.mkdir()
    run(path, "init", "--quiet")
    for number in range(files):
        (path / f"{number}.py").write_text(f"print({number})\n" * 20)
    run(path, "add", ".")
    run(path, "commit", "--quiet", "-m", "first")
    hooks = path / (".githooks" if hooks_path else ".git/hooks")
    hooks.mkdir(exist_ok=True)
    if foreign or hooks_path:
        (hooks / "post-commit").write_text(FOREIGN_HOOK)
        (hooks / "post-commit").chmod(0o755)
    if hooks_path:
        run(path, "config", "core.hooksPath", ".githooks")
    if install:
        command = base / "journal"
        command.write_text("#!/bin/sh\n")
        command.chmod(0o755)
        install_hooks(find_repository(path), base / "data", command)
    return path


def run(path: Path, *arguments: str) -> None:
    """Runs git in a repository."""
    subprocess.run(["git", *arguments], cwd=path, check=True, stdin=subprocess.DEVNULL)


def measure(repositories: list[Path], commits: int) -> list[list[float]]:
    """Seconds of each commit, a list for each repository."""
    times: list[list[float]] = [[] for _ in repositories]
    for number in range(commits + 3):
        order = range(len(repositories)) if number % 2 else reversed(range(len(repositories)))
        for index in order:
            path = repositories[index]
            (path / "0.py").write_text(f"print({number}, 'again')\n" * 20)
            start = time.perf_counter()
            run(path, "commit", "--quiet", "-a", "-m", f"commit {number}")
            seconds = time.perf_counter() - start
            if number >= 3:  # the first ones warm the caches
                times[index].append(seconds)
    return times


def report(version: str, files: int, times: dict[str, list[float]]) -> None:
    """Prints the table; each is set against the same without it."""
    without = {
        "journal's hooks": "no hooks",
        "a hook that does nothing": "no hooks",
        "both, chained": "a hook that does nothing",
        "both, through core.hooksPath": "core.hooksPath of another",
    }
    print(f"{version}, {files} files, {len(next(iter(times.values())))} commits each")
    for name, seconds in times.items():
        line = f"  {name:30} {median(seconds) * 1000:7.2f} ms"
        if name in without:
            base = times[without[name]]
            difference = median(one - other for one, other in zip(seconds, base, strict=True)) * 1000
            line += f"   x {median(seconds) / median(base):4.2f}   {difference:+.2f} ms"
        print(line)


if __name__ == "__main__":
    main()
