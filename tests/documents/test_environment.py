import json
import sqlite3
from pathlib import Path

import pytest

from journal.capture.machine.source import MachineSource
from journal.capture.machine.view import MachineView
from journal.documents.environment import environment_blocks
from journal.paths import clusters_dir, shipped
from tests.golden import assert_golden
from tests.machines import (
    LUMI_CONF,
    generic_login,
    lay_out,
    lumi_job,
    lumi_login,
    olivia_job,
    olivia_login,
    view,
)

FIXTURE = Path(__file__).parents[1] / "fixtures/repos/pointdiff"
NOW = 1_772_625_600.0


@pytest.fixture
def store() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for migration in sorted(shipped("schema").glob("0*.sql")):
        connection.executescript(migration.read_text(encoding="utf-8"))
    return connection


def _look(store: sqlite3.Connection, machine: MachineView, now: float = NOW) -> None:
    """Records one look at a machine, with a repo and a data directory where that cluster has them."""
    for batch in MachineSource("p", Path("/scratch/repo"), Path("/users/ada/.local"), now, machine).read({}):
        for event in batch.events:
            row = (event.id, event.kind, event.at, event.project, "w", event.source, event.data)
            store.execute(
                "INSERT INTO event (id, kind, at, project, writer, source, data) VALUES (?, ?, ?, ?, ?, ?, ?)", row
            )


def _text(store: sqlite3.Connection, host: str) -> str:
    return "\n\n".join(block.body for block in environment_blocks(store, "p", FIXTURE, host)) + "\n"


def test_a_lumi_like_cluster(store: sqlite3.Connection, tmp_path: Path) -> None:
    _look(store, lumi_login(tmp_path / "login"))
    _look(store, lumi_job(tmp_path / "job"), NOW + 60)
    assert_golden("ENV.lumi.md", _text(store, "uan03"))


def test_an_olivia_like_cluster(store: sqlite3.Connection, tmp_path: Path) -> None:
    _look(store, olivia_login(tmp_path / "login"))
    _look(store, olivia_job(tmp_path / "job"), NOW + 60)
    assert_golden("ENV.olivia.md", _text(store, "login-1"))


def test_any_login_node_gives_the_same_document(store: sqlite3.Connection, tmp_path: Path) -> None:
    machine = lumi_login(tmp_path / "login")
    _look(store, machine)
    before = _text(store, "uan03")
    _look(store, machine._replace(host="uan04"), NOW + 3600)
    assert _text(store, "uan03") == _text(store, "uan04") == before


def test_a_cluster_that_no_profile_knows(store: sqlite3.Connection, tmp_path: Path) -> None:
    _look(store, generic_login(tmp_path))
    assert_golden("ENV.generic.md", _text(store, "head"))


def test_a_cluster_seen_from_a_login_node_alone_tells_its_gpus_from_its_profile(
    store: sqlite3.Connection, tmp_path: Path
) -> None:
    _look(store, lumi_login(tmp_path))
    assert "standard-g, small-g, dev-g: 8 × MI250X GCD, 64 GiB each (ROCm)" in _text(store, "uan03")


def test_a_login_node_without_slurm_conf_tells_limits_and_processors_from_the_profile(
    store: sqlite3.Connection, tmp_path: Path
) -> None:
    machine = olivia_login(tmp_path)
    (tmp_path / "etc/slurm/slurm.conf").unlink()
    _look(store, machine._replace(environ={**machine.environ, "SLURM_CLUSTER_NAME": "olivia"}))
    text = _text(store, "login-1")
    assert "| Partitions | small 7 d, 1 node, no GPUs · large 7 d, 9 nodes" in text
    assert "/ x86_64 (small, large) · aarch64 (accel) · **not the same**" in text


def test_a_cluster_seen_from_a_job_alone_tells_the_login_nodes_processor_from_its_profile(
    store: sqlite3.Connection, tmp_path: Path
) -> None:
    _look(store, olivia_job(tmp_path))
    text = _text(store, "gpu-1-7")
    assert "| Login / compute | x86_64 / aarch64, 288 CPUs, 856 GiB · **not the same**" in text


def test_limits_measured_win_over_those_of_the_profile(store: sqlite3.Connection, tmp_path: Path) -> None:
    machine = lumi_login(tmp_path)
    lay_out(tmp_path, {"/etc/slurm/slurm.conf": LUMI_CONF.replace("2-00:00:00", "1-12:00:00")})
    _look(store, machine)
    text = _text(store, "uan03")
    assert "standard-g 1 d 12 h" in text
    assert "standard-g 2 d" not in text


def test_a_hostile_profile_cannot_break_the_table(store: sqlite3.Connection, tmp_path: Path) -> None:
    evil = json.dumps("|x|\n<!-- journal:end machine -->`")
    limits = f"name = {evil}\nmax_time = {evil}\nnote = {evil}\narchitecture = {evil}\n"
    clusters_dir().mkdir(parents=True)
    (clusters_dir() / "evil.toml").write_text(
        f"name = 'evil'\ntitle = {evil}\n[detect]\nclusters = ['depths']\n[login]\nsource = 'x'\nchecked = {evil}\n"
        f"never = [{evil}]\nagents = [{evil}]\n[[qos.rows]]\n{limits}[[partitions.rows]]\n{limits}"
        f"[[storage.places]]\nname = {evil}\npath = {evil}\nsize = {evil}\nnote = {evil}\n"
        f"[containers]\nimage = {evil}\nrun = {evil}\nsetup = [{evil}]\n[modules]\nadvice = {evil}\n"
        f"[packages]\nadvice = {evil}\ninstead = {evil}\n[job]\nrequired = [{evil}]\ntemplate = 'x'\n"
        f"[[gpus.kinds]]\npartitions = [{evil}]\nmodel = {evil}\nsoftware = {evil}\n",
        encoding="utf-8",
    )
    _look(store, generic_login(tmp_path))
    text = _text(store, "head")
    assert "<!--" not in text
    assert "journal:" not in text
    rows = [line for line in text.split("## What")[0].splitlines() if line.startswith("|")]
    assert len(rows) > 12
    assert all(line.replace("\\|", "").count("|") == 3 for line in rows)


def test_no_batch_system_no_profile(store: sqlite3.Connection, tmp_path: Path) -> None:
    _look(store, view(tmp_path, {"HOME": "/home/ada"}, {}, "desk", "x86_64"))
    text = _text(store, "desk")
    assert "login nodes" not in text
    assert "| Jobs |" not in text


def test_two_machines_that_share_a_store(store: sqlite3.Connection, tmp_path: Path) -> None:
    _look(store, view(tmp_path, {}, {}, "desk", "x86_64"))
    _look(store, view(tmp_path, {}, {}, "laptop", "aarch64"), NOW + 60)
    assert "This machine: desk" in _text(store, "desk")


def test_nothing_looked_at_yet(store: sqlite3.Connection) -> None:
    assert "Not looked at yet" in _text(store, "desk")


def test_a_hostile_machine_cannot_break_the_table(store: sqlite3.Connection, tmp_path: Path) -> None:
    lay_out(tmp_path, {"/etc/os-release": 'PRETTY_NAME="<!-- journal:end machine -->|x|\x1b[31m`"\n'})
    environ = {"HF_HOME": "/a|b`c\n<!-- journal:begin x -->", "MODULESHOME": "/m", "LOADEDMODULES": "a|b:`c`"}
    _look(store, view(tmp_path, environ, {}, "de|sk", "x86_64"))
    text = _text(store, "de|sk")
    assert "<!--" not in text
    assert "journal:" not in text
    rows = [line for line in text.split("## What")[0].splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 3 for line in rows)
