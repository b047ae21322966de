from journal.derive.amounts import abbreviated, ago, counted, counted_tokens, dollars, hours, tokens


def test_tokens() -> None:
    assert [tokens(number) for number in (0, 999, 1000, 12_300, 99_999, 412_000, 1_940_000)] == [
        "0", "999", "1k", "12k", "100k", "412k", "1.9 M",
    ]  # fmt: skip
    assert [counted_tokens(number) for number in (1, 999, 412_000, 999_499, 999_500, 1_940_000, 2_300_000_000)] == [
        "1 token", "999 tokens", "412k tokens", "999k tokens", "1.0 M tokens", "1.9 M tokens", "2.3 B tokens",
    ]  # fmt: skip


def test_numbers() -> None:
    assert [abbreviated(number) for number in (0, 12_400, 99_999, 100_000, 999_500, 999_949_999, 999_950_000)] == [
        "0", "12,400", "99,999", "100k", "1.0 M", "999.9 M", "1.0 B",
    ]  # fmt: skip
    assert [counted(1, "commit"), counted(0, "commit"), counted(20_341, "branch")] == [
        "1 commit", "0 commits", "20,341 branches",
    ]  # fmt: skip


def test_dollars() -> None:
    assert [dollars(amount) for amount in (None, 0, 0.004, 2.611, 1234.5)] == [
        "–",
        "$0.00",
        "<$0.01",
        "$2.61",
        "$1,234.50",
    ]


def test_hours() -> None:
    assert [hours(number) for number in (0, 0.0025, 0.03, 0.41, 41.2, 1240)] == [
        "0.0", "<0.01", "0.03", "0.4", "41.2", "1,240",
    ]  # fmt: skip


def test_ago() -> None:
    assert [ago(seconds) for seconds in (-5, 59, 300, 7300, 86400 * 2)] == [
        "just now", "just now", "5 min ago", "2 h ago", "2 days ago",
    ]  # fmt: skip
