"""The names of this machine, as the environment and the system tell them."""

import os
import pwd
import socket

from journal.capture.local_names import MachineNames, machine_names
from journal.derive.redaction.local_identity import LocalNames


def test_names_are_collected_once_each() -> None:
    names = machine_names(
        {
            "USER": "adal", "LOGNAME": "adal", "HOME": "/users/adal", "SLURM_JOB_ACCOUNT": "project_465000123",
            "SCRATCH": "/lustre/big/adal", "SLURM_SUBMIT_HOST": "uan03", "OPENAI_API_KEY": "never read",
        },
        emails=["ada@example.org", "ada@example.org", ""],
        people=["Ada Lovelace"],
    )  # fmt: skip
    assert pwd.getpwuid(os.getuid()).pw_name in names.users
    assert names.users.count("adal") == 1
    assert "/users/adal" in names.home_paths
    assert socket.gethostname() in names.hosts
    assert "uan03" in names.hosts
    assert names.emails == ("ada@example.org",)
    assert names.accounts == ("project_465000123",)
    assert names.path_prefixes == ("/lustre/big",)
    assert names.people == ("Ada Lovelace",)
    assert "never read" not in repr(names)


def test_an_empty_environment_is_no_error() -> None:
    assert machine_names({}).accounts == ()


def test_the_door_and_the_rules_speak_of_the_same_names() -> None:
    assert MachineNames._fields == LocalNames._fields
