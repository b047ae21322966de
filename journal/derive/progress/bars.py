"""Progress bars: tqdm's and those of its kin, rich's, Keras's, and those of programs that load files.

A bar is a place in a line, since what was printed before and after sticks to it:

    {'loss': 0.61}  2%|▏  | 500/28013 [01:32<1:18:38, 5.83it/s, loss=0.6]slurmstepd: error: …

Sources: tqdm's README ("bar_format"), the ProgressBar of Keras 2 and 3, RichProgressBar of Lightning, pip, GNU Wget,
curl's manual ("PROGRESS METER"), and what the programs print.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from journal.derive.progress.figures import magnitude, number, seconds, whole
from journal.derive.progress.progress import Throughput
from journal.derive.progress.units import canonical_rate

LONGEST_NAME = 80  # characters
_FARTHEST_NAME = 400  # characters before the numbers


class Bar(NamedTuple):
    """A progress bar in a line.

    Attributes:
        start, end: where it stands, its name included.
        name: "" where it has none.
        step, total: how far it is; None where it does not say.
        throughput, eta_s: as printed; 0 seconds where it is full.
        postfix: what it says besides, `loss=0.12, lr=1e-4`.
        before: what stands before its name in the same text.
        within_epoch: it counts the steps of an epoch, by the way it looks.
        is_download: what it counts are bytes.
    """

    start: int
    end: int
    name: str
    step: int | None
    total: int | None
    throughput: Throughput | None = None
    eta_s: float | None = None
    postfix: str = ""
    before: str = ""
    within_epoch: bool = False
    is_download: bool = False


class _Form(NamedTuple):
    """A way to print bars: a text that all of them hold, what finds one, and what reads it."""

    mark: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Bar | None]


def find_bar(text: str, start: int = 0) -> Bar | None:
    """The first progress bar in a line from some place on; None where there is none."""
    for form in _FORMS:
        if form.mark in text and (found := form.pattern.search(text, start)) and (bar := form.read(found)):
            return bar
    return None


_COUNT = r"\d[\d,]{0,20}(?:\.\d{1,4})?[kKMGTP]?"
_TQDM = re.compile(
    r"(?<![\w.,])(?P<step>" + _COUNT + r")(?P<unit>i?B|(?: (?! ))?[A-Za-z]{1,16})?"
    r"(?:/(?P<total>\?|" + _COUNT + r")(?:i?B|[A-Za-z]{1,16})?)? {0,2}"
    r"\[ ?(?P<elapsed>\d{1,6}:\d\d(?::\d\d)?)(?: ?< ?(?P<left>\?|-?[\d:]{1,12}|\d{1,4} days?, [\d:]{1,12}))?"
    r"(?: ?, {0,4}(?P<rate>\?|\d[\d.,]{0,20})(?P<prefix>[kKMGTP]?i?(?=B/))? ?(?P<per>[^\],\[]{1,24}))?"
    r"(?P<postfix>[^\]]*)\]?"
)
_METER = re.compile(r"\[ ?\d{1,6}:\d\d")  # of a bar before this one
_PERCENT = re.compile(r"\s*(?<![\d.])\d{1,3}(?:\.\d{1,3})?%\s*$")


def _tqdm(found: re.Match[str]) -> Bar | None:
    binary = "iB" in (found["unit"] or "")
    step, total = magnitude(found["step"], 1024 if binary else 1000), None
    if found["total"] and found["total"] != "?":
        total = magnitude(found["total"], 1024 if binary else 1000)
    throughput = None
    per = (found["per"] or "").strip()
    if found["rate"] and found["rate"] != "?" and "/" in per:
        throughput = Throughput(number(found["rate"]), canonical_rate((found["prefix"] or "") + per.replace(" ", "")))
    if step is None or (found["left"] is None and total is not None):
        return None
    start, name, before = _name_before(found.string, max(found.pos, found.start() - _FARTHEST_NAME), found.start())
    postfix = found["postfix"] if found["per"] is None or "/" in per else f"{per}{found['postfix']}"
    return Bar(
        start=start,
        end=found.end(),
        name=name,
        step=int(step),
        total=None if total is None else int(total),
        throughput=throughput,
        eta_s=seconds(found["left"]) if found["left"] and found["left"] != "?" else None,
        postfix=postfix.strip(", "),
        before=before,
        is_download="B/s" in per,
    )


def _name_before(text: str, start: int, position: int) -> tuple[int, str, str]:
    """Where a bar's name begins, the name, and what else stands before it from `start` on."""
    head = text[start:position].rstrip()
    if head.endswith("|"):
        filling = head.rfind("|", 0, len(head) - 1)
        head = head[: filling if filling >= 0 else len(head) - 1]  # vLLM writes `100% Completed | 3/3 [`
    head = _PERCENT.sub("", head)
    cut = max(head.rfind("]"), head.rfind("}")) + 1
    before, name = head[:cut], head[cut:]
    if "{" not in before and not _METER.search(before):
        before, name = "", head  # brackets that are part of the name
    name = name.strip(" :\t")
    return start + len(before), name[-LONGEST_NAME:], before


_KERAS = re.compile(
    r"(?<![\w.,/])(?P<step>\d{1,12})/(?P<total>\d{1,12}|Unknown|None)\s{1,4}"
    r"(?:\[[=>.]{1,80}\] - |[━╸╺ ]{5,160}|- )"
    r"(?:ETA: {1,2}(?P<eta>[\d:]{1,12}s?)|(?P<time>\d{1,4}:\d\d(?::\d\d)?|\d{1,9}(?:\.\d)?m?s))"
    r"(?: {1,2}(?P<value>\d{1,12})(?P<unit>(?:s|ms|us)/(?:step|sample|epoch)))?(?P<postfix> - [^\r\n]*)?"
)


def _keras(found: re.Match[str]) -> Bar | None:
    step, total = whole(found["step"]), None
    if found["total"].isdigit():
        total = whole(found["total"])
    text = found["eta"] or found["time"]
    full = step == total
    throughput = Throughput(number(found["value"]), found["unit"]) if found["value"] else None
    if throughput is None and (
        late := re.search(r" - (\d{1,12})((?:s|ms|us)/(?:step|sample))", found["postfix"] or "")
    ):
        throughput = Throughput(number(late[1]), late[2])
    going = found["eta"] or throughput is not None  # the time of a full bar is what it took
    eta = 0.0 if full else seconds(text) if going and total is not None else None
    postfix = (found["postfix"] or "").strip(" -")
    return Bar(found.start(), found.end(), "", step, total, throughput, eta, postfix, within_epoch=True)


_NOTEBOOK = re.compile(
    r"\[ {0,9}(?P<step>\d{1,12})/(?P<total>\d{1,12}) (?P<elapsed>[\d:]{1,12}) < (?P<left>[\d:]{1,12}), "
    r"(?P<rate>[\d.]{1,12}) (?P<per>it/s|s/it)(?:, Epoch (?P<epoch>[\d.]{1,12})/(?P<epochs>\d{1,9}))?\]"
)


def _notebook(found: re.Match[str]) -> Bar | None:
    """The bar of Transformers in a notebook: `[ 900/1500 05:00 < 03:20, 3.00 it/s, Epoch 1.8/3]`."""
    step, total = whole(found["step"]), whole(found["total"])
    throughput = Throughput(number(found["rate"]), found["per"])
    epoch = f"epoch {found['epoch']}/{found['epochs']}" if found["epoch"] else ""
    return Bar(found.start(), found.end(), "", step, total, throughput, seconds(found["left"]), epoch)


_RICH = re.compile(
    r"(?P<name>[^━╸╺\r\n]{0,120}?)(?P<percent>\b\d{1,3}%)? ?[━╸╺]{4,}[━╸╺─ ]{0,200}"
    r"(?:(?P<of>\d{1,3})% ?)?(?:(?P<step>\d[\d.]{0,12})/(?P<total>\d[\d.]{0,12}|--|\?)(?: ?(?P<unit>[kMG]?B)(?!/))?)?"
    r"(?P<rest>[^\r\n]{0,400})"
)
_RICH_REST = re.compile(
    r"\s*(?:(?P<elapsed>\d{1,4}:\d\d:\d\d) • (?P<left>\d{1,4}:\d\d:\d\d|-:--:--))?\s*"
    r"(?:(?P<rate>\d[\d.]{0,12}) ?(?P<per>(?:it|B|[kMG]B|steps|s)/(?:s|it|step)))?\s*"
    r"(?:eta (?P<eta>[\d:]{1,12}|-:--:--)|\d[\d.]{0,12}s<(?P<remaining>\d[\d.:]{0,12}s?))?"
)


def _rich(found: re.Match[str]) -> Bar | None:
    if not found["step"]:
        return None
    rest = _RICH_REST.match(found["rest"])
    if rest is None:
        return None
    unit = found["unit"]
    step, total = (magnitude(found[each] + (unit or "")) for each in ("step", "total"))
    if step is None:
        return None
    left = rest["left"] or rest["eta"] or rest["remaining"]
    throughput = Throughput(number(rest["rate"]), canonical_rate(rest["per"])) if rest["rate"] else None
    told = seconds(left) if left else None
    return Bar(
        start=found.start(),
        end=found.end(),
        name=found["name"].strip(" :\t")[-LONGEST_NAME:],
        step=int(step),
        total=None if total is None else int(total),
        throughput=throughput,
        eta_s=told if told is not None or not left else seconds(left + "s"),
        postfix=found["rest"][rest.end() :].strip(),
        is_download=unit is not None,
    )


_WGET = re.compile(
    r"(?P<name>\S{1,60})\s{1,40}(?P<percent>\d{1,3})%\[[=+> ]{1,200}\]\s{1,4}(?P<done>\d[\d.,]{0,12}[KMGT]?)\s{1,4}"
    r"(?P<rate>\d[\d.,]{0,12}) ?(?P<per>[KMG]?B/s)"
    r"(?:\s{1,6}(?:eta (?P<eta>[\dhms ]{1,12}\w)|in [\d.]{1,9}m?s))?"
)


def _wget(found: re.Match[str]) -> Bar | None:
    done = magnitude(found["done"], 1024)
    percent = int(found["percent"])
    if done is None:
        return None
    eta = 0.0 if percent >= 100 else seconds(found["eta"]) if found["eta"] else None
    throughput = Throughput(number(found["rate"]), found["per"])
    total = round(done) if percent >= 100 else None
    return Bar(found.start(), found.end(), found["name"], round(done), total, throughput, eta, is_download=True)


_CURL = re.compile(
    r"^\s{0,4}(?P<percent>\d{1,3})\s{1,8}(?P<total>\d[\d.]{0,8}[kMGT]?)\s{1,8}\d{1,3}\s{1,8}(?P<done>\d[\d.]{0,8}[kMGT]?)"
    r"\s{1,8}\d{1,3}\s{1,8}\d[\d.]{0,8}[kMGT]?\s{1,8}(?P<rate>\d[\d.]{0,8})(?P<prefix>[kMGT]?)\s{1,8}\d[\d.]{0,8}[kMGT]?"
    r"\s{1,8}[\d:-]{7,9}\s{1,8}[\d:-]{7,9}\s{1,8}(?P<left>[\d:-]{7,9})\s"
)


def _curl(found: re.Match[str]) -> Bar | None:
    done, total = magnitude(found["done"], 1024), magnitude(found["total"], 1024)
    if done is None or total is None:
        return None
    throughput = Throughput(number(found["rate"]), f"{found['prefix']}B/s")
    eta = 0.0 if done == total else seconds(found["left"])
    return Bar(found.start(), found.end(), "", round(done), round(total), throughput, eta, is_download=True)


_OF = re.compile(
    r"(?P<name>[^\r\n%|\[\]]{0,80}?)(?P<percent>\d{1,3})(?:\.\d{1,3})?% ?"
    r"\((?P<step>\d{1,15})(?:/| of )(?P<total>\d{1,15})\)"
    r"(?:,? ?\|[#= >-]{0,200}\|)?(?P<rest>[^\r\n]{0,120})"
)
_OF_REST = re.compile(r"ETA: {1,4}(?P<eta>[\d:]{1,12})|\| (?P<rate>\d[\d.]{0,12}) (?P<per>[KMG]iB/s)")


def _of(found: re.Match[str]) -> Bar | None:
    """`45% (45 of 100) |###   | Elapsed Time: 0:00:12 ETA: 0:00:15` (progressbar2), `Receiving objects: 45% (9/20)`."""
    rest = _OF_REST.search(found["rest"])
    throughput = Throughput(number(rest["rate"]), rest["per"]) if rest and rest["rate"] else None
    eta = seconds(rest["eta"]) if rest and rest["eta"] else None
    step, total = whole(found["step"]), whole(found["total"])
    name = found["name"].strip(" :")
    return Bar(found.start(), found.end(), name, step, total, throughput, eta)


_RSYNC = re.compile(
    r"^\s{1,20}(?P<step>\d[\d,]{0,20})\s{1,8}\d{1,3}%\s{1,8}(?P<rate>[\d.]{1,12})(?P<per>[kMG]?B/s)\s{1,8}(?P<eta>[\d:]{7,12})"
)


def _rsync(found: re.Match[str]) -> Bar | None:
    throughput = Throughput(number(found["rate"]), found["per"])
    step = whole(found["step"])
    return Bar(found.start(), found.end(), "", step, None, throughput, seconds(found["eta"]), is_download=True)


_MMCV = re.compile(
    r"\[[> ]{4,}\]\s{1,2}(?P<step>\d{1,12})/(?P<total>\d{1,12})(?:, (?P<rate>[\d.]{1,12}) task/s)?, elapsed: \d{1,9}s"
    r"(?:, ETA:\s{1,8}(?P<eta>\d{1,9})s)?"
)


def _mmcv(found: re.Match[str]) -> Bar | None:
    step, total = whole(found["step"]), whole(found["total"])
    throughput = Throughput(number(found["rate"]), "task/s") if found["rate"] else None
    eta = float(found["eta"]) if found["eta"] else 0.0 if step == total else None
    return Bar(found.start(), found.end(), "testing", step, total, throughput, eta)


_ALIVE = re.compile(
    r"(?P<name>[^|\r\n]{0,60})\|[^|\r\n]{0,200}\| (?:(?P<step>\d{1,12})/(?P<total>\d{1,12}) \[\d{1,3}%\]|[^|\[]{0,20})"
    r" in [\d.:smh]{1,12} \((?:~(?P<eta>[\d.:smh]{1,12}), )?(?P<rate>[\d.]{1,12})/s"
)


def _alive(found: re.Match[str]) -> Bar | None:
    if not found["step"]:
        return None
    step, total = whole(found["step"]), whole(found["total"])
    eta = seconds(found["eta"]) if found["eta"] else 0.0 if step == total else None
    return Bar(
        found.start(), found.end(), found["name"].strip(), step, total, Throughput(number(found["rate"]), "it/s"), eta
    )


_FORMS = (
    _Form("[", _TQDM, _tqdm),
    _Form(" < ", _NOTEBOOK, _notebook),
    _Form("━", _RICH, _rich),
    _Form("/", _KERAS, _keras),
    _Form("%[", _WGET, _wget),
    _Form("% (", _OF, _of),
    _Form("B/s", _RSYNC, _rsync),
    _Form("elapsed:", _MMCV, _mmcv),
    _Form("/s", _ALIVE, _alive),
    _Form(":", _CURL, _curl),
)
