import json

import pytest

from journal.derive.token_cost import Counts, new_tokens, parse_prices, total
from journal.errors import JournalError
from journal.store.price_table import load_prices
from tests.claude_lines import SAMPLES

ONE_EACH = Counts(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
TABLE = """
date = "2026-01-01"
source = "a test"
[models.m]
input = 1
output = 10
cache_write_5m = 100
cache_write_1h = 1000
cache_read = 10000
long = { over = 5, input = 2, output = 20, cache_write_5m = 200, cache_write_1h = 2000, cache_read = 20000 }
"""


def test_each_count_has_its_rate() -> None:
    table = parse_prices(TABLE)
    assert table.cost_usd("m", ONE_EACH) == 11111
    assert table.cost_usd("m", ONE_EACH, long_prompt=True) == 22222


def test_one_number_of_tokens_leaves_out_what_the_cache_gave_again() -> None:
    assert total([]) == Counts(0, 0, 0, 0, 0)
    assert total([Counts(1, 2, 3, 4, 5), Counts(10, 20, 30, 40, 50)]) == Counts(11, 22, 33, 44, 55)
    assert new_tokens({**Counts(1, 20, 300, 4000, 50_000)._asdict(), "messages": 7}) == 4321


@pytest.mark.parametrize("model", ["m", "m-20260101", "m@20260101"])
def test_a_model_is_found_with_and_without_its_date(model: str) -> None:
    assert parse_prices(TABLE).cost_usd(model, Counts(1, 0, 0, 0, 0)) == 1e-6


@pytest.mark.parametrize("model", ["m2", "", "m-2026", "xm"])
def test_an_unknown_model_costs_unknown_and_not_nothing(model: str) -> None:
    assert parse_prices(TABLE).cost_usd(model, Counts(0, 0, 0, 0, 0)) is None


@pytest.mark.parametrize("text", ["", "date =", TABLE.replace("output = 10\n", ""), TABLE.replace("= 1\n", "= 'x'\n")])
def test_a_table_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(JournalError, match="price table"):
        parse_prices(text)


def test_the_shipped_table_agrees_with_the_clients_own_costs() -> None:
    prices = load_prices()
    seen = set[str]()
    for path in SAMPLES.glob("*/result-*.json"):
        for model, said in json.loads(path.read_text())["modelUsage"].items():
            counts = Counts(
                said["inputTokens"],
                said["outputTokens"],
                said["cacheCreationEphemeral5mInputTokens"],
                said["cacheCreationEphemeral1hInputTokens"],
                said["cacheReadInputTokens"],
            )
            assert prices.cost_usd(model, counts) == pytest.approx(said["costUSD"]), path
            seen.add(model)
    assert seen == {"claude-opus-5-5", "claude-haiku-5-5"}


def test_the_shipped_table_is_dated_and_plausible() -> None:
    prices = load_prices()
    assert prices.date == "2026-11-24"
    assert prices.source
    for model, price in prices.models.items():
        rates = price.rates
        assert 0 < rates.cache_read < rates.input < rates.cache_write_5m < rates.cache_write_1h < rates.output, model
        assert (price.long_over is None) == (price.long_rates is None)
