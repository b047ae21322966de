"""Only what changed is written."""

from rich.text import Text

from journal.live.painter import Painter


class Screen:
    """Gathers what a painter writes."""

    def __init__(self, *, colours: bool = True, unicode: bool = True) -> None:
        self.written: list[str] = []
        self.painter = Painter(self.written.append, colours=colours, unicode=unicode)

    def paint(self, *lines: Text | str, width: int = 20) -> str:
        """What it takes to show these lines."""
        self.written.clear()
        self.painter.paint([line if isinstance(line, Text) else Text(line) for line in lines], width)
        return "".join(self.written)


def test_the_first_time_all_is_drawn_then_what_changed() -> None:
    screen = Screen()
    assert screen.paint("one", "two", "three") == ("\x1b[2J\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[3;1Hthree\x1b[K")
    assert screen.paint("one", "2", "three") == "\x1b[2;1H2\x1b[K"
    assert screen.paint("one", "2", "three") == ""


def test_another_colour_is_a_change() -> None:
    screen = Screen()
    screen.paint("one")
    assert screen.paint(Text("one", "red")) == "\x1b[1;1H\x1b[31mone\x1b[0m\x1b[K"


def test_another_size_means_all() -> None:
    screen = Screen()
    screen.paint("one", "two")
    assert screen.paint("one", "two", width=10).startswith("\x1b[2J")
    assert screen.paint("one", width=10).startswith("\x1b[2J")
    screen.painter.forget()
    assert screen.paint("one", width=10).startswith("\x1b[2J")


def test_a_full_line_is_not_erased_at_its_end() -> None:
    assert Screen().paint("12345", width=5) == "\x1b[2J\x1b[1;1H12345"  # the cursor stands on the last cell


def test_without_colours_and_without_unicode() -> None:
    line = Text().append("▸ ", "cyan").append("é後", "bold").append("…", "dim")
    assert Screen(colours=False).paint(line) == "\x1b[2J\x1b[1;1H▸ \x1b[1mé後\x1b[0m\x1b[2m…\x1b[0m\x1b[K"
    assert Screen(unicode=False).paint(line) == (
        "\x1b[2J\x1b[1;1H\x1b[36m> \x1b[0m\x1b[1me??\x1b[0m\x1b[2m~\x1b[0m\x1b[K"
    )


def test_what_looks_like_markup_is_none() -> None:
    assert Screen().paint("[bold]a[/] :smile: 3.14", width=40) == "\x1b[2J\x1b[1;1H[bold]a[/] :smile: 3.14\x1b[K"
