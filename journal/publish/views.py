"""What templates may ask for beside the timeline: its river, its story by weeks, its abstract. All pure."""

from collections.abc import Callable, Mapping
from typing import Any

from journal.publish.abstract import abstract
from journal.publish.river import river
from journal.publish.story import story

VIEWS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "abstract": abstract,
    "river": river,
    "story": story,
}
