"""What a clone tells, after the moves that people make with git, and read in whatever pieces."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal.capture.git.process import run_git
from tests.capture.reading import NOW, Reading, read
from tests.git_repo import GitRepo


def rev(repo: GitRepo, name: str = "HEAD") -> str:
    return repo.git("rev-parse", name)


def series(repo: GitRepo, *names: str) -> list[str]:
    return [repo.commit(name, **{name: f"{name}\n" * 5}) for name in names]


def edit_todo(repo: GitRepo, script: str, *args: str) -> None:
    repo.git("rebase", "-q", "-i", *args, env={"GIT_SEQUENCE_EDITOR": f"sed -i '{script}'", "GIT_EDITOR": "true"})


def test_an_amended_commit(repo: GitRepo) -> None:
    old = repo.commit("one", a="1")
    repo.git("commit", "-q", "--amend", "-m", "better")
    new = rev(repo)
    reading = read(repo.path)
    assert reading.rewrites() == {(old, new, "amend")}
    assert reading.commits().keys() == {old, new}
    assert {(old, "main"), (new, "main")} <= reading.links()


def test_a_rebased_branch(repo: GitRepo) -> None:
    repo.commit("base", base="1")
    repo.git("checkout", "-q", "-b", "topic")
    olds = series(repo, "x", "y")
    repo.git("checkout", "-q", "main")
    repo.commit("onwards", base="2")
    repo.git("rebase", "-q", "main", "topic")  # from another branch than the one that is rebased
    reading = read(repo.path)
    news = repo.git("rev-list", "--reverse", "main..topic").split()
    assert reading.rewrites() == {(old, new, "rebase") for old, new in zip(olds, news, strict=True)}
    assert set(olds) <= reading.commits().keys()


def test_a_rebase_that_finds_nothing_to_do_over(repo: GitRepo) -> None:
    repo.commit("base", base="1")
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("commit", "-q", "--amend", "-m", "the same change")
    old = rev(repo)
    repo.git("rebase", "-q", "main")
    assert rev(repo) == rev(repo, "main")
    assert old in read(repo.path).commits()


@pytest.mark.parametrize("fold", ["squash", "fixup"])
def test_commits_squashed_out_of_order(repo: GitRepo, fold: str) -> None:
    repo.commit("base", base="1")
    a, b, c, d = series(repo, "a", "b", "c", "d")
    # pick a, fold c into it, then b reworded to itself and d
    edit_todo(repo, f"2{{h;d}};3{{s/pick/{fold}/;G}}", "HEAD~4")
    one, two, three = repo.git("rev-list", "--reverse", "HEAD~3..").split()
    assert read(repo.path).rewrites() == {
        (a, one, "squash"),
        (c, one, "squash"),
        (b, two, "rebase"),
        (d, three, "rebase"),
    }


def test_a_conflict_on_the_way(repo: GitRepo) -> None:
    repo.commit("base", f="1\n")
    repo.git("checkout", "-q", "-b", "topic")
    old = repo.commit("topic's", f="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit("main's", f="3\n")
    repo.git("checkout", "-q", "topic")
    repo.git("rebase", "-q", "main", check=False)
    reading = read(repo.path)  # in the middle of it
    repo.write("f", "4\n")
    repo.git("add", "f")
    repo.git("-c", "core.editor=true", "rebase", "--continue")
    reading.read()
    assert reading.rewrites() == {(old, rev(repo), "rebase")} == read(repo.path).rewrites()


def test_merges(repo: GitRepo) -> None:
    repo.commit("base", base="1")
    for name in ("forward", "real", "squashed", "conflict"):
        repo.git("checkout", "-q", "-b", name, "main~0")
        repo.commit(name, **({name: "1"} if name != "conflict" else {"base": "2"}))
        repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "forward")
    repo.git("merge", "-q", "--no-ff", "real", "-m", "merged")
    merge = rev(repo)
    repo.commit("mine", base="3")
    repo.git("merge", "-q", "conflict", check=False)
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-edit")
    repo.git("merge", "-q", "--squash", "squashed")
    repo.git("commit", "-q", "--no-edit")
    reading = read(repo.path)
    told = {(fact["merged"], fact["into"], fact["fast_forward"]) for fact in reading.facts("merge")}
    assert told == {("forward", "main", True), ("real", "main", False), ("conflict", "main", False)}
    assert (rev(repo, "squashed"), rev(repo), "squash") in reading.rewrites()
    assert (merge, "main") in reading.links()


def test_pulls(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("base", base="1")
    repo.git("clone", "-q", repo.path, tmp_path / "clone")
    clone = GitRepo(tmp_path / "clone")
    repo.commit("more", base="2")
    clone.git("pull", "-q", "origin", "main")
    old = clone.commit("mine", mine="1")
    repo.commit("even more", base="3")
    clone.git("pull", "-q", "--rebase")
    reading = read(clone.path)
    assert [(fact["merged"], fact["fast_forward"]) for fact in reading.facts("merge")] == [("origin main", True)]
    assert reading.rewrites() == {(old, rev(clone), "rebase")}
    assert rev(repo) in reading.commits()


def test_fetched_commits_are_read_before_they_are_merged(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("base", base="1")
    repo.git("clone", "-q", repo.path, tmp_path / "clone")
    reading = read(tmp_path / "clone")
    sha = repo.commit("more", base="2")
    GitRepo(tmp_path / "clone").git("fetch", "-q")
    reading.read()
    assert sha in reading.commits()


def test_branches_come_change_names_and_go(repo: GitRepo) -> None:
    repo.commit("base", base="1")
    repo.git("branch", "first")
    repo.git("branch", "second", "first")
    reading = read(repo.path)
    repo.git("branch", "-m", "first", "renamed")
    gone = rev(repo, "second")
    repo.git("branch", "-q", "-D", "second")
    reading.read()
    told = {(f["action"], f["name"], f.get("start"), f.get("old_name")) for f in reading.facts("branch")}
    assert told == {
        ("created", "main", None, None),
        ("created", "first", "main", None)
        if ("created", "first", "main", None) in told
        else ("created", "first", "HEAD", None),
        ("created", "second", "first", None),
        ("renamed", "renamed", None, "first"),
        ("deleted", "second", None, None),
    }
    (deleted,) = [fact for fact in reading.facts("branch") if fact["action"] == "deleted"]
    assert deleted["sha"] == gone
    assert reading.read() == []


def test_checkouts_resets_and_a_detached_head(repo: GitRepo) -> None:
    first, second = series(repo, "a", "b")
    repo.git("checkout", "-q", first)
    detached = repo.commit("detached", c="1")
    repo.git("checkout", "-q", "main")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("checkout", "-q", "main")  # no move
    reading = read(repo.path)
    assert {(fact["from_name"], fact["to_name"]) for fact in reading.facts("checkout")} == {
        ("main", first),
        (detached, "main"),
    }
    (reset,) = reading.facts("reset")
    assert (reset["target"], reset["branch"], reset["old"], reset["new"]) == ("HEAD~1", "main", second, first)
    assert {(first, "main"), (second, "main")} == reading.links()
    assert {first, second, detached} == reading.commits().keys()


def test_linked_worktrees_tell_their_own_story(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("base", base="1")
    repo.git("worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    linked = GitRepo(tmp_path / "linked")
    sha = linked.commit("there", there="1")
    linked.git("checkout", "-q", "--detach")
    lost = linked.commit("nobody's", there="2")
    for path in (repo.path, linked.path):
        reading = read(path)
        assert {sha, lost} <= reading.commits().keys()
        assert (sha, "side") in reading.links()
        assert {fact["worktree"] for fact in reading.facts("checkout")} == {"linked"}


def test_cherry_picks_and_reverts_are_made_on_their_branch(repo: GitRepo) -> None:
    repo.commit("base", base="1")
    repo.git("checkout", "-q", "-b", "topic")
    sha = repo.commit("x", x="1")
    repo.git("checkout", "-q", "main")
    repo.git("cherry-pick", sha)
    picked = rev(repo)
    repo.git("revert", "--no-edit", "HEAD")
    assert {(picked, "main"), (rev(repo), "main"), (sha, "topic")} <= read(repo.path).links()


def test_without_reflogs_the_refs_still_lead_to_everything(repo: GitRepo) -> None:
    repo.git("config", "core.logAllRefUpdates", "false")
    first = repo.commit("one", a="1")
    reading = read(repo.path)
    repo.git("checkout", "-q", "-b", "topic")
    second = repo.commit("two", a="2")
    reading.read()
    assert reading.commits().keys() == {first, second}
    assert [(fact["action"], fact["name"]) for fact in reading.facts("branch")] == [("created", "topic")]
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "topic")
    reading.read()
    assert [fact["action"] for fact in reading.facts("branch")] == ["created", "deleted"]


def test_packing_expiring_and_collecting_change_nothing(repo: GitRepo) -> None:
    repo.commit("one", a="1")
    repo.git("checkout", "-q", "-b", "topic")
    for text in "234":
        repo.git("commit", "-q", "--allow-empty", "--amend", "-m", text)
    reading = read(repo.path)
    before = dict(reading.events)
    repo.git("pack-refs", "--all")
    repo.git("reflog", "expire", "--expire=now", "--all", "HEAD")
    repo.git("gc", "-q", "--prune=now")
    reading.read()
    assert reading.events == before
    sha = repo.commit("five", a="5")
    reading.read()
    assert reading.events.keys() - before.keys()
    assert (sha, "topic") in reading.links()


def test_known_tips_that_were_collected(repo: GitRepo) -> None:
    repo.commit("one", a="1")
    repo.git("checkout", "-q", "-b", "gone")
    repo.commit("lost", a="2")
    reading = read(repo.path)
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "gone")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    sha = repo.commit("two", a="3")
    reading.read()
    assert sha in reading.commits()


def test_a_part_of_the_reflog_that_expired_leaves_the_rest_s_ids(repo: GitRepo) -> None:
    for day in range(1, 5):
        date = f"2020-01-0{day}T00:00:00Z"
        repo.git("commit", "-q", "--allow-empty", "-m", "m", env={"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date})
        repo.git("checkout", "-q", "-B", f"b{day}", env={"GIT_COMMITTER_DATE": date})
    before = read(repo.path).events
    repo.git("reflog", "expire", "--expire=2020-01-03T00:00:00Z", "--expire-unreachable=2020-01-03T00:00:00Z", "HEAD")
    after = read(repo.path).events
    assert 0 < len(after) < len(before)
    assert after.items() <= before.items()


def test_equal_entries_of_one_second_are_told_apart(repo: GitRepo) -> None:
    env = {"GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    repo.git("commit", "-q", "--allow-empty", "-m", "one", env=env)
    repo.git("branch", "other")
    reading = read(repo.path)
    for count in range(1, 5):
        repo.git("checkout", "-q", "other" if count % 2 else "main", env=env)
        reading.read()
        assert len(reading.facts("checkout")) == count
    assert read(repo.path).events == reading.events


def test_a_clock_set_back_loses_nothing(repo: GitRepo) -> None:
    reading = Reading(repo.path)
    shas = []
    for year in (2026, 2020, 2030, 2001):
        date = f"{year}-01-01T00:00:00Z"
        repo.git("commit", "-q", "--allow-empty", "-m", "m", env={"GIT_COMMITTER_DATE": date})
        shas.append(rev(repo))
        reading.read()
    assert reading.commits().keys() == set(shas)
    assert reading.links() == {(sha, "main") for sha in shas}


def test_nothing_new_starts_nothing(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("one", a="1")
    reading = read(repo.path)
    monkeypatch.setenv("PATH", "/nowhere")
    assert reading.read() == []


def test_killed_after_any_batch(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.capture.git.source._BATCH_EVENTS", 3)
    series(repo, *"abcdefg")
    repo.git("commit", "-q", "--amend", "-m", "h")
    expected = read(repo.path).events
    for stop in range(8):
        reading = Reading(repo.path)
        reading.read(stop_after=stop)
        reading.read()
        assert reading.events == expected


STEPS = {
    "commit": "commit -q --allow-empty -m {n}",
    "amend": "commit -q --amend --allow-empty -m {n}",
    "branch": "checkout -q -b b{n}",
    "main": "checkout -q main",
    "back": "checkout -q -",
    "detach": "checkout -q --detach HEAD~1",
    "merge": "merge -q --no-ff -m {n} -",
    "forward": "merge -q -",
    "rebase": "rebase -q main",
    "reset": "reset -q --hard HEAD~1",
    "rename": "branch -m r{n}",
    "pack": "pack-refs --all",
}


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.booleans()), min_size=3, max_size=12))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_in_pieces_equals_read_at_once(steps: list[tuple[str, bool]]) -> None:
    directory = Path(tempfile.mkdtemp())
    try:
        repo = GitRepo.create(directory / "repo")
        repo.commit("base", base="1")
        reading = Reading(repo.path)
        for number, (step, look) in enumerate(steps):
            repo.git(*STEPS[step].format(n=number).split(), check=False, env={"GIT_EDITOR": "true"})
            repo.git("merge", "--abort", check=False)
            if look:
                reading.read()
        reading.read()
        at_once = read(repo.path)
        vanished = reading.events.keys() - at_once.events.keys()  # what renamed branches no longer tell
        assert at_once.events.keys() <= reading.events.keys()
        assert {reading.events[event].kind for event in vanished} <= {"branch"}
    finally:
        shutil.rmtree(directory)


def test_git_variables_of_a_hook_do_not_reach_git(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = repo.commit("one", a="1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE"):
        monkeypatch.setenv(name, "/nowhere")
    assert run_git(repo.path / ".git", "rev-parse", "HEAD").decode().strip() == sha
    assert NOW
    assert os.environ["GIT_DIR"] == "/nowhere"
