"""What tokens cost. Pure: the price table's text and the counts come in, US dollars go out.

The table is dated data (`model_prices.toml` beside this file, read by `journal.store.price_table`); it goes stale, so
whoever shows a cost shows the table's date with it.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from journal.errors import JournalError

_DATE_SUFFIX = re.compile(r"[-@]\d{8}$")


class Counts(NamedTuple):
    """Tokens by how they are priced."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0


def total(all_counts: Iterable[Counts]) -> Counts:
    """Counts added up, field by field."""
    return Counts(*(sum(column) for column in zip(Counts(), *all_counts, strict=True)))


def new_tokens(counts: Mapping[str, int]) -> int:
    """What is meant where one number of tokens is shown: all but those read again from a cache, which drown the rest.

    Args:
        counts: tokens by the names of `Counts`, perhaps among other things.
    """
    return sum(counts[name] for name in Counts._fields if name != "cache_read")


class Rates(NamedTuple):
    """US dollars for a million tokens, field by field as `Counts`."""

    input: float
    output: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float


class Price(NamedTuple):
    """A model's rates, and those for replies whose prompt is over `long_over` tokens where these differ."""

    rates: Rates
    long_over: int | None
    long_rates: Rates | None


class PriceTable(NamedTuple):
    """The prices of models on a date.

    Attributes:
        date: the day for which they hold, `2026-11-24`.
        source: whose prices they are.
        models: model id, without a date, → price.
    """

    date: str
    source: str
    models: Mapping[str, Price]

    def price(self, model: str) -> Price | None:
        """A model's price: that of its exact id, or of its id without the date; None where it is unknown."""
        return self.models.get(model) or self.models.get(_DATE_SUFFIX.sub("", model))

    def cost_usd(self, model: str, counts: Counts, *, long_prompt: bool = False) -> float | None:
        """What tokens of one model cost in US dollars, or None where the model's price is unknown.

        Args:
            model: the model's id as the API names it, `claude-haiku-4-5-20251001`.
            counts: of one reply, or summed over replies that are alike in `long_prompt`.
            long_prompt: the replies' prompts are over the model's `long_over`.
        """
        price = self.price(model)
        if price is None:
            return None
        rates = price.long_rates if long_prompt and price.long_rates else price.rates
        return sum(count * rate for count, rate in zip(counts, rates, strict=True)) / 1_000_000


def parse_prices(text: str) -> PriceTable:
    """Reads a price table.

    Args:
        text: TOML, as in model_prices.toml.

    Raises:
        JournalError: the text is not such a table.
    """
    try:
        table = tomllib.loads(text)
        models = {model: _price(entry) for model, entry in table["models"].items()}
        return PriceTable(str(table["date"]), str(table["source"]), models)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"the price table cannot be read ({error})"
        raise JournalError(problem, "write it as journal/derive/model_prices.toml is written") from error


def _price(entry: Mapping[str, Any]) -> Price:
    long = entry.get("long")
    return Price(_rates(entry), int(long["over"]) if long else None, _rates(long) if long else None)


def _rates(entry: Mapping[str, Any]) -> Rates:
    return Rates(*(float(entry[field]) for field in Rates._fields))
