"""Amounts as people read them, in documents, on the page and in the terminal. English, whatever the locale."""


def abbreviated(number: int) -> str:
    """`950`, `12,400`, `412k`, `1.9 M`, `2.3 B`: a number as a reader takes it in."""
    if number < 100_000:
        return f"{number:,}"
    if number < 999_500:
        return _thousands(number)
    return f"{number / 1e6:.1f} M" if number < 999_950_000 else f"{number / 1e9:.1f} B"


def tokens(count: int) -> str:
    """`950`, `12k`, `412k`, `1.9 M`, `2.3 B`: their last digits say nothing."""
    return _thousands(count) if 1000 <= count < 100_000 else abbreviated(count)


def counted_tokens(count: int) -> str:
    """`1 token`, `950 tokens`, `412k tokens`."""
    return f"{tokens(count)} token{'' if count == 1 else 's'}"


def dollars(amount: float | None) -> str:
    """`$2.61`; a dash where it is unknown, `<$0.01` where it is too small to show."""
    if amount is None:
        return "–"
    return "<$0.01" if 0 < amount < 0.01 else f"${amount:,.2f}"


def counted(count: int, noun: str) -> str:
    """`1 commit`, `3 commits`, `20,341 branches`."""
    plural = noun + ("es" if noun.endswith("ch") else "s")
    return f"{count:,} {noun if count == 1 else plural}"


def ago(seconds: float) -> str:
    """`just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    return f"{about(seconds)} ago" if seconds >= 60 else "just now"


def about(seconds: float) -> str:
    """`40 s`, `5 min`, `2 h`, `3 days`: a time as one says it."""
    for unit, size, least in (("days", 86400, 2), ("h", 3600, 1), ("min", 60, 1)):
        if seconds >= size * least:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def duration(seconds: float) -> str:
    """`58 s`, `1 m 12 s`, `2 h`, `1 h 52 m`, `3 d 4 h`: the two largest units, without one that is nought."""
    left = max(0, int(seconds))
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if left >= size:
            rest = left % size // smaller
            return f"{left // size:,} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{left} s"


def memory(size: float) -> str:
    """`512 kB`, `50 MB`, `62.5 GB` of so many bytes, 1,024 to the next unit as Slurm counts."""
    unit = "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def hours(number: float) -> str:
    """`41.2`, `0.4`, `0.03`, `<0.01`, `1,240`: GPU hours as a reader takes them in."""
    if 0 < number < 0.01:
        return "<0.01"
    return f"{number:,.0f}" if number >= 1000 else f"{number:.1f}" if number >= 0.1 or not number else f"{number:.2f}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _thousands(number: int) -> str:
    return f"{(number + 500) // 1000}k"
