"""The account that jobs are charged to, as far as this process can tell without asking Slurm.

Slurm uses a person's default account by itself; one is needed only where a site wants it spelled out, and such sites
make a Unix group of each project.
"""

import os
import re
from collections.abc import Iterable, Mapping

_VARIABLES = ("SBATCH_ACCOUNT", "SLURM_JOB_ACCOUNT", "SALLOC_ACCOUNT", "SLURM_ACCOUNT")


def account_of(
    pattern: str, project: str, environ: Mapping[str, str] = os.environ, groups: Iterable[str] | None = None
) -> str:
    """The account's name, "" where it is not plain.

    Args:
        pattern: what an account looks like at this site, a regular expression; "" where sites do not say.
        project: the project in whose storage the repo lies, or "".
        environ: the environment, of which the account's variables are read.
        groups: the person's Unix groups; those of this process if None.
    """
    chosen = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    if re.fullmatch(r"[\w.-]{1,100}", chosen):
        return chosen
    if not pattern:
        return ""
    if re.fullmatch(pattern, project):
        return project
    fitting = {group for group in (_group_names() if groups is None else groups) if re.fullmatch(pattern, group)}
    return fitting.pop() if len(fitting) == 1 else ""


def _group_names() -> list[str]:
    import grp

    names: list[str] = []
    for number in os.getgroups():
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:  # a group that this node's tables do not name
            continue
    return names
