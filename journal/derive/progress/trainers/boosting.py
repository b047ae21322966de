"""Boosted trees and searches: XGBoost, LightGBM, CatBoost, scikit-learn, Optuna.

Sources: xgboost `EvaluationMonitor`, lightgbm `log_evaluation`, catboost's console output, sklearn.neural_network,
joblib.Parallel, optuna.study.
"""

import re

from journal.derive.progress.form import Form

_TIME = r"(?:\d[\d.]*(?:d|h|ms|m|s|us) ?){1,3}"

FORMS = (
    Form(
        "catboost",
        "learn: ",
        re.compile(
            rf"^(?P<step>\d+):\s+(?P<pairs>learn: \S+(?:\s+test: \S+)?)(?:\s+best\w*: \S+ \(\d+\))?(?:\s+total: {_TIME})?"
            rf"(?:\s+remaining: (?P<eta>{_TIME}))?"
        ),
    ),
    Form("catboost", "bestTest = ", re.compile(r"^bestTest = (?P<value>[-+\d.e]+)(?P<name>)"), done=True),
    Form("xgboost", "-", re.compile(r"^\[(?P<step>\d+)\]\s+(?P<pairs>[\w-]+-[\w@.-]+:[-+\d.einfa]+(?:\s.*)?)$")),
    Form(
        "lightgbm",
        "'s ",
        re.compile(r"^\[(?P<step>\d+)\]\s+(?P<pairs>\w+'s [\w@.-]+: [-+\d.einfa]+(?:\s.*)?)$"),
    ),
    Form("lightgbm", "best iteration is", re.compile(r"(?:Early stopping|Did not meet early stopping).*best iteration is"), done=True),
    Form("sklearn", "Iteration ", re.compile(r"^Iteration (?P<step>\d+), (?P<pairs>loss = \S+)$")),
    Form(
        "joblib",
        "[Parallel(",
        re.compile(
            r"\[Parallel\(n_jobs=-?\d+\)\]: Done +(?P<step>\d+) (?:out of +(?P<total_steps>\d+)|tasks) +\| elapsed: +\S+"
            r"(?: remaining: +(?P<eta>\S+))?"
        ),
        role="work",
    ),
    Form("optuna", "Trial ", re.compile(r"Trial (?P<step>\d+) finished with (?P<pairs>value: [-+\d.einfa]+)")),
    Form("optuna", "Trial ", re.compile(r"Trial (?P<step>\d+) (?:pruned|failed)")),
)
