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
    Form(
        "rsl-rl",
        "Mean ",
        re.compile(rf"^\s{{4,}}(?P<name>Mean \w[\w /]{{0,60}}): (?P<value>{_VALUE})\s*$"),
        "                    Mean episode length: 812.50",
    ),
    Form(
        "tune",
        " iter, ",
        re.compile(rf"RUNNING(?: \[[^\[\]]*\])?, .*\d iter, (?P<step>\d+) ts(?:, (?P<value>{_VALUE}) (?P<name>rew))?"),
        " - PPO_CartPole-v0_0:	RUNNING [pid=1204], 61 s, 12 iter, 48000 ts, 131 rew",
    ),
    # The table of OpenAI's baselines and of what has its logger: one name, one value.
    Form(
        None,
        "| ",
        re.compile(r"^\| (?:step|steps|total_steps|total_env_steps) +\| (?P<step>\d+) +\|$"),
        "| step           | 1200     |",
    ),
    Form(
        None,
        "| ",
        re.compile(rf"^\| (?P<name>[a-zA-Z]\w[\w./]{{0,60}}) +\| (?P<value>{_VALUE}) +\|$"),
        "| loss_q1        | 0.0213   |",
    ),
)
