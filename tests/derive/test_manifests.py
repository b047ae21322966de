import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.manifests import is_manifest, read_manifests

NAMES = ["requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "environment.yml", ".python-version"]


def _requirements(name: str, text: str) -> list[tuple[str, str, int]]:
    return [(one.name, one.limits, one.line) for one in read_manifests({name: text}).requirements]


def test_requirements() -> None:
    text = "# torch\n-r base.txt\n--index-url https://x\ntorch == 2.1.0  # pinned\nnumpy>=1.2, <2\nflash-attn[cuda]\n"
    text += "git+https://github.com/a/b.git\n./local\ntransformers @ https://x/y.whl\n"
    assert _requirements("requirements.txt", text) == [
        ("torch", "==2.1.0", 4),
        ("numpy", ">=1.2,<2", 5),
        ("flash-attn", "", 6),
        ("transformers", "", 9),
    ]


def test_conda() -> None:
    text = (
        "name: x\nchannels:\n  - pytorch\ndependencies:\n  - python=3.8\n  - pytorch::pytorch=2.0.0\n  - numpy >= 1.2\n"
    )
    text += "  - pip:\n    - timm==0.9.2\n"
    manifests = read_manifests({"environment.yml": text})
    assert manifests.python == (("=3.8", "environment.yml", 5),)
    assert manifests.requirements[0].line == 6  # and not 3, the channel
    assert [(one.name, one.limits) for one in manifests.requirements] == [
        ("pytorch", "=2.0.0"),
        ("numpy", ">=1.2"),
        ("timm", "==0.9.2"),
    ]


def test_pyproject() -> None:
    text = '[project]\nrequires-python = ">=3.10"\ndependencies = ["torch>=2", "einops"]\n'
    text += '[project.scripts]\nrun = "a.b:c"\n'
    manifests = read_manifests({"pyproject.toml": text})
    assert manifests.python == ((">=3.10", "pyproject.toml", 2),)
    assert [one.name for one in manifests.requirements] == ["torch", "einops"]
    assert manifests.scripts == {"run": "a.b:c"}


def test_poetry() -> None:
    text = '[tool.poetry.dependencies]\npython = "^3.9"\ntorch = {version = "2.0", extras = ["x"]}\n'
    manifests = read_manifests({"pyproject.toml": text})
    assert manifests.python[0][0] == "^3.9"
    assert [(one.name, one.limits) for one in manifests.requirements] == [("torch", "2.0")]


def test_setup_files() -> None:
    setup = (
        'setup(python_requires=">=3.6", install_requires=["torch>=1"], entry_points={"console_scripts": ["a=b.c:d"]})'
    )
    manifests = read_manifests({"setup.py": setup, "setup.cfg": "[options]\ninstall_requires =\n  numpy<2\n"})
    assert manifests.python == ((">=3.6", "setup.py", 1),)
    assert sorted(one.name for one in manifests.requirements) == ["numpy", "torch"]
    assert manifests.scripts == {"a": "b.c:d"}


def test_what_does_not_parse_is_said() -> None:
    manifests = read_manifests({"pyproject.toml": "[", "setup.py": "print 'two'", "setup.cfg": "x"})
    assert manifests.unreadable == ("pyproject.toml", "setup.cfg", "setup.py")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("requirements-dev.txt", True), ("requirements/base.txt", True), ("sub/env.yaml", True), ("a/b/setup.py", False)],
)
def test_is_manifest(path: str, expected: bool) -> None:
    assert is_manifest(path) is expected


@given(st.sampled_from(NAMES), st.text(st.characters(), max_size=300))
def test_never_fails(name: str, text: str) -> None:
    read_manifests({name: text})
