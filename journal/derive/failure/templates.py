"""Lines by what they look like but for their digits: thousands of progress lines are a few templates."""

from collections.abc import Sequence

from journal.derive.log.lines import LogLine

_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)


def blanked(text: str) -> str:
    """A text with each ASCII digit as 0."""
    return text.encode("utf-8", "surrogatepass").translate(_ZEROS).decode("utf-8", "surrogatepass")


class Templates:
    """The templates of a log.

    Args:
        lines: a log.

    Attributes:
        texts: each template once, in the order of its first line.
        of_line: index of a line → index of its template.
    """

    def __init__(self, lines: Sequence[LogLine]) -> None:
        numbers: dict[str, int] = {}
        every = blanked("\n".join(line.text for line in lines)).split("\n") if lines else []
        self.of_line = [numbers.setdefault(text, len(numbers)) for text in every]
        self.texts = list(numbers)

    def lines_of(self, wanted: Sequence[int], most: int) -> list[int]:
        """The lines of these templates, ascending; of a template with many its first and last ones.

        Args:
            wanted: indices of templates.
            most: how many lines of a template at each end.
        """
        by_template: dict[int, list[int]] = {template: [] for template in wanted}
        for index, template in enumerate(self.of_line):
            if template in by_template:
                by_template[template].append(index)
        return sorted(
            index
            for indices in by_template.values()
            for index in (indices if len(indices) <= 2 * most else indices[:most] + indices[-most:])
        )
