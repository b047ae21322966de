"""Evaluation and benchmarks: lm-evaluation-harness, MLPerf, HugeCTR.

Sources: lm_eval `evaluator` and `make_table`, mlcommons' logging, HugeCTR `Session`.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "lm-eval",
        "Running ",
        re.compile(r"Running (?:loglikelihood|loglikelihood_rolling|generate_until) requests"),
        "Running loglikelihood requests",
        phase="evaluation",
    ),
    Form(
        "lm-eval",
        "Version",
        re.compile(r"^\|\s*(?:Tasks?|Groups)\s*\|\s*Version\s*\|"),
        "|  Tasks  |Version|Filter|n-shot| Metric |   |Value |   |Stderr|",
        done=True,
    ),
    Form(
        "mlperf",
        ":::MLL",
        re.compile(r'"key": "run_stop".*"status": "success"'),
        ':::MLLOG {"event_type": "INTERVAL_END", "key": "run_stop", "value": null, "metadata": {"status": "success"}}',
        done=True,
    ),
    Form(
        "mlperf",
        ":::MLL",
        re.compile(r'"key": "(?P<name>eval_accuracy)", "value": (?P<value>[-+\d.e]+)'),
        ':::MLLOG {"key": "eval_accuracy", "value": 0.7591, "metadata": {"epoch_num": 37}}',
    ),
    Form(
        "mlperf",
        ":::MLL",
        re.compile(r'"key": "epoch_start", .*"epoch_num": (?P<epoch>\d{1,5})\D'),
        ':::MLLOG {"event_type": "INTERVAL_START", "key": "epoch_start", "value": null, "metadata": {"epoch_num": 4}}',
    ),
    Form(
        "mlperf",
        ":::MLL",
        re.compile(r":::MLL"),
        ':::MLLOG {"key": "global_batch_size", "value": 3072, "metadata": {}}',
    ),
    Form(
        "hugectr",
        "Hit target accuracy",
        re.compile(
            r"Hit target accuracy (?P<name>\w+) (?P<value>[\d.]+) at (?P<step>\d+)/(?P<total_steps>\d+) iterations .*"
            r"Average speed (?P<rate>[\d.]+) (?P<unit>records/s)"
        ),
        "Hit target accuracy AUC 0.8 at 610/7586 iterations with batchsize 512 in 9 s. Average speed 2055 records/s.",
        done=True,
    ),
    Form(
        "hugectr",
        "Finish ",
        re.compile(r"Finish (?P<step>(?P<total_steps>\d+)) iterations with"),
        "Finish 75868 iterations with batchsize: 55296 in 203.11s.",
        done=True,
    ),
)
