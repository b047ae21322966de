"""What loads files: GNU Wget's first and last words. Its bar is read as all bars are."""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "wget",
        " saved [",
        re.compile(
            r"\((?P<rate>[\d.,]+) (?P<unit>[KMG]?B/s)\) - .{1,400} saved \[(?P<step>\d+)/(?P<total_steps>\d+)\]"
        ),
        "2026-10-26 03:43:38 (12.9 MB/s) - 'data.tar.gz' saved [49690915/49690915]",
        role="preparation",
        eta_s=0,
        done=True,
    ),
    Form(
        "wget",
        "Length: ",
        re.compile(r"^Length: (?P<announced>\d+) \("),
        "Length: 1048576000 (1000M) [application/x-tar]",
        phase="preparation",
    ),
)
