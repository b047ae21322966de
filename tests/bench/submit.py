"""What a job's submission costs with the shim, and what its snapshot costs: `python tests/bench/submit.py`.

A repository of 3,000 files with ten changes, five of them untracked files. In turn: the bare sbatch, the same through
the shim, the snapshot as the shim takes it (with its time limit), the snapshot alone, and `git status`. Jobs are
submitted held, and cancelled at the end. Without a Slurm a stand-in that takes 5 ms is sbatch. No capture starts: what
it costs comes after the submission, and is measured elsewhere.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from journal.capture.clone_file import Clone, new_writer, write_clone  # noqa: E402  (the project, run as a script)
from journal.install.hook_scripts import install_scripts  # noqa: E402
from journal.install.slurm_shim import install_shim, shim_dir  # noqa: E402
from tests.environment import environment_in  # noqa: E402
from tests.git_repo import GitRepo  # noqa: E402

FILES, CHANGES, ROUNDS = 3000, 10, 40


def make_repository(path: Path, env: Mapping[str, str]) -> GitRepo:
    """A repository with that many files, some of them changed since."""
    repo = GitRepo.create(path, env=env)
    for number in range(FILES):
        repo.write(f"src/{number % 30}/module_{number}.py", f"value = {number}\n" * 20)
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "-m", "first")
    for number in range(CHANGES // 2):
        repo.write(f"src/{number}/module_{number}.py", "changed = True\n" * 20)
        repo.write(f"src/{number}/new.py", f"new = {number}\n")
    return repo


def stand_in(directory: Path) -> Path:
    """A directory with an sbatch that takes 5 ms."""
    directory.mkdir()
    (directory / "sbatch").write_text("#!/bin/sh\nsleep 0.005\necho Submitted batch job 7\n")
    (directory / "sbatch").chmod(0o755)
    return directory


def measure(commands: Mapping[str, list[str]], repo: GitRepo, env: Mapping[str, str]) -> tuple[dict[str, float], str]:
    """The median seconds of each command, all run in turn; and all that they printed."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    printed: list[str] = []
    for number in range(ROUNDS + 2):
        for name, command in commands.items():
            started = time.perf_counter()
            done = subprocess.run(
                command, cwd=repo.path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
            )
            if number >= 2:  # the first ones warm the caches
                times[name].append(time.perf_counter() - started)
            printed.append(done.stdout)
    return {name: median(values) for name, values in times.items()}, "".join(printed)


def main() -> None:
    """Measures, and prints the ratios."""
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as name:
        base = Path(name)
        (base / "home").mkdir()
        env = environment_in(base / "home")
        real = shutil.which("sbatch")
        if not real:
            os.environ["PATH"] = f"{stand_in(base / 'bin')}:{os.environ['PATH']}"
            real = str(base / "bin/sbatch")
            print("no Slurm here: a stand-in takes 5 ms")
        env["PATH"] = os.environ["PATH"]
        repo = make_repository(base / "repo", env)
        write_clone(repo.path / ".git", Clone(new_writer(), None))
        data = base / "data"
        install_scripts(data, data / "no journal")
        install_shim(data)
        snapshot = ["sh", str(shim_dir(data).parent / "snapshot"), str(repo.path)]
        job = ["--hold", f"--job-name=journal-bench-{os.getpid()}", f"--chdir={base}", "--wrap", "true"]
        commands = {
            "bare": [real, *job],
            "shim": [str(shim_dir(data) / "sbatch"), *job],
            "limited": ["timeout", "-k", "1", "20", *snapshot],
            "snapshot": snapshot,
            "status": ["git", "status"],
        }
        seconds, printed = measure(commands, repo, env)
        jobs = [line.rsplit(" ", 1)[1] for line in printed.splitlines() if line.startswith("Submitted batch job ")]
        if shutil.which("scancel"):
            subprocess.run(["scancel", "--quiet", *jobs], check=False)
    milliseconds = ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in seconds.items())
    print(f"{FILES:,} files, {CHANGES} changes, {ROUNDS} rounds: {milliseconds}")
    print(f"shim less its snapshot {(seconds['shim'] - seconds['limited']) / seconds['bare']:.2f} × bare sbatch")
    print(f"snapshot {seconds['snapshot'] / seconds['status']:.2f} × git status")


if __name__ == "__main__":
    main()
