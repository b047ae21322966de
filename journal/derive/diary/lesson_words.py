"""What the diary says of gotchas: in the line of a job that failed so, of one that got past it, and in the head."""

from journal.derive.diary.story import Line, SaidOfGotcha
from journal.derive.event_words import GOTCHA_ACTIONS, label_words
from journal.derive.gotcha.lesson import Lesson, Met
from journal.derive.gotcha.section import harmless, harmless_code, remedy_words

_ERROR = 100
_TITLE = 120


def failure_words(lesson: Lesson) -> str:
    """The decisive line, `the same as 8122871 (**G7**): …` where that is known; "" where nothing failed."""
    if not lesson.met:
        return ""
    met = lesson.met[0]
    if met.before is not None:
        return f"the same as {harmless(met.before, 24) or 'before'} (**{met.gotcha.name}**): {error_words(met)}"
    return f"{error_words(met)} (**{met.gotcha.name}**)" if met.is_known else error_words(met)


def error_words(met: Met) -> str:
    """The decisive line as a code span; where it speaks to its reader, the failure's label."""
    said = harmless_code(met.log.get("signature") or met.gotcha.error, _ERROR)
    return said or label_words(str(met.log.get("label", "failed")))


def overcame_words(lesson: Lesson) -> str:
    """`fixed by `pip install einops` → new gotcha **G7**` of a job that got past a failure; "" of any other."""
    return " · ".join(_overcame(lesson, number) for number in range(len(lesson.overcame)))


def _overcame(lesson: Lesson, number: int) -> str:
    past = lesson.overcame[number]
    failed = harmless(past.failed, 24)
    told = remedy_words(past.remedy)
    if past.remedy.likely and told:
        words = told[0].lower() + told[1:]
    else:
        how = f": {told[0].lower()}{told[1:]}" if told and not past.remedy.unchanged else ""
        words = f"got past what failed {failed}{how or ' with the same code' * past.remedy.unchanged}"
    new = "new gotcha " if past.is_first and past.gotcha.status in ("learned", "confirmed") else ""
    return f"{words} → {new}**{past.gotcha.name}**"


def known_words(met: Met) -> str:
    """` → gotcha G7 says what fixed it`; "" where nothing is known to help."""
    if met.gotcha.status == "transient":
        return f" → gotcha {met.gotcha.name}: it went by itself before"
    return f" → gotcha {met.gotcha.name} says what fixed it" if met.is_solved else ""


def said_line(said: SaidOfGotcha) -> Line:
    """`gotcha **G7** confirmed: …`."""
    title = harmless(said.title, _TITLE) if said.title else ""
    by = " by the agent" if said.by == "agent" else ""
    text = f"gotcha **{said.name}** {GOTCHA_ACTIONS.get(said.action, 'edited')}{by}" + (f": {title}" if title else "")
    return Line(said.at, said.event, text)
