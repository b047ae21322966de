"""A way in which one trainer prints something that the general rules cannot read: data for `trainers/`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from journal.derive.progress.counted import counted
from journal.derive.progress.figures import magnitude, number, seconds, whole
from journal.derive.progress.progress import StepScope, Throughput
from journal.derive.progress.said import Phase, Role, Said
from journal.derive.progress.units import canonical_rate


class Form(NamedTuple):
    """Lines of one shape.

    Attributes:
        framework: who prints them; None where many do.
        mark: a text that all of them hold: what makes it cheap to see that a line is none.
        pattern: is searched for in the line without its prefix. Its groups say what the line says: `step`,
            `total_steps`, `epoch`, `total_epochs`, `rate` with `unit`, `eta`, `memory`, `utilization`, `name` with
            `value` for a metric, `announced`, and `pairs` for names and numbers that the general rules read.
        role, scope, done, over, phase: as in Said.
        unit: of the rate, where no group says it.
        example: such a line, for the tests and for who reads this.
        names: what some names of `pairs` are called, where the trainer means by them something of its own.
        eta_s: seconds still to go, where no group says it.
        alone: the general rules do not read the line as well.
    """

    framework: str | None
    mark: str
    pattern: re.Pattern[str]
    example: str
    role: Role = "train"
    scope: StepScope = "run"
    done: bool = False
    over: bool = False
    phase: Phase | None = None
    unit: str = ""
    names: Mapping[str, str] = {}
    eta_s: float | None = None
    alone: bool = True

    def read(self, text: str) -> Said | None:
        """What a line says; None where it is of another shape."""
        if self.mark not in text:
            return None
        found = self.pattern.search(text)
        return self._said(found.groupdict()) if found else None

    def _said(self, groups: Mapping[str, str | None]) -> Said | None:
        try:
            said = self._of_groups(groups)
        except (ValueError, OverflowError):  # a number of another shape than expected
            return None
        pairs = groups.get("pairs")
        for name, meant in self.names.items():
            pairs = pairs and re.sub(rf"(?<![\w/]){re.escape(name)}(?![\w/])", meant, pairs)
        general = counted(pairs, trusted=True) if pairs else None
        return _together(said, general) if general else said

    def _of_groups(self, groups: Mapping[str, str | None]) -> Said:
        def value(name: str) -> str | None:
            found = groups.get(name)
            return found.strip() if found and found.strip() else None

        step, total, epoch, epochs = (value(each) for each in ("step", "total_steps", "epoch", "total_epochs"))
        rate, metric, memory = value("rate"), value("value"), value("memory")
        return Said(
            role=self.role,
            step=whole(step) if step else None,
            total_steps=whole(total) if total else None,
            scope="epoch" if epoch and total else self.scope,
            epoch=_tidy(epoch) if epoch else None,
            total_epochs=_tidy(epochs) if epochs else None,
            metrics={value("name") or "value": number(metric.rstrip("%"))} if metric else {},
            throughput=Throughput(number(rate), canonical_rate(value("unit") or self.unit)) if rate else None,
            eta_s=seconds(eta) if (eta := value("eta")) else self.eta_s,
            done=self.done,
            over=self.over,
            phase=self.phase,
            announced=whole(announced) if (announced := value("announced")) else None,
            memory=int(size) if memory and (size := magnitude(memory)) is not None else None,
            utilization=number(utilization) if (utilization := value("utilization")) else None,
            framework=self.framework,
        )


def _tidy(text: str) -> float:
    value = number(text)
    return value if "." in text else int(value)


def _together(said: Said, general: Said) -> Said:
    """What the groups say, and where they say nothing what the general rules found."""
    return said._replace(
        step=general.step if said.step is None else said.step,
        total_steps=general.total_steps if said.step is None else said.total_steps,
        scope=general.scope if said.step is None else said.scope,
        epoch=general.epoch if said.epoch is None else said.epoch,
        total_epochs=general.total_epochs if said.epoch is None else said.total_epochs,
        metrics={**general.metrics, **said.metrics},
        throughput=said.throughput or general.throughput,
        eta_s=general.eta_s if said.eta_s is None else said.eta_s,
        memory=said.memory or general.memory,
        utilization=general.utilization if said.utilization is None else said.utilization,
    )
