"""Reinforcement learning: Stable-Baselines3's tables, whose names are indented by four spaces.

Source: stable_baselines3.common.logger `HumanOutputFormat`.
"""

import re

from journal.derive.progress.form import Form

_NAME = "sb3"
_VALUE = r"[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf)"

FORMS = (
    Form(
        _NAME,
        "total_timesteps",
        re.compile(r"^\| {1,8}(?:time/)?total_timesteps +\| +(?P<step>\d+) +\|$"),
        "|    total_timesteps      | 12288       |",
    ),
    Form(
        _NAME,
        "fps ",
        re.compile(r"^\| {1,8}(?:time/)?fps +\| +(?P<rate>\d+) +\|$"),
        "|    fps                  | 1699        |",
        unit="steps/s",
    ),
    Form(
        _NAME,
        "|    ",
        re.compile(r"^\| {4}(?:iterations|time_elapsed|n_updates|episodes) +\| +\S+ +\|$"),
        "|    iterations           | 6           |",
    ),
    Form(
        _NAME,
        "|    ",
        re.compile(rf"^\| {{4}}(?P<name>\w[\w./]{{0,40}}) +\| +(?P<value>{_VALUE}) +\|$"),
        "|    ep_rew_mean          | 88.4        |",
    ),
)
