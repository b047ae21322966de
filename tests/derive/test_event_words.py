from journal.derive.event_words import name_of


def test_only_a_whole_sha_is_shortened() -> None:
    assert [name_of("0a" * 20), name_of("0a" * 32)] == ["0a0a0a0", "0a0a0a0"]
    for branch in ("main", "0a0a0a0", "x" * 40, "0A" * 20):
        assert name_of(branch) == branch
