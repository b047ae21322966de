"""Molecular dynamics: GROMACS, LAMMPS.

Sources: gmx mdrun's terminal output; LAMMPS's manual, "Screen and logfile output".
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form("gromacs", "will finish", re.compile(r"^\s*step (?P<step>\d+), will finish ")),
    Form("gromacs", "remaining wall clock time", re.compile(r"^\s*step (?P<step>\d+), remaining wall clock time: +(?P<eta>\d+ s)")),
    Form("gromacs", "Finished mdrun", re.compile(r"Finished mdrun on rank"), done=True),
    Form("lammps", "Loop time of", re.compile(r"^Loop time of [\d.]+ on \d+ procs for \d+ steps"), phase="preparation"),
    Form("lammps", "Total wall time", re.compile(r"^Total wall time: \d"), done=True),
)
