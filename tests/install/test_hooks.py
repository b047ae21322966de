"""Hooks in and out, with the git that is there and without any other tool."""

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from journal.capture.git.repository import find_repository
from journal.errors import JournalError
from journal.install.check import check_command
from journal.install.plan import plan_install, plan_removal
from tests.git_repo import GitRepo
from tests.install.hooked import Hooked, Tree, hook, repository_with_history, telling_hook, tree, wait_for

pytestmark = pytest.mark.usefixtures("each_git")


@pytest.fixture
def before(repo: GitRepo, hooked: Hooked) -> Iterator[Tree]:
    """The repository as it was; after the test, uninstalling must give just that again."""
    untouched = tree(repo.path)
    yield untouched
    hooked.remove()
    assert tree(hooked.path) == untouched


def test_a_commit_is_recorded(repo: GitRepo, hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "4f1c")
    hooked.install()
    sha = repo.commit("a try")
    (record,) = hooked.spooled()
    assert record.fields == {
        "source": "git",
        "event": "post-commit",
        "git_dir": str(repo.path / ".git"),
        "cwd": str(repo.path),
        "head": "ref: refs/heads/main",
        "sha": sha,
        "session": "4f1c",
        "args": "",
    }
    assert record.body == ""


def test_the_other_events_are_recorded(repo: GitRepo, hooked: Hooked) -> None:
    repository_with_history(repo)
    hooked.install()
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    assert hooked.events() == ["post-checkout"]
    repo.commit("aside", **{"b.txt": "1\n"})
    repo.git("checkout", "-q", "main")
    hooked.spooled()
    repo.git("merge", "-q", "--no-edit", "side")
    assert "post-merge" in hooked.events()
    old = repo.git("rev-parse", "HEAD")
    repo.git("commit", "-q", "--amend", "-m", "better")
    commit, rewrite = hooked.spooled()
    assert (commit.fields["event"], rewrite.fields["event"]) == ("post-commit", "post-rewrite")
    assert rewrite.fields["args"] == "amend"
    assert rewrite.body == f"{old} {repo.git('rev-parse', 'HEAD')}"


def test_a_long_rebase_is_recorded_whole(repo: GitRepo, hooked: Hooked) -> None:
    repository_with_history(repo)
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    commits = [repo.commit(str(number), **{"b.txt": f"{number}\n"}) for number in range(40)]
    hooked.install()
    repo.git("rebase", "-q", "main")
    (rewrite,) = [record for record in hooked.spooled() if record.fields["event"] == "post-rewrite"]
    assert rewrite.fields["args"] == "rebase"
    assert [line.split()[0] for line in rewrite.body.splitlines()] == commits
    assert rewrite.body.splitlines()[-1].split()[1] == repo.git("rev-parse", "HEAD")


def test_a_capture_follows_without_holding_the_commit_up(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    hook(
        hooked.command,
        f"#!/bin/sh\nsleep 30 & echo $! >'{tmp_path}/sleeper'\necho \"$@\" in \"$PWD\" >'{tmp_path}/ran'\nwait\n",
    )
    hooked.install()
    # git and whoever reads its output wait until the last copy of these pipes is closed
    subprocess.run(
        ["git", "commit", "--allow-empty", "-m", "x"], cwd=repo.path, capture_output=True, timeout=10, check=True
    )
    assert wait_for(tmp_path / "ran") == f"capture --quiet in {repo.path}\n"
    os.kill(int(wait_for(tmp_path / "sleeper")), 15)


def test_a_burst_of_commits_starts_one_capture(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    hooked.install()
    for number in range(5):
        repo.commit(str(number))
    wait_for(tmp_path / "captured")
    assert len(hooked.spooled()) == 5
    assert (tmp_path / "captured").read_text().count("capture") == 1
    assert not (hooked.data / "spool/pending").exists()


def test_without_the_data_directory_git_works_in_silence(repo: GitRepo, hooked: Hooked) -> None:
    repository_with_history(repo)
    hooked.install()
    hooked.data.rename(hooked.data.with_name("gone"))
    done = subprocess.run(["git", "checkout", "-q", "HEAD~1"], cwd=repo.path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_the_virtual_environment_events_are_still_recorded(repo: GitRepo, hooked: Hooked) -> None:
    hooked.install()
    hooked.command.unlink()
    repo.commit("x")
    assert hooked.events() == ["post-commit"]
    assert check_command(hooked.data).fix == "journal init"


def test_installing_twice_is_as_once(repo: GitRepo, hooked: Hooked, before: Tree, each_git: str) -> None:
    first = hooked.install()
    installed = tree(repo.path)
    second = hooked.install()
    assert tree(repo.path) == installed
    assert [change[:2] for change in first] == [change[:2] for change in second]
    assert {change.how for change in first} == {"config" if each_git == "newer git" else "file"}
    assert {change.detail for change in second} == {"as before"}
    assert all(check.ok for check in hooked.check().values())


def test_a_plan_changes_nothing(repo: GitRepo, hooked: Hooked) -> None:
    telling_hook(repo.path / ".git/hooks/post-commit", hooked.data)
    untouched = tree(repo.path)
    plan = plan_install(find_repository(repo.path), hooked.data)
    assert [change.event for change in plan.changes] == ["post-commit", "post-merge", "post-rewrite", "post-checkout"]
    assert plan_removal(find_repository(repo.path)).changes == []
    assert tree(repo.path) == untouched
    assert not hooked.data.exists()


# A person's own hook ----------------------------------------------------------------------------------------------


def test_a_persons_hook_runs_with_its_arguments_input_and_status(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    repository_with_history(repo)
    log = tmp_path / "log"
    for event in ("post-commit", "post-rewrite", "post-checkout"):
        telling_hook(repo.path / ".git/hooks" / event, log, status=3)
    untouched = tree(repo.path)
    hooked.install()
    old = repo.git("rev-parse", "HEAD")
    repo.git("commit", "-q", "--amend", "-m", "better")
    new = repo.git("rev-parse", "HEAD")
    assert log.read_text() == f"\namend\n{old} {new}\n"
    log.unlink()
    done = subprocess.run(["git", "checkout", "-q", "HEAD~1"], cwd=repo.path, check=False)
    assert done.returncode == 1  # so git ends when post-checkout fails
    assert log.read_text() == f"{new} {repo.git('rev-parse', 'HEAD')} 1\n"
    commit, rewrite, checkout = hooked.spooled()
    assert rewrite.body == f"{old} {new}"
    assert checkout.fields["args"] == log.read_text().strip()
    assert commit.fields["sha"] == new
    repo.git("checkout", "-q", "main", check=False)
    hooked.remove()
    assert tree(repo.path) == untouched


@pytest.mark.parametrize("kind", ["python", "no shebang", "not executable", "link", "dangling link"])
def test_any_kind_of_hook_is_kept(repo: GitRepo, hooked: Hooked, tmp_path: Path, kind: str) -> None:
    mine, log = repo.path / ".git/hooks/post-commit", tmp_path / "log"
    if kind == "python":
        hook(mine, f"#!/usr/bin/env python3\nimport sys\nopen({str(log)!r}, 'w').write(repr(sys.argv[1:]))\n")
    elif kind == "dangling link":
        mine.parent.mkdir(exist_ok=True)
        mine.symlink_to("nowhere")
    elif kind == "link":
        telling_hook(repo.path / "tools/hook", log)
        mine.parent.mkdir(exist_ok=True)
        mine.symlink_to("../../tools/hook")
    else:
        hook(mine, f"echo ran >'{log}'\n", 0o644 if kind == "not executable" else 0o755)
    untouched = tree(repo.path)
    hooked.install()
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    assert hooked.events() == ["post-commit"]
    assert log.exists() == (kind in {"python", "no shebang", "link"})
    hooked.remove()
    assert tree(repo.path) == untouched


def test_a_hook_sees_the_umask_of_the_person(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    hook(repo.path / ".git/hooks/post-commit", f"#!/bin/sh\n: >'{tmp_path}/made'\n")
    hooked.install()
    old = os.umask(0o002)
    try:
        repo.commit("x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o664
    (record,) = (hooked.data / "spool/new").iterdir()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_no_verify_and_hooks_deleted(repo: GitRepo, hooked: Hooked, before: Tree) -> None:
    hooked.install()
    repo.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "x")
    assert hooked.events() == ["post-commit"]  # --no-verify is about pre-commit and commit-msg


@pytest.mark.parametrize("each_git", ["git"], indirect=True)  # a newer one runs no hook files of ours
def test_deleted_hooks_are_told_and_repaired(repo: GitRepo, hooked: Hooked, before: Tree) -> None:
    hooked.install()
    (repo.path / ".git/hooks/post-commit").unlink()
    assert repo.commit("x")
    check = hooked.check()["post-commit"]
    assert (check.ok, check.how, check.fix) == (False, "none", "journal init")
    hooked.install()
    repo.commit("y")
    assert hooked.events() == ["post-commit"]
    assert all(check.ok for check in hooked.check().values())


@pytest.mark.parametrize("each_git", ["git"], indirect=True)  # a newer one runs no hook files of ours
def test_a_hook_written_over_ours_is_told_and_chained(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    mine = repo.path / ".git/hooks/post-commit"
    hook(mine, "#!/bin/sh\nexit 0\n")
    hooked.install()
    telling_hook(mine, tmp_path / "log")
    assert "is another hook" in hooked.check()["post-commit"].detail
    hooked.install()
    repo.commit("x")
    assert (tmp_path / "log").read_text() == "\n"
    assert hooked.events() == ["post-commit"]
    hooked.remove()
    assert "log" in mine.read_text()
    assert (mine.parent / "post-commit.before-journal-1").read_text() == "#!/bin/sh\nexit 0\n"  # nobody's work is lost


@pytest.mark.parametrize("each_git", [pytest.param("newer git", marks=pytest.mark.new_git)], indirect=True)
def test_disabled_or_removed_configuration_is_told(repo: GitRepo, hooked: Hooked, before: Tree) -> None:
    hooked.install()
    repo.git("config", "hook.journal-post-commit.enabled", "false")
    check = hooked.check()["post-commit"]
    assert (check.ok, check.fix) == (False, "journal init")
    assert check.detail == "was installed (config), but hook.journal-post-commit is disabled"
    repo.git("config", "--remove-section", "hook.journal-post-merge")
    assert hooked.check()["post-merge"].detail.endswith("hook.journal-post-merge is not set")
    hooked.install()
    assert all(check.ok for check in hooked.check().values())


# Where repositories are --------------------------------------------------------------------------------------------


def test_a_directory_of_hooks_that_was_not_there_goes_again(repo: GitRepo, hooked: Hooked) -> None:
    shutil.rmtree(repo.path / ".git/hooks", ignore_errors=True)
    untouched = tree(repo.path)
    hooked.install()
    repo.commit("x")
    assert hooked.events() == ["post-commit"]
    hooked.remove()
    assert tree(repo.path) == untouched


@pytest.mark.parametrize("each_git", ["git"], indirect=True)  # a newer one runs no hook files of ours
def test_a_linked_directory_of_hooks_is_left_alone(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    telling_hook(repo.path / "tools/hooks/post-commit", tmp_path / "log")
    shutil.rmtree(repo.path / ".git/hooks", ignore_errors=True)
    (repo.path / ".git/hooks").symlink_to("../tools/hooks")
    repo.commit("first")
    untouched = tree(repo.path)
    assert {change.how for change in hooked.install()} == {"none"}
    check = hooked.check()["post-commit"]
    assert (check.ok, check.fix) == (False, "")
    assert "is a link to ../tools/hooks; `journal capture` finds" in check.detail
    repo.commit("x")
    assert repo.git("status", "--porcelain") == ""
    hooked.remove()
    assert tree(repo.path) == untouched


@pytest.mark.parametrize("each_git", ["git"], indirect=True)  # a newer one runs no hook files of ours
def test_a_hooks_path_of_one_worktree_is_left_alone(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.hooksPath", ".githooks")
    telling_hook(repo.path / ".githooks/post-commit", tmp_path / "log")
    untouched = tree(repo.path)
    assert {change.how for change in hooked.install()} == {"none"}
    assert hooked.check()["post-commit"].fix == ""
    repo.commit("x")
    assert (tmp_path / "log").read_text() == "\n"
    hooked.remove()
    assert tree(repo.path) == untouched


def test_a_moved_repository_is_still_recorded(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    telling_hook(repo.path / ".githooks/post-commit", tmp_path / "log")
    hooked.install()
    moved = GitRepo(repo.path.rename(tmp_path / "new name"))
    moved.commit("x")
    assert [record.fields["cwd"] for record in hooked.spooled()] == [str(moved.path)]
    assert (tmp_path / "log").exists()


@pytest.mark.parametrize("installed_in", ["main", "linked"])
def test_linked_worktrees(repo: GitRepo, hooked: Hooked, tmp_path: Path, installed_in: str) -> None:
    repository_with_history(repo)
    repo.git("worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    linked = GitRepo(tmp_path / "linked")
    untouched = tree(repo.path)
    hooked.path = repo.path if installed_in == "main" else linked.path
    hooked.install()
    sha = linked.commit("in the linked one")
    repo.commit("in the main one")
    first, second = hooked.spooled()
    assert first.fields["git_dir"] == str(repo.path / ".git/worktrees/linked")
    assert (first.fields["head"], first.fields["sha"]) == ("ref: refs/heads/side", sha)
    assert second.fields["git_dir"] == str(repo.path / ".git")
    hooked.remove()
    assert tree(repo.path) == untouched


def test_a_submodule(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    GitRepo.create(tmp_path / "library").commit("first", a="1")
    repo.git("submodule", "--quiet", "add", tmp_path / "library", "lib")
    repo.commit("with a library")
    library = GitRepo(repo.path / "lib")
    untouched = tree(repo.path)
    hooked.path = library.path
    hooked.install()
    sha = library.commit("inside")
    (record,) = hooked.spooled()
    assert Path(record.fields["git_dir"]).resolve() == repo.path / ".git/modules/lib"
    assert record.fields["sha"] == sha
    hooked.remove()
    assert tree(repo.path) == untouched


@pytest.mark.parametrize("how", ["-C", "--git-dir"])
def test_from_elsewhere(repo: GitRepo, hooked: Hooked, tmp_path: Path, how: str) -> None:
    repository_with_history(repo)
    hooked.install()
    options = ["-C", "repo"] if how == "-C" else ["--git-dir", "repo/.git", "--work-tree", "repo"]
    subprocess.run(["git", *options, "commit", "-q", "--allow-empty", "-m", "x"], cwd=tmp_path, check=True)
    (record,) = hooked.spooled()
    assert Path(record.fields["git_dir"]).resolve() == repo.path / ".git"
    assert record.fields["sha"] == repo.git("rev-parse", "HEAD")


# core.hooksPath ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["relative", "absolute", "global", "default"])
def test_hooks_path(repo: GitRepo, hooked: Hooked, tmp_path: Path, kind: str) -> None:
    log = tmp_path / "log"
    elsewhere = tmp_path / "shared hooks"
    path = {"relative": ".githooks", "default": ".git/hooks"}.get(kind, str(elsewhere))
    hooks = repo.path / path if kind in {"relative", "default"} else elsewhere
    for event in ("post-commit", "commit-msg"):
        telling_hook(hooks / event, log)
    repo.git("config", "--global" if kind == "global" else "--local", "core.hooksPath", path)
    repo.commit("first")
    log.unlink()
    theirs, untouched, settings = tree(hooks), tree(repo.path), Path(os.environ["GIT_CONFIG_GLOBAL"]).read_bytes()
    hooked.install()
    assert all(check.ok for check in hooked.check().values()), hooked.check()
    if kind != "default":
        assert tree(hooks) == theirs
    assert Path(os.environ["GIT_CONFIG_GLOBAL"]).read_bytes() == settings
    assert repo.git("status", "--porcelain") == ""
    repo.commit("x")
    assert log.read_text() == ".git/COMMIT_EDITMSG\n\n"  # commit-msg, then post-commit
    assert hooked.events() == ["post-commit"]
    telling_hook(hooks / "pre-commit", log, status=1)  # a hook that comes later counts too
    assert repo.git("commit", "--allow-empty", "-m", "refused", check=False) == ""
    assert hooked.events() == []
    (hooks / "pre-commit").unlink()
    hooked.install()
    hooked.remove()
    assert tree(repo.path) == untouched


def test_hooks_path_in_a_linked_worktree(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    telling_hook(repo.path / ".githooks/post-commit", tmp_path / "log")
    repo.git("config", "core.hooksPath", ".githooks")
    repo.commit("first")
    hooked.install()
    repo.git("worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    hooked.spooled()
    (tmp_path / "log").unlink()
    GitRepo(tmp_path / "linked").commit("x")
    assert hooked.events() == ["post-commit"]
    assert (tmp_path / "log").exists()


def test_hooks_path_in_the_home(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    telling_hook(Path.home() / "hooks/post-commit", tmp_path / "log")
    repo.git("config", "core.hooksPath", "~/hooks")
    untouched = tree(repo.path)
    hooked.install()
    hooked.data = tmp_path / "other data"  # and the data directory has moved since
    hooked.install()
    repo.commit("x")
    assert (tmp_path / "log").read_text() == "\n"
    assert hooked.events() == ["post-commit"]
    hooked.remove()
    assert tree(repo.path) == untouched


@pytest.mark.parametrize("each_git", ["git"], indirect=True)  # a newer one runs no hook files of ours
def test_a_changed_hooks_path_is_told_and_repaired(repo: GitRepo, hooked: Hooked, tmp_path: Path) -> None:
    telling_hook(repo.path / "one/post-commit", tmp_path / "one.log")
    telling_hook(repo.path / "two/post-commit", tmp_path / "two.log")
    repo.git("config", "core.hooksPath", "one")
    hooked.install()
    repo.git("config", "core.hooksPath", "two")
    untouched = tree(repo.path / ".git/hooks")
    check = hooked.check()["post-commit"]
    assert (check.ok, check.detail) == (False, "was installed (hooks path), but core.hooksPath leads to two")
    hooked.install()
    repo.commit("x")
    assert hooked.events() == ["post-commit"]
    assert (tmp_path / "two.log").exists()
    assert not (tmp_path / "one.log").exists()
    hooked.remove()
    assert repo.git("config", "core.hooksPath") == "two"
    assert tree(repo.path / ".git/hooks") == untouched


# The configuration file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hooks_path", [None, ".githooks"])
@pytest.mark.parametrize(
    "end", ["", "\n", "\n# the end", "\n[alias]\n\tst = status", "\r\n[alias]\r\n\tst = status\r\n"]
)
def test_what_others_wrote_into_the_configuration_stays(
    repo: GitRepo, hooked: Hooked, hooks_path: str | None, end: str
) -> None:
    config = repo.path / ".git/config"
    if hooks_path:
        config.write_bytes(config.read_bytes() + f"[core]\n   hooksPath =  {hooks_path}   ; mine".encode())
    config.write_bytes(config.read_bytes() + end.encode())
    untouched = config.read_bytes()
    hooked.install()
    hooked.remove()
    assert config.read_bytes() == untouched
    hooked.install()
    repo.git("config", "core.editor", "vim")
    repo.git("remote", "add", "origin", "https://example.org/x")
    hooked.remove()
    other = GitRepo.create(repo.path.parent / "other")
    (other.path / ".git/config").write_bytes(untouched)
    other.git("config", "core.editor", "vim")
    other.git("remote", "add", "origin", "https://example.org/x")
    assert sorted(config.read_bytes().split()) == sorted((other.path / ".git/config").read_bytes().split())
    assert (repo.git("config", "core.hooksPath", check=False) or None) == hooks_path


def test_a_lost_manifest_is_made_up_for(repo: GitRepo, hooked: Hooked) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    config = repo.git("config", "--list", "--local")
    hooked.install()
    (repo.path / ".git/journal/installed.json").unlink()
    hooked.remove()
    assert repo.git("config", "--list", "--local") == config


# Trouble -----------------------------------------------------------------------------------------------------------


def test_a_repository_that_cannot_be_written(repo: GitRepo, hooked: Hooked) -> None:
    (repo.path / ".git/journal").write_text("in the way")
    with pytest.raises(JournalError, match=r"cannot change .* make it writable"):
        hooked.install()


def test_a_data_directory_that_cannot_be_written(repo: GitRepo, hooked: Hooked) -> None:
    untouched = tree(repo.path)
    hooked.data.write_text("in the way")
    with pytest.raises(JournalError, match="set JOURNAL_DATA_DIR"):
        hooked.install()
    assert tree(repo.path) == untouched


def test_a_locked_configuration(repo: GitRepo, hooked: Hooked) -> None:
    repo.git("config", "core.hooksPath", ".githooks")
    untouched = tree(repo.path)
    (repo.path / ".git/config.lock").touch()
    with pytest.raises(JournalError, match=r"config\.lock exists"):
        hooked.install()
    (repo.path / ".git/config.lock").unlink()
    hooked.remove()
    assert tree(repo.path) == untouched


def test_two_at_once(repo: GitRepo, hooked: Hooked, before: Tree) -> None:
    telling = [threading.Thread(target=hooked.install) for _ in range(4)]
    for thread in telling:
        thread.start()
    for thread in telling:
        thread.join()
    assert all(check.ok for check in hooked.check().values())
