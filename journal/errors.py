"""The one kind of failure that a person is meant to read."""


class JournalError(Exception):
    """A failure with a cause and a remedy, printed by the command line as one line.

    Args:
        problem: what is wrong, naming the thing ("/x is not a git repository").
        remedy: what to do next, as a sentence or a command.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy
