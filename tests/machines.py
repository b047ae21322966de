"""Invented machines laid out as file trees: a login and a compute node of a LUMI-like and an Olivia-like cluster,
and the head of one that no profile knows."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from journal.capture.machine.view import MachineView

LUMI_CONF = """\
# invented
ClusterName=lumi
NodeName=DEFAULT State=UNKNOWN
NodeName=nid[005000-007977] CPUs=128 RealMemory=512000 Gres=gpu:mi250:8 \\
    Features=AMD_EPYC_7A53
PartitionName=DEFAULT State=UP
PartitionName=standard-g Nodes=nid[005000-007977] MaxTime=2-00:00:00 MaxNodes=1024
PartitionName=dev-g Nodes=nid[005000-005100] MaxTime=03:00:00 MaxNodes=32 Default=YES
"""
OLIVIA_CONF = """\
ClusterName=olivia
NodeName=gpu-1-[1-112] CPUs=288 RealMemory=860000 Gres=gpu:4
PartitionName=small Default=YES MaxTime=7-00:00:00
PartitionName=accel MaxTime=7-00:00:00 MaxNodes=8
"""
GENERIC_CONF = """\
ClusterName=depths
NodeName=c[1-8] CPUs=64 RealMemory=256000
NodeName=g[1-2] CPUs=32 RealMemory=512000 Gres=gpu:a100:4
PartitionName=cpu Nodes=c[1-8] Default=YES MaxTime=2-0
PartitionName=gpu Nodes=g[1-2] MaxTime=30 MaxNodes=2
"""


def lay_out(root: Path, files: Mapping[str, str], programs: Sequence[str] = ()) -> Path:
    """Writes a machine's files (absolute path → text) and executables below a directory; returns it."""
    for path, text in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for path in programs:
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("#!/bin/sh\n", encoding="utf-8")
        place.chmod(0o755)
    return root


def view(
    root: Path, environ: Mapping[str, str], answers: Mapping[str, str], host: str, architecture: str
) -> MachineView:
    """A machine whose commands give prepared answers (name → output)."""

    def run(commands: Mapping[str, Sequence[str]]) -> dict[str, str]:
        return {name: answers[name] for name in commands if name in answers}

    return MachineView(root, environ, run, host, "Linux", "5.14.21", architecture)


def _gcd() -> str:
    return "cpu_cores_count 0\nsimd_count 440\ngfx_target_version 90010\nvendor_id 4098\ndevice_id 29704\n"


def lumi_login(root: Path) -> MachineView:
    """A login node of the LUMI-like cluster: no GPUs, Lmod, Singularity, a repo on Lustre with a venv."""
    lay_out(
        root,
        {
            "/etc/os-release": 'NAME="SLES"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\n',
            "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD EPYC 7742 64-Core Processor\n",
            "/sys/devices/system/cpu/online": "0-255\n",
            "/proc/meminfo": "MemTotal:       1056457216 kB\n",
            "/etc/slurm/slurm.conf": LUMI_CONF,
            "/proc/self/mountinfo": (
                "20 1 0:1 / / rw - ext4 /dev/sda rw\n"
                "21 20 0:2 / /scratch rw - lustre 10.0.0.1@o2ib:/scr rw\n"
                "22 20 0:3 / /users rw - lustre 10.0.0.1@o2ib:/home rw\n"
            ),
            "/project/venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.5\n",
            "/project/venv/lib/python3.11/site-packages/torch-2.1.0.dist-info/METADATA": "Version: 2.1.0+rocm5.6\n",
        },
        ["/usr/bin/sinfo", "/usr/bin/sbatch", "/usr/bin/singularity", "/usr/bin/cotainr"],
    )
    environ = {
        "PATH": "/usr/bin:relative",
        "HOME": "/users/ada",
        "SCRATCH": "/scratch/project_1",
        "VIRTUAL_ENV": "/project/venv",
        "MODULESHOME": "/opt/lmod",
        "LMOD_VERSION": "8.3.1",
        "LOADEDMODULES": "LUMI/24.03:partition/L:cotainr",
        "HF_HOME": "/scratch/project_1/hf",
        "MIOPEN_USER_DB_PATH": "/local/ada-miopen",
        "HF_TOKEN": "hf_never_recorded",
    }
    answers = {"slurm": "slurm 24.11.5\n", "singularity": "singularity-ce version 4.1.3-1\n"}
    return view(root, environ, answers, "uan03", "x86_64")


def lumi_job(root: Path) -> MachineView:
    """A compute node of the LUMI-like cluster inside a job: eight GCDs that the kernel driver publishes."""
    topology = "/sys/class/kfd/kfd/topology/nodes"
    files = {f"{topology}/0/properties": "cpu_cores_count 64\nsimd_count 0\n"}
    for node in range(1, 9):
        files[f"{topology}/{node}/properties"] = _gcd()
        files[f"{topology}/{node}/mem_banks/0/properties"] = "heap_type 1\nsize_in_bytes 68702699520\n"
    lay_out(
        root,
        {
            **files,
            "/etc/os-release": 'PRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\n',
            "/sys/devices/system/cpu/online": "0-127\n",
            "/proc/meminfo": "MemTotal:       527428608 kB\n",
            "/opt/rocm/.info/version": "6.0.3-131\n",
            "/sys/module/amdgpu/version": "6.3.6\n",
            "/etc/slurm/slurm.conf": LUMI_CONF,
        },
    )
    environ = {
        "PATH": "/usr/bin",
        "SLURM_JOB_ID": "8123407",
        "SLURM_JOB_PARTITION": "standard-g",
        "SLURM_CLUSTER_NAME": "lumi",
    }
    return view(root, environ, {}, "nid005921", "x86_64")


def olivia_login(root: Path) -> MachineView:
    """A login node of the Olivia-like cluster: x86_64, Apptainer, home and projects on the same filesystem."""
    lay_out(
        root,
        {
            "/etc/os-release": 'PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n',
            "/proc/cpuinfo": "model name : AMD EPYC 9745 128-Core Processor\n",
            "/sys/devices/system/cpu/online": "0-127",
            "/proc/meminfo": "MemTotal: 790000000 kB\n",
            "/etc/slurm/slurm.conf": OLIVIA_CONF,
            "/proc/self/mountinfo": "1 0 0:1 / / rw - xfs /dev/sda rw\n2 1 0:2 / /cluster rw shared:1 - lustre x rw\n",
        },
        ["/usr/bin/sbatch", "/usr/bin/apptainer", "/usr/bin/uv", "/usr/bin/python3.9"],
    )
    (root / "usr/bin/python3").symlink_to("python3.9")
    environ = {"PATH": "/usr/bin", "HOME": "/cluster/home/ada", "LMOD_VERSION": "8.7", "LOADEDMODULES": "NRIS/Login"}
    return view(
        root, environ, {"slurm": "slurm 24.05.3", "apptainer": "apptainer version 1.4.1-1.el9"}, "login-1", "x86_64"
    )


def olivia_job(root: Path) -> MachineView:
    """A GH200 node of the Olivia-like cluster inside a job: aarch64, asked through nvidia-smi."""
    lay_out(
        root,
        {
            "/etc/os-release": 'PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n',
            "/proc/cpuinfo": "processor : 0\nCPU implementer : 0x41\n",
            "/sys/devices/system/cpu/online": "0-287",
            "/proc/meminfo": "MemTotal: 898000000 kB\n",
            "/etc/slurm/slurm.conf": OLIVIA_CONF,
            "/usr/local/cuda/version.json": '{"cuda" : {"name" : "CUDA SDK", "version" : "12.9.0"}}',
        },
        ["/usr/bin/nvidia-smi"],
    )
    environ = {"PATH": "/usr/bin", "SLURM_JOB_ID": "1", "SLURM_JOB_PARTITION": "accel", "SLURM_CLUSTER_NAME": "olivia"}
    answers = {"nvidia-smi": "NVIDIA GH200 120GB, 97871, 575.57.08\n" * 4}
    return view(root, environ, answers, "gpu-1-7", "aarch64")


def generic_login(root: Path) -> MachineView:
    """The head node of a small cluster that no profile knows: home on NFS, scratch on Lustre."""
    lay_out(
        root,
        {
            "/etc/os-release": 'PRETTY_NAME="Rocky Linux 9.4"\n',
            "/proc/cpuinfo": "model name : Intel(R) Xeon(R) Gold 6338\n",
            "/sys/devices/system/cpu/online": "0-31",
            "/proc/meminfo": "MemTotal: 260000000 kB\n",
            "/etc/slurm/slurm.conf": GENERIC_CONF,
            "/proc/self/mountinfo": (
                "1 0 0:1 / / rw - xfs /dev/sda rw\n2 1 0:2 / /home rw - nfs4 s:/home rw\n"
                "3 1 0:3 / /scratch rw - lustre 10.0.0.2@tcp:/scr rw\n"
            ),
        },
        ["/usr/bin/sbatch", "/usr/bin/sinfo", "/usr/bin/conda"],
    )
    environ = {"PATH": "/usr/bin", "HOME": "/home/ada", "SCRATCH": "/scratch/ada"}
    return view(root, environ, {"slurm": "slurm 23.02.7"}, "head", "x86_64")
