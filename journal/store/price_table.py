"""Where the price table is read. A person's own table will be looked for here, before the shipped one."""

from pathlib import Path

import journal.derive
from journal.derive.token_cost import PriceTable, parse_prices


def load_prices() -> PriceTable:
    """The prices shipped with this version."""
    path = Path(journal.derive.__file__).with_name("model_prices.toml")
    return parse_prices(path.read_text(encoding="utf-8"))
