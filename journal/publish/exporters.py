"""Exporters: each a directory with an exporter.toml, templates and assets, and no Python.

```toml
name = "site"
description = "One page that tells the story"
needs = ["river", "story"]            # views computed for the templates: see journal/publish/views.py

[[outputs]]
template = "index.html.jinja"         # rendered with Jinja2: `timeline`, `files`, and the views
path = "index.html"

[[outputs]]
copy = "font.woff2"                   # copied as it is
path = "font.woff2"
```

They are found in the shipped exporters/ and in exporters/ beside the person's configuration, which may add some and
replace shipped ones by name. Templates are data: they run sandboxed and read no file outside their directory. What is
written into an .html, .xml or .svg file is escaped unless a template says otherwise. Beside Jinja's own filters there
are `count` and `tokens` (see `journal.derive.amounts`), `new_tokens` (`journal.derive.token_cost`) and `csp_hash`.
"""

import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from journal import paths
from journal.derive.amounts import abbreviated, tokens
from journal.derive.token_cost import new_tokens
from journal.errors import JournalError
from journal.publish.swap import replace_directory
from journal.publish.views import VIEWS

if TYPE_CHECKING:
    from jinja2 import Environment


class Output(NamedTuple):
    """One file of an exporter: made from a template, or copied. Paths are relative: to the exporter, to the target."""

    path: str
    source: str
    is_template: bool


class Exporter(NamedTuple):
    """An exporter as its exporter.toml describes it. `needs` are names of views."""

    name: str
    description: str
    directory: Path
    outputs: tuple[Output, ...]
    needs: tuple[str, ...]


class Published(NamedTuple):
    """What was published: the directory, and its files relative to it, sorted."""

    path: Path
    files: tuple[str, ...]


def find_exporters() -> dict[str, Exporter]:
    """All exporters by name; the person's own win over the shipped ones.

    Raises:
        JournalError: an exporter.toml is not as described above.
    """
    found: dict[str, Exporter] = {}
    for root in (paths.shipped("exporters"), paths.config_file().parent / "exporters"):
        if root.is_dir():
            for description in sorted(root.glob("*/exporter.toml")):
                exporter = read_exporter(description)
                found[exporter.name] = exporter
    return found


def read_exporter(file: Path) -> Exporter:
    """Reads an exporter.toml.

    Raises:
        JournalError: it is not TOML, lacks a field, or names a file outside its directory or the target.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        outputs = tuple(_output(entry) for entry in values["outputs"])
        needs = tuple(values.get("needs", ()))
        exporter = Exporter(values["name"], values["description"], file.parent, outputs, needs)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise JournalError(f"{file} is not a valid exporter ({error})", "correct it or remove its directory") from error
    except KeyError as error:
        raise JournalError(f"{file} lacks {error}", "add it: name, description, outputs with path and source") from None
    unknown = [view for view in needs if view not in VIEWS]
    if unknown:
        raise JournalError(f"{file} needs {unknown[0]!r}, which is unknown", f"use some of {', '.join(VIEWS)}")
    return exporter


def _output(entry: Mapping[str, Any]) -> Output:
    source = entry["template"] if "template" in entry else entry["copy"]
    for path in (entry["path"], source):
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts or "\\" in path or "\0" in path:
            raise ValueError(f"{path!r} is not a path inside a directory")
    return Output(str(PurePosixPath(entry["path"])), source, "template" in entry)


def publish(timeline: Mapping[str, Any], target: Path, formats: Sequence[str] = ("json", "site")) -> Published:
    """Writes a timeline through exporters into a directory, all of it or none.

    An earlier publication in the directory is replaced as a whole; a reader sees the old one or the new one.

    Args:
        timeline: as `journal.publish.timeline.build_timeline` makes it.
        target: the directory; may be missing, empty, or one that this function made.
        formats: names of exporters.

    Raises:
        JournalError: an exporter is unknown or fails, two write the same file, or the directory is not ours to write.
    """
    exporters = _chosen(formats)
    names = sorted(_distinct_files(exporters))
    views = {view: VIEWS[view](timeline) for exporter in exporters for view in exporter.needs}
    context = {"timeline": timeline, "files": names, **views}
    with replace_directory(target, names) as directory:
        for exporter in exporters:
            for path, content in _rendered(exporter, context):
                file = directory / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    return Published(target, tuple(names))


def _chosen(formats: Sequence[str]) -> list[Exporter]:
    known = find_exporters()
    for name in formats:
        if name not in known:
            raise JournalError(f"there is no exporter {name!r}", f"choose from {', '.join(sorted(known))}")
    if not formats:
        raise JournalError("no format was chosen", f"choose from {', '.join(sorted(known))}")
    return [known[name] for name in dict.fromkeys(formats)]


def _distinct_files(exporters: Sequence[Exporter]) -> Iterator[str]:
    owner: dict[str, str] = {}
    for exporter in exporters:
        for output in exporter.outputs:
            other = owner.setdefault(output.path, exporter.name)
            if other != exporter.name:
                raise JournalError(
                    f"{other} and {exporter.name} both write {output.path}", "publish them into different directories"
                )
            yield output.path


def _rendered(exporter: Exporter, context: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    from jinja2 import TemplateError

    environment = _environment(exporter.directory)
    for output in exporter.outputs:
        try:
            if output.is_template:
                text = environment.get_template(output.source).render(context)
                yield output.path, text.encode("utf-8")
            else:
                yield output.path, (exporter.directory / output.source).read_bytes()
        except (TemplateError, OSError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise JournalError(
                f"exporter {exporter.name} failed on {output.source} ({type(error).__name__}: {error})",
                f"correct {exporter.directory / output.source}",
            ) from error


def _environment(directory: Path) -> "Environment":
    from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(directory),
        autoescape=select_autoescape(("html", "htm", "xml", "svg", "jinja"), default_for_string=True, default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True}
    filters: dict[str, Any] = {
        "csp_hash": _csp_hash,
        "count": abbreviated,
        "tokens": tokens,
        "new_tokens": new_tokens,
    }
    environment.filters.update(filters)
    return environment


def _csp_hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script by."""
    return "'sha256-" + b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"
