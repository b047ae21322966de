"""Simulation: GROMACS, LAMMPS, NAMD, DeePMD, DeepXDE.

Sources: gmx mdrun's terminal output; LAMMPS's manual, "Screen and logfile output".
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "deepmd",
        " time",
        re.compile(r"batch +(?P<step>\d+):? (?:total wall|training) time\b(?:.*, eta = (?P<eta>[\d:]+))?"),
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
    Form(
        "deepmd",
        ": trn: ",
        re.compile(r"batch +(?P<step>\d+): trn: (?P<pairs>.*)$"),
        "batch    1200: trn: rmse = 1.21e+01, rmse_e = 1.1e-01, lr = 1.0e-03",
    ),
    Form(
        "namd",
        "TIMING: ",
        re.compile(r"^TIMING: (?P<step>\d+)  CPU: .* (?P<rate>[\d.e-]+)/step, (?P<eta>[\d.e-]+ hours) remaining"),
        "TIMING: 1500  CPU: 15.1, 0.01/step  Wall: 15.2, 0.0101/step, 3.4 hours remaining, 412.0 MB of memory in use.",
        unit="s/step",
    ),
    Form(
        "deepxde",
        "]  ",
        re.compile(r"^(?P<step>\d{1,9}) +\[[-+.\deE]+[^\]]*\] +\[[^\]]*\] +\["),
        "2000      [3.10e-02, 4.10e-03]    [3.30e-02, 4.20e-03]    [1.10e-01]",
    ),
)
