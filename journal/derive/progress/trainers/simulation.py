"""Molecular dynamics: GROMACS, LAMMPS, DeePMD.

Sources: gmx mdrun's terminal output; LAMMPS's manual, "Screen and logfile output".
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "deepmd",
        "training time",
        re.compile(r"batch +(?P<step>\d+):? (?:total wall time|training time)"),
        "batch    1200 training time 1.23 s, testing time 0.01 s",
    ),
    Form(
        "gromacs",
        "will finish",
        re.compile(r"^\s*step (?P<step>\d+), will finish "),
        "step 1000, will finish Thu Nov 12 20:01:00 2026",
    ),
    Form(
        "gromacs",
        "remaining wall clock time",
        re.compile(r"^\s*step (?P<step>\d+), remaining wall clock time: +(?P<eta>\d+ s)"),
        "step 10100, remaining wall clock time:  1190 s",
    ),
    Form(
        "gromacs",
        "Finished mdrun",
        re.compile(r"Finished mdrun on rank"),
        "Finished mdrun on rank 0 Thu Nov 12 20:01:02",
        done=True,
    ),
    Form("lammps", "Total wall time", re.compile(r"^Total wall time: \d"), "Total wall time: 0:01:12", done=True),
)
