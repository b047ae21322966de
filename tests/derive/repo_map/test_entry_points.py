import pytest

from journal.derive.repo_map.entry_points import EntryPoint, entry_points
from journal.derive.repo_map.files import RepoFiles

GUARD = '\nif __name__ == "__main__":\n    main()\n'


def _entry(text: str, **others: str) -> EntryPoint:
    texts = {"run.py": text, **{name.replace("__", "/") + ".py": other for name, other in others.items()}}
    (entry,) = [
        entry
        for entry in entry_points(RepoFiles("r", texts, texts), frozenset({"run.py"}), {})
        if entry.path == "run.py"
    ]
    return entry


def _flags(entry: EntryPoint) -> list[tuple[str, str | None, bool]]:
    return [tuple(flag) for flag in entry.flags]  # type: ignore[misc]  # a NamedTuple of three


def test_argparse() -> None:
    entry = _entry(
        "import argparse\np = argparse.ArgumentParser()\n"
        "p.add_argument('-x', '--xray', default=None)\np.add_argument('--lr', default=1e-4)\n"
        "p.add_argument('--config', required=True)\np.add_argument('rest', nargs=argparse.REMAINDER)\n"
        "p.add_argument('input')\np.add_argument('--note', default='a sentence of words')\n"
    )
    assert entry.framework == "argparse"
    assert _flags(entry) == [
        ("--config", None, True),
        ("input", None, True),
        ("--lr", "0.0001", False),
        ("--xray", None, False),
        ("rest", None, False),
        ("--note", None, False),
    ]


def test_click() -> None:
    entry = _entry(
        "import click\n@click.command()\n@click.option('--n/--no-n', default=1)\n@click.argument('f')\ndef m(): ...\n"
    )
    assert (entry.framework, _flags(entry)) == ("click", [("f", None, True), ("--n", "1", False)])


def test_absl() -> None:
    entry = _entry("from absl import flags\nflags.DEFINE_string('model', 'x', 'help words')\n")
    assert (entry.framework, _flags(entry)) == ("absl flags", [("--model", "x", False)])


def test_hydra() -> None:
    entry = _entry("import hydra\n@hydra.main(config_path='conf', config_name='train')\ndef main(cfg): ...\n" + GUARD)
    assert (entry.framework, entry.note, entry.line) == ("hydra", "config conf/train.yaml", 5)


def test_constants_that_an_execed_file_overrides() -> None:
    entry = _entry("lr = 1e-3\nname = 'x'\nexec(open('configurator.py').read())\nafter = 1\n")
    assert entry.framework == "module constants, configurator.py exec'd over them"
    assert _flags(entry) == [("--lr", "0.001", False), ("--name", "x", False)]


def test_flags_declared_in_a_module_of_the_repo() -> None:
    args = "import argparse\ndef get():\n    p = argparse.ArgumentParser()\n    p.add_argument('--seed', default=1)\n"
    entry = _entry("from pkg.args import get" + GUARD, pkg__args=args)
    assert (entry.framework, entry.flags_path, _flags(entry)) == ("argparse", "pkg/args.py", [("--seed", "1", False)])


def test_python_2_still_tells_its_flags() -> None:
    entry = _entry("import argparse\nparser.add_argument('--lr', default=1)\nprint 'two'\n")
    assert (entry.framework, _flags(entry)) == ("argparse", [("--lr", None, False)])


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", GUARD, True),
        ("a.py", "x = 1", False),
        ("third_party/a.py", GUARD, False),
        ("tests/a.py", GUARD, False),
        ("test_ae.py", GUARD, True),
        ("test_ae.py", "def test_x(): ..." + GUARD, False),
        ("setup.py", GUARD, False),
    ],
)
def test_what_is_an_entry_point(path: str, text: str, found: bool) -> None:
    assert bool(entry_points(RepoFiles("r", [path], {path: text}), frozenset(), {})) is found


def test_deeply_nested_code_is_survived() -> None:
    entry = _entry("import argparse\nx = " + "(" * 5000 + ")" * 5000 + "\n")
    assert entry.path == "run.py"
