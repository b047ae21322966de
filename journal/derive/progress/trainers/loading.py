"""What loads files: GNU Wget's last word. Bars are read as all bars are."""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "wget",
        " saved [",
        re.compile(r"\((?P<rate>[\d.,]+) (?P<unit>[KMG]?B/s)\) - .{1,400} saved \[(?P<step>\d+)/(?P<total_steps>\d+)\]"),
        role="preparation",
        eta_s=0,
        done=True,
    ),
    Form("wget", "Length: ", re.compile(r"^Length: (?P<announced>\d+) \(|^Length: (?:\d+|unspecified)"), phase="preparation"),
)
