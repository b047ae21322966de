"""What tracebacks ended with: several processes, chains, loggers, excerpts."""

from journal.derive.failure.tracebacks import FRAME, HEADER, Raised, chains, raised_in
from journal.derive.log.lines import split_lines


def raised(text: str) -> list[Raised]:
    lines = list(split_lines(text.encode()))
    return raised_in(lines, [at for at, line in enumerate(lines) if HEADER in line.text or FRAME in line.text])


ONE = """\
Traceback (most recent call last):
  File "/proj/train.py", line 9, in <module>
    main(cfg)
  File "/proj/train.py", line 4, in main
    lr = cfg["optim"]["lr"]
         ~~~^^^^^^^^^
KeyError: 'optim'
epoch 1
"""


def test_an_exception_has_its_last_frame() -> None:
    [one] = raised(ONE)
    assert (one.at, one.text, one.file, one.code) == (
        6,
        "KeyError: 'optim'",
        "/proj/train.py",
        'lr = cfg["optim"]["lr"]',
    )
    assert (one.rank, one.chained, one.aside) == (None, False, False)
    assert one.said


def test_an_excerpt_that_begins_within_a_traceback() -> None:
    [one] = raised(ONE.partition("main(cfg)\n")[2])
    assert one.text == "KeyError: 'optim'"


def test_a_traceback_may_be_indented_or_logged_line_by_line() -> None:
    for before in ("    ", "ERROR 05-06 07:08:20 [core.py:396] ", "(worker pid=12, ip=10.0.0.1) "):
        text = "".join(f"{before}{line}\n" for line in ONE.splitlines()[:7])
        assert [one.text for one in raised(text)] == ["KeyError: 'optim'"], before


def test_ranks_that_write_at_once_are_kept_apart() -> None:
    text = """\
[rank0]: Traceback (most recent call last):
[rank1]: Traceback (most recent call last):
[rank0]:   File "a.py", line 1, in <module>
[rank1]:   File "b.py", line 2, in <module>
[rank1]:     y()
[rank0]:     x()
[rank0]: ValueError: zero
[rank1]: IndexError: one
"""
    assert [(one.rank, one.text, one.code) for one in raised(text)] == [
        (0, "ValueError: zero", "x()"),
        (1, "IndexError: one", "y()"),
    ]


def test_exceptions_that_came_of_one_another_are_a_chain() -> None:
    text = """\
Traceback (most recent call last):
  File "a.py", line 1, in f
    x()
OSError: [Errno 101] Network is unreachable

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in g
    f()
proj.errors.FetchError: no luck
Traceback (most recent call last):
  File "c.py", line 3, in <module>
    h()
ZeroDivisionError: division by zero
"""
    assert [[one.text.partition(":")[0] for one in chain] for chain in chains(raised(text))] == [
        ["OSError", "proj.errors.FetchError"],
        ["ZeroDivisionError"],
    ]


def test_a_workers_own_traceback_belongs_to_what_it_caused() -> None:
    text = """\
Traceback (most recent call last):
  File "train.py", line 1, in <module>
    for b in loader:
RuntimeError: Caught RuntimeError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File "worker.py", line 8, in _worker_loop
    data = fetch(index)
RuntimeError: stack expects each tensor to be equal size
"""
    [chain] = chains(raised(text))
    assert [one.chained for one in chain] == [False, True]


def test_what_python_ignores_is_aside() -> None:
    text = "Exception ignored in: <function f at 0x7f>\n" + ONE
    assert [one.aside for one in raised(text)] == [True]


def test_other_output_within_a_traceback_is_no_exception() -> None:
    text = """\
Traceback (most recent call last):
  File "a.py", line 1, in f
Using TensorFlow backend.
Loading data: 3 files
    x()
ValueError: bad
"""
    assert [one.text for one in raised(text)] == ["ValueError: bad"]


def test_an_exception_of_any_name_right_after_its_frames() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\nqueue.Empty\n'
    [one] = raised(text)
    assert one.text == "queue.Empty"
    assert not one.said
