"""Which commands of a shell text change what a job finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.gotcha.environment_commands import environment_commands


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pip install einops", ["pip install einops"]),
        ("cd /x && .venv/bin/pip install -q 'numpy<2' 2>&1 | tail -1", [".venv/bin/pip install -q 'numpy<2'"]),
        ("python3.11 -m pip install --upgrade torch; sbatch a.sh", ["python3.11 -m pip install --upgrade torch"]),
        ("uv pip install x\nuv run train.py", ["uv pip install x"]),
        ("module purge && module load rocm/6.0", ["module purge", "module load rocm/6.0"]),
        ("module avail\nmodule list\nml", []),
        ("conda list | grep torch; conda install -y \\\n  pytorch", ["conda install -y pytorch"]),
        ("export MIOPEN_USER_DB_PATH=/tmp/$USER-miopen", ["export MIOPEN_USER_DB_PATH=/tmp/$USER-miopen"]),
        ("HF_HOME=/x hf download bert", ["hf download bert"]),
        ("cat > job.sh <<'EOF'\nexport A=1\npip install x\nEOF\nchmod +x job.sh", ["chmod +x job.sh"]),
        ("echo 'pip install x'; git commit -m \"pip install y\"", []),
        ("if ! pip show x; then sudo pip install x; fi", ["pip install x"]),
        ("python train.py --lr 1 # pip install x", []),
        ("pip install it's", ["pip install it's"]),
        ("pip install a\npip install b\npip install a", ["pip install b", "pip install a"]),
    ],
)
def test_what_changes_an_environment_is_found(text: str, found: list[str]) -> None:
    assert environment_commands([text]) == found


def test_it_is_bounded() -> None:
    found = environment_commands([f"pip install p{number} {'x' * 1000}" for number in range(50)])
    assert len(found) == 10
    assert found[-1].startswith("pip install p49")
    assert max(map(len, found)) <= 240


@given(st.text(alphabet="pip install;&|()'\"\\\n#<E=$"))
def test_any_text_can_be_read(text: str) -> None:
    assert all("\n" not in command for command in environment_commands([text]))
