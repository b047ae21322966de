"""Which files and which lines of a change are told of a failure."""

from hypothesis import given
from hypothesis import strategies as st

from journal.derive.gotcha.change import ChangedPath, excerpt, fixed_files, script_change, that_may_matter
from journal.derive.gotcha.relevance import LIKELY, FailureWords

WORDS = FailureWords("missing_module", ["missing_module: No module named 'einops'"], ["Install it where the job runs."])
CACHE = FailureWords("rocm_hip", ["unable to open database file"], ["Put `MIOPEN_USER_DB_PATH` in /tmp."])


def test_what_a_failure_names_is_what_a_change_is_judged_by() -> None:
    assert WORDS.in_text("einops==0.8") >= LIKELY
    assert WORDS.in_text("pip install einops") > WORDS.in_text("pip install numpy") >= LIKELY
    assert WORDS.in_text("lr = 0.1  # einopsis") == 0
    assert CACHE.in_text("export MIOPEN_USER_DB_PATH=/tmp/$USER") >= LIKELY
    assert FailureWords("gpu_oom", ["CUDA out of memory"]).in_text("--batch-size 32") >= LIKELY
    assert FailureWords("gpu_oom", ["CUDA out of memory"]).in_text("title = 'x'") == 0


def test_a_package_is_the_module_of_its_name() -> None:
    words = FailureWords("missing_module", ["No module named 'flash_attn.ops'"])
    assert words.in_text("flash-attn==2.5") >= LIKELY


def test_outputs_and_documents_are_no_change_of_the_code() -> None:
    changed = [
        ChangedPath("slurm-7.out", True, 10, 0),
        ChangedPath("SCRATCH.md", False, 3, 1),
        ChangedPath("out/result.csv", True, 3, 0),
        ChangedPath("out/plot.png", True, None, None),
        ChangedPath("train.py", False, 900, 800),
        ChangedPath("model.py", False, 2, 1),
        ChangedPath("requirements.txt", False, 1, 0),
        ChangedPath("job.sh", False, 1, 1),
        ChangedPath("configs/new.yaml", True, 20, 0),
    ]
    ranked = [each.path for each in that_may_matter(changed, "job.sh", WORDS)]
    assert ranked[:2] == ["requirements.txt", "job.sh"]
    assert set(ranked[2:]) == {"train.py", "model.py", "configs/new.yaml"}
    assert ranked[-1] == "train.py"


def test_the_file_that_speaks_of_the_failure_comes_first_with_its_lines() -> None:
    model = ChangedPath("model.py", False, 1, 1), "@@ -1 +1 @@\n-width = 1\n+width = 2\n"
    needs = ChangedPath("needs.in", False, 1, 0), "@@ -3,0 +4 @@ x\n+einops==0.8\n"
    first, second = fixed_files([model, needs], WORDS)
    assert first == {"path": "needs.in", "added": 1, "removed": 0, "patch": "@@ -3,0 +4 @@ x\n+einops==0.8"}
    assert second["path"] == "model.py"


def test_many_files_are_cut_and_few_have_lines() -> None:
    many = [(ChangedPath(f"m{number}.py", False, 1, 0), "@@ -1 +1 @@\n+x\n") for number in range(30)]
    files = fixed_files(many, WORDS)
    assert len(files) == 12
    assert sum("patch" in file for file in files) == 4


def test_an_excerpt_holds_the_telling_hunk_of_many() -> None:
    noise = "".join(f"@@ -{n} +{n} @@\n-a{n}\n+b{n}\n" for n in range(20))
    kept = excerpt(f"{noise}@@ -90 +90 @@\n+import einops\n", WORDS)
    assert "+import einops" in kept
    assert kept.count("\n") < 12


def test_an_excerpt_of_a_long_hunk_is_the_part_around_the_telling_line() -> None:
    lines = [f"+line {number}" for number in range(100)]
    lines[60] = "+einops " + "x" * 500
    kept = excerpt("@@ -0,0 +1,100 @@\n" + "\n".join(lines) + "\n", WORDS)
    assert "+line 59\n+einops xxx" in kept
    assert len(kept) < 600


@given(st.text(alphabet="@-+ \nae", max_size=80))
def test_an_excerpt_of_anything_is_bounded(patch: str) -> None:
    assert excerpt(patch, WORDS).count("\n") < 12


def test_scripts_that_lie_in_no_snapshot_are_compared_as_texts() -> None:
    path, patch = script_change("../job.sh", "#!/bin/sh\npython a.py\n", "#!/bin/sh\nmodule load x\npython a.py\n")
    assert path == ChangedPath("../job.sh", False, 1, 0)
    assert patch == "@@ -1,0 +2 @@\n+module load x\n"
