"""Boosted trees and searches: XGBoost, LightGBM, CatBoost, scikit-learn, Optuna.

Sources: xgboost `EvaluationMonitor`, lightgbm `log_evaluation`, CatBoost's console output, sklearn.neural_network,
joblib.Parallel, sklearn.ensemble, optuna.study.
"""

import re

from journal.derive.progress.form import Form

_TIME = r"(?:\d[\d.]*(?:d|h|ms|m|s|us) ?){1,3}"
_VALUE = r"[-+]?[\d.einfa+-]+"

FORMS = (
    Form(
        "catboost",
        "learn: ",
        re.compile(
            rf"^\s*(?P<step>\d+):\s+(?P<pairs>learn: \S+(?:\s+test: \S+)?(?:\s+best\w*: \S+)?)(?: \(\d+\))?"
            rf"(?:\s+total: {_TIME})?(?:\s+remaining: (?P<eta>{_TIME}))?"
        ),
        "200:\tlearn: 0.3511007\ttest: 0.4012211\tbest: 0.4012211 (200)\ttotal: 1m 2s\tremaining: 4m 8s",
    ),
    Form(
        "catboost",
        "bestTest = ",
        re.compile(r"^(?P<name>bestTest) = (?P<value>[-+\d.e]+)"),
        "bestTest = 0.9840563589",
        done=True,
    ),
    Form(
        "xgboost",
        "]\t",
        re.compile(rf"^\[(?P<step>\d+)\]\s+(?P<pairs>[\w-]+-[\w@.-]+:{_VALUE}(?:\s.*)?)$"),
        "[20]\ttrain-logloss:0.21102\teval-logloss:0.25501",
    ),
    Form(
        "lightgbm",
        "'s ",
        re.compile(rf"^\[(?P<step>\d+)\]\s+(?P<pairs>\w+'s [\w@.-]+: {_VALUE}(?:\s.*)?)$"),
        "[200]\ttraining's auc: 0.9112\tvalid_1's auc: 0.8811",
    ),
    Form(
        "lightgbm",
        "best iteration is",
        re.compile(r"(?:Early stopping|Did not meet early stopping).*best iteration is"),
        "Early stopping, best iteration is:",
        done=True,
    ),
    Form(
        "sklearn",
        "Iteration ",
        re.compile(r"^Iteration (?P<step>\d+), (?P<pairs>loss = \S+)$"),
        "Iteration 32, loss = 0.20991231",
    ),
    Form(
        "joblib",
        "[Parallel(",
        re.compile(
            r"\[Parallel\(n_jobs=-?\d+\)\]: Done +(?P<step>\d+) (?:out of +(?P<total_steps>\d+)|tasks) +"
            r"\| elapsed: +\S+(?: remaining: +(?P<eta>\S+))?"
        ),
        "[Parallel(n_jobs=8)]: Done 184 out of 500 | elapsed:   22.0s remaining:   37.8s",
        role="work",
    ),
    Form(
        "optuna",
        "Trial ",
        re.compile(rf"Trial (?P<step>\d+) finished with (?P<pairs>value: {_VALUE})"),
        "Trial 1 finished with value: 0.7991 and parameters: {'lr': 0.03}. Best is trial 0 with value: 0.8123.",
    ),
    Form("optuna", "Trial ", re.compile(r"Trial (?P<step>\d+) (?:pruned|failed)"), "Trial 7 pruned."),
    Form(
        "sklearn",
        "building tree ",
        re.compile(r"^building tree (?P<step>\d+) of (?P<total_steps>\d+)"),
        "building tree 12 of 500",
    ),
)
