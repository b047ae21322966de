"""Entry points of a repo: the files a person runs, the framework that reads their command line, and its key flags.

Only files that look like entry points are parsed. What Python 3 cannot parse is still told, without its flags.
"""

import ast
import posixpath
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from journal.derive.repo_map.files import RepoFiles, is_test, is_vendored

MAIN_GUARD = re.compile(r"^if\s+__name__\s*==\s*['\"]__main__['\"]", re.MULTILINE)
_LONGEST_PARSED = 400_000
_MOST_PARSED = 200
_DECLARES = re.compile(
    r"add_argument\(|DEFINE_\w+\(|\.option\(|\.argument\(|Typer\(|fire\.Fire\(|hydra\.main|ArgumentParser"
)
EXECED = "exec'd file"
_EXEC = re.compile(r"^exec\(open\(['\"]([\w./-]+)", re.MULTILINE)
# (framework, what its use looks like), the most telling first.
_FRAMEWORKS = (
    ("hydra", re.compile(r"@hydra\.main|hydra\.initialize")),
    ("fire", re.compile(r"\bfire\.Fire\(|\bFire\(")),
    ("typer", re.compile(r"\btyper\.(?:Typer|run)\b")),
    ("click", re.compile(r"@(?:click|\w+)\.(?:command|option)\(")),
    ("absl flags", re.compile(r"\bflags\.DEFINE_|\bDEFINE_config_file\(")),
    ("tyro", re.compile(r"\btyro\.cli\(")),
    ("HfArgumentParser", re.compile(r"\bHfArgumentParser\(")),
    ("LightningCLI", re.compile(r"\bLightningCLI\(")),
    ("jsonargparse", re.compile(r"\bjsonargparse\b")),
    ("argparse", re.compile(r"\bArgumentParser\(|\.add_argument\(")),
    (EXECED, _EXEC),
    ("sys.argv", re.compile(r"\bsys\.argv\[")),
)
_FLAG_NAME = re.compile(r"-{0,2}[\w./-]{1,60}$")
_KEY_FLAGS = re.compile(
    r"conf|data|root|ckpt|checkpoint|resume|weights|pretrain|model|arch|batch_?size|^-*lr$|learning_rate|epochs|steps|iters"
    r"|seed|out|save|dir$|gpu|device|mode|eval|task|split"
)


class Flag(NamedTuple):
    """One command-line flag: its name, its default as source text (None: none given), and whether it must be given."""

    name: str
    default: str | None
    required: bool


class EntryPoint(NamedTuple):
    """A file that is run.

    Attributes:
        path: the file.
        line: where its main guard stands, or 1.
        framework: what reads the command line, or None.
        flags: what it takes, the telling ones first.
        flags_path: the file that declares them, if it is another.
        note: what else decides its options: Hydra's configuration, a console script's name.
    """

    path: str
    line: int
    framework: str | None
    flags: tuple[Flag, ...]
    flags_path: str | None
    note: str | None


def entry_points(repo: RepoFiles, run: frozenset[str], scripts: dict[str, str]) -> list[EntryPoint]:
    """The entry points, those that the repo's commands run first.

    Args:
        repo: the repo with the texts of its Python files.
        run: files that its documented commands run: entry points even without a main guard.
        scripts: file → console script that its manifest installs for it.
    """
    found: list[str] = []
    for path, text in repo.texts.items():
        if not path.endswith(".py") or path.endswith("setup.py") or is_vendored(path) or len(text) >= _LONGEST_PARSED:
            continue
        guarded = "__main__" in text and MAIN_GUARD.search(text) and not is_test(path, text)
        if path in run or path in scripts or guarded:
            found.append(path)
    found.sort(key=lambda path: (path not in run, path not in scripts, path.count("/"), path))
    return [_entry(path, repo, scripts.get(path)) for path in found[:_MOST_PARSED]]


def _entry(path: str, repo: RepoFiles, script: str | None) -> EntryPoint:
    text = repo.texts[path]
    guard = MAIN_GUARD.search(text)
    line = text.count("\n", 0, guard.start()) + 1 if guard else 1
    tree = _parsed(text)
    flags = _flags(text, tree)
    framework = _framework(text)
    flags_path = None
    if not flags and tree:
        for module in _local_modules(tree, path, repo):
            declared = repo.texts.get(module, "")
            if _DECLARES.search(declared) and (flags := _flags(declared, _parsed(declared))):
                framework, flags_path = framework or _framework(declared), module
                break
    if framework == EXECED and (execed := _EXEC.search(text)):
        framework = f"module constants, {execed[1]} exec'd over them"
    notes = [f"installed as {script}"] if script else []
    notes += [told] if framework == "hydra" and tree and (told := _hydra(tree)) else []
    ordered = sorted(flags, key=lambda flag: (not flag.required, not _KEY_FLAGS.search(flag.name)))
    return EntryPoint(path, line, framework, tuple(ordered), flags_path, ", ".join(notes) or None)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the repo's strings are not our news
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _framework(text: str) -> str | None:
    return next((name for name, used in _FRAMEWORKS if used.search(text)), None)


def _flags(text: str, tree: ast.Module | None) -> list[Flag]:
    if tree is None:
        # Python 2, or not Python at all: the names can still be read.
        names = re.findall(r"add_argument\(\s*['\"](-{0,2}[\w-]{1,60})['\"]", text)
        return [Flag(name, None, not name.startswith("-")) for name in dict.fromkeys(names)]
    flags: dict[str, Flag] = {}
    if _EXEC.search(text):
        flags.update((flag.name, flag) for flag in _globals_before_exec(tree))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if _DECLARES.search(text) else ():
        flag = _declared(call)
        if flag:
            flags.setdefault(flag.name, flag)
    return list(flags.values())


def _declared(call: ast.Call) -> Flag | None:
    """The flag that a call declares: argparse, click, absl."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    names = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if not names:
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    default = given.get("default")
    if function in ("add_argument", "option") and all(map(_FLAG_NAME.match, names)):
        name = next((name for name in names if name.startswith("--")), names[0])
        required = isinstance(told := given.get("required"), ast.Constant) and told.value is True
        positional = not name.startswith("-") and function == "add_argument"
        nargs = given.get("nargs")  # "?", "*" or argparse.REMAINDER: may be left away
        optional = isinstance(nargs, ast.Attribute) or getattr(nargs, "value", None) in ("?", "*")
        return _flag(name.split("/", 1)[0], default, required or (positional and not optional))
    if function == "argument" and _FLAG_NAME.match(names[0]):
        return _flag(names[0], default, default is None)
    if function.startswith("DEFINE_") and _FLAG_NAME.match(names[0]):
        return _flag(f"--{names[0]}", call.args[1] if len(call.args) > 1 else default, required=False)
    return None


def _flag(name: str, default: ast.expr | None, required: bool) -> Flag:
    shown = None
    if isinstance(default, ast.Constant) and default.value is not None and default.value is not False:
        # A default is a value, not a sentence.
        shown = str(default.value) if re.fullmatch(r"\S{1,60}", str(default.value)) else None
    return Flag(name, shown, required)


def _globals_before_exec(tree: ast.Module) -> Iterator[Flag]:
    """Module-level constants that an exec'd file or `--name=value` may override (nanoGPT's configurator)."""
    for node in tree.body:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "exec"
        ):
            return
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from (_flag(f"--{name}", node.value, required=False) for name in names)


def _local_modules(tree: ast.Module, path: str, repo: RepoFiles) -> Iterator[str]:
    """Files of the repo that a file imports at its top, in order."""
    here = posixpath.dirname(path)
    for node in tree.body:
        names: list[str] = []
        base = here
        if isinstance(node, ast.Import):
            names = [alias.name.replace(".", "/") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").replace(".", "/")
            for _ in range(node.level - 1):
                base = posixpath.dirname(base)
            names = [module, *(posixpath.join(module, alias.name) for alias in node.names)]
        for name in names:
            for root in dict.fromkeys((base, "", "src")):
                module_path = posixpath.normpath(posixpath.join(root, f"{name}.py"))
                if module_path in repo.texts:
                    yield module_path


def _hydra(tree: ast.Module) -> str | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "main":
            told = {key.arg: key.value.value for key in node.keywords if isinstance(key.value, ast.Constant)}
            if told.get("config_name"):
                parts = [str(told[part]) for part in ("config_path", "config_name") if told.get(part)]
                return f"config {'/'.join(parts)}.yaml"
    return None
