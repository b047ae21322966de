"""The events that more than one witness tells of: branches, rewrites, links. One way to make each, so that hook, reflog
and patch-id tell the same event."""

from journal.events import Event, make_event
from journal.facts import BranchFact, LinkFact, RewriteFact

SOURCE = "git"


def branch_event(
    action: str,
    name: str,
    sha: str,
    at: str,
    writer: str,
    project: str,
    *,
    start: str | None = None,
    old_name: str | None = None,
) -> Event:
    """A branch came, went or changed its name ("created", "deleted", "renamed")."""
    fact: BranchFact = {"action": action, "name": name, "sha": sha}  # type: ignore[typeddict-item]  # one of three
    if start is not None:
        fact["start"] = start
    if old_name is not None:
        fact["old_name"] = old_name
    return make_event("branch", at, project, SOURCE, (writer, name, action, sha, at), fact)


def rewrite_event(old: str, new: str, how: str, at: str, project: str) -> Event:
    """One commit took another's place ("amend", "rebase", "squash"); the same event whoever tells of it."""
    fact: RewriteFact = {"old": old, "new": new, "how": how}  # type: ignore[typeddict-item]  # one of three
    return make_event("rewrite", at, project, SOURCE, (old, new), fact)


def link_event(fact: LinkFact, at: str, project: str) -> Event:
    """Two things belong together. Hook and reflog each give their own proof, hence an event each."""
    return make_event("link", at, project, SOURCE, (fact["subject"], fact["how"], fact["object"], fact["proof"]), fact)


def made_on(sha: str, branch: str, proof: str, at: str, project: str) -> Event:
    """A commit was made on a branch; `proof` is "reflog" or "hook"."""
    fact: LinkFact = {
        "subject": f"commit:{sha}",
        "how": "made on",
        "object": f"branch:{branch}",
        "proof": proof,  # type: ignore[typeddict-item]  # one of LinkFact's
    }
    return link_event(fact, at, project)
