"""Evaluation, serving and benchmarks: lm-evaluation-harness, vLLM, MLPerf, HugeCTR.

Sources: lm_eval `make_table`, mlcommons logging, HugeCTR `Session`.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form("lm-eval", "Running ", re.compile(r"Running (?:loglikelihood|loglikelihood_rolling|generate_until) requests"), phase="evaluation"),
    Form("lm-eval", "Version", re.compile(r"^\|\s*(?:Tasks?|Groups)\s*\|\s*Version\s*\|"), done=True),
    Form("mlperf", ":::MLL", re.compile(r'"key": "run_stop".*"status": "success"'), done=True),
    Form("mlperf", ":::MLL", re.compile(r'"key": "(?P<name>eval_accuracy)", "value": (?P<value>[-+\d.e]+)')),
    Form("mlperf", ":::MLL", re.compile(r'"key": "epoch_start", .*"epoch_num": (?P<epoch>\d{1,5})\D')),
    Form("mlperf", ":::MLL", re.compile(r":::MLL")),
    Form(
        "hugectr",
        "Hit target accuracy",
        re.compile(
            r"Hit target accuracy (?P<name>\w+) (?P<value>[\d.]+) at (?P<step>\d+)/(?P<total_steps>\d+) iterations .*"
            r"Average speed (?P<rate>[\d.]+) (?P<unit>records/s)"
        ),
        done=True,
    ),
    Form("hugectr", "Finish ", re.compile(r"Finish (?P<step>(?P<total_steps>\d+)) iterations with"), done=True),
)
