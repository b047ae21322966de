"""What a repo says it is: its title, its papers, the frameworks its code imports."""

import re
from collections import Counter
from typing import NamedTuple

from journal.derive.markdown import one_line
from journal.derive.order_words import reads_like_orders
from journal.derive.repo_map.files import RepoFiles, is_vendored

_HEADING = re.compile(r"^ {0,3}(?:#{1,3}\s+(.+?)\s*#*|<h[123][^>]*>(.+?)(?:</h[123]>|$).*)$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(\S.{2,120})\n(?:={3,}|-{3,})\s*$", re.MULTILINE)
_CITATION_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})|\barXiv:\s?(\d{4}\.\d{4,5})", re.IGNORECASE)
_DOI = re.compile(r"\b(10\.\d{4,9}/[\w.()/:-]*\w)")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]{0,300}>|[*_`#]+")
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_FRAMEWORKS = {
    "torch": "PyTorch", "pytorch_lightning": "Lightning", "lightning": "Lightning", "jax": "JAX", "flax": "Flax",
    "tensorflow": "TensorFlow", "keras": "Keras", "hydra": "Hydra", "omegaconf": "OmegaConf",
    "accelerate": "Accelerate", "deepspeed": "DeepSpeed", "transformers": "Transformers", "diffusers": "Diffusers",
    "timm": "timm", "wandb": "W&B", "sklearn": "scikit-learn", "mmcv": "mmcv", "mmengine": "mmengine",
    "pytorch3d": "PyTorch3D", "torch_geometric": "PyG", "triton": "Triton", "ray": "Ray", "submitit": "submitit",
}  # fmt: skip
_LONGEST_TITLE = 400
_TITLE_LINES = 30  # a title stands at the top
_HEAD = 6_000  # characters: imports stand at the top


class Fact(NamedTuple):
    """Something read at a place."""

    text: str
    path: str
    line: int


class Identity(NamedTuple):
    """What a repo says it is.

    Attributes:
        title: its README's heading or its citation's title; None where there is none that is just a title.
        papers: "arXiv:2212.09748" and "doi:10.…", each where it was read first.
        frameworks: name → how many files import it, the most used first.
    """

    title: Fact | None
    papers: list[Fact]
    frameworks: list[tuple[str, int]]


def identity(repo: RepoFiles) -> Identity:
    """Reads the root README, CITATION.cff and the heads of Python files."""
    sources = [path for path in repo.texts if "/" not in path and path.lower().startswith(("readme", "citation"))]
    sources.sort(key=lambda path: (not path.lower().startswith("readme"), path))
    papers: dict[str, Fact] = {}
    for path in sources:
        text = repo.texts[path]
        for found in _ARXIV.finditer(text):
            name = f"arXiv:{found[1] or found[2]}"
            papers.setdefault(name, _fact(name, path, text, found.start()))
        for found in _DOI.finditer(text):
            if "arxiv" not in found[1].lower():
                papers.setdefault(f"doi:{found[1]}", _fact(f"doi:{found[1][:80]}", path, text, found.start()))
    return Identity(_title(repo, sources), list(papers.values()), _frameworks(repo))


def _title(repo: RepoFiles, sources: list[str]) -> Fact | None:
    for path in sources:
        text = "\n".join(line[:_LONGEST_TITLE] for line in repo.texts[path].split("\n", _TITLE_LINES)[:_TITLE_LINES])
        patterns = (_CITATION_TITLE,) if path.lower().startswith("citation") else (_HEADING, _UNDERLINED)
        for found in (found for pattern in patterns if (found := pattern.search(text))):
            heading = next(filter(None, found.groups()), "")
            title = one_line(_MARKUP.sub(lambda match: match[1] or " ", heading), 140)
            # A title names; what addresses its reader stays behind.
            if re.search(r"\w", title) and not reads_like_orders(title):
                return _fact(title, path, text, found.start())
    return None


def _fact(text: str, path: str, source: str, at: int) -> Fact:
    return Fact(text, path, source.count("\n", 0, at) + 1)


def _frameworks(repo: RepoFiles) -> list[tuple[str, int]]:
    count: Counter[str] = Counter()
    for path, text in repo.texts.items():
        if path.endswith(".py") and not is_vendored(path):
            modules = set(_IMPORT.findall(text[:_HEAD])) & _FRAMEWORKS.keys()
            count.update({_FRAMEWORKS[module] for module in modules})
    return sorted(count.items(), key=lambda item: (-item[1], item[0]))[:8]
