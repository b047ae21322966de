"""A gotcha with its evidence, as plain values: what documents, commands and other rooms tell it from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from journal.derive.event_words import label_words
from journal.derive.gotcha.lessons import OWN_CODE


class SeenJob(NamedTuple):
    """A job that failed so.

    Attributes:
        event: the id of the job's own event.
        job_id, cluster, project: which it is.
        at: when the last of its tries that failed so had ended, in stored form.
    """

    event: str
    job_id: str
    cluster: str
    project: str | None
    at: str


class SeenIn(NamedTuple):
    """How many jobs of a project failed so on a cluster."""

    project: str | None
    cluster: str
    jobs: int


class Gotcha(NamedTuple):
    """A failure that was met, and what is known of it. Texts are from outside: whoever shows them makes them harmless.

    Attributes:
        id: stable, the same in every store that knows its fingerprint.
        number: the 7 of "G7", this store's own.
        status: "confirmed", "learned", "transient", "overcome", "candidate" or "dropped" (see
            `journal.derive.gotcha.standing`).
        scope: "repo", "cluster" or "general".
        said_title, said_advice: what a person or an agent said; None where nobody did.
        explanation, advice, signature, component: as the rule and the log that showed it last tell them.
        jobs: how many jobs failed so.
        seen: the last of them, newest first.
        places: where.
        fixes: the ids of the fix events that stand, oldest first.
        fix: the FixFact that tells most of what was changed; None where no run got past it.
        fixed_at: the submission of the first run that got past.
    """

    id: str
    number: int
    status: str
    scope: str
    label: str | None
    fingerprint: str | None
    said_title: str | None
    said_advice: str | None
    explanation: str
    advice: tuple[str, ...]
    signature: str | None
    component: str | None
    jobs: int
    first_seen_at: str | None
    last_seen_at: str | None
    seen: tuple[SeenJob, ...] = ()
    places: tuple[SeenIn, ...] = ()
    fixes: tuple[str, ...] = ()
    fix: Mapping[str, Any] | None = None
    fixed_at: str | None = None

    @property
    def name(self) -> str:
        """`G7`."""
        return f"G{self.number}"

    @property
    def title(self) -> str:
        """What it is, in a sentence: somebody's, else the rule's."""
        return self.said_title or self.explanation or label_words(self.label or "gotcha")

    @property
    def error(self) -> str:
        """The decisive line as a person knows it, without what belongs to one run; "" where there is none."""
        return (self.fingerprint or "").removeprefix(f"{self.label}: ")

    @property
    def struck_again(self) -> bool:
        """Whether it struck again after it was overcome."""
        return bool(self.fixed_at and self.last_seen_at and self.last_seen_at > self.fixed_at)

    @property
    def is_worth_telling(self) -> bool:
        """Whether a document should tell it unasked: what one's own code got wrong once, and is mended, is not."""
        if self.label not in OWN_CODE or self.status == "confirmed":
            return True
        return self.struck_again or len({place.project for place in self.places}) > 1


def seen_words(gotcha: Gotcha, project: str | None, cluster: str | None) -> str:
    """`2 times here, 5 in other repos on lumi, 1 elsewhere`; "" where no job failed so."""
    here = sum(place.jobs for place in gotcha.places if place.project == project)
    others = [place for place in gotcha.places if place.project != project]
    beside = sum(place.jobs for place in others if place.cluster == cluster)
    left = sum(place.jobs for place in others) - beside
    places = ((here, "here"), (beside, f"in other repos on {cluster}"), (left, "elsewhere"))
    told = [(jobs, where) for jobs, where in places if jobs]
    parts = [f"{jobs:,} {where}" for jobs, where in told]
    if told:  # the first says what is counted
        parts[0] = f"{told[0][0]:,} time{'s' * (told[0][0] != 1)} {told[0][1]}"
    return ", ".join(parts)
