"""Amounts as people read them."""


def tokens(count: int) -> str:
    """`950`, `12.3k`, `412k`, `1.9 M`."""
    if count < 1000:
        return str(count)
    if count < 99_950:
        return f"{count / 1000:.1f}k"
    if count < 999_500:
        return f"{count / 1000:.0f}k"
    return f"{count / 1e6:.1f} M"


def dollars(amount: float | None) -> str:
    """`$2.61`; a dash where it is unknown, `<$0.01` where it is too small to show."""
    if amount is None:
        return "–"
    return "<$0.01" if 0 < amount < 0.01 else f"${amount:,.2f}"


def counted(count: int, noun: str) -> str:
    """`1 commit`, `3 commits`, `20,341 commits`."""
    plural = noun + ("es" if noun.endswith("ch") else "s")
    return f"{count:,} {noun if count == 1 else plural}"


def ago(seconds: float) -> str:
    """`just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    for unit, size in (("days", 86400 * 2), ("h", 3600), ("min", 60)):
        if seconds >= size:
            number = int(seconds // (86400 if unit == "days" else size))
            return f"{number} {unit} ago"
    return "just now"
