"""The same failure meets whoever tells it; another one does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.failure.fingerprint import fingerprint


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        (
            "gpu_oom",
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 128.00 MiB. GPU 0 has 23.69 GiB",
            "[rank3]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 3 has 79.10 GiB",
        ),
        (
            "data_shape",
            "RuntimeError: mat1 and mat2 shapes cannot be multiplied (8x15376 and 3600x10)",
            "0: RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x512 and 256x7)",
        ),
        (
            "data_shape",
            "size mismatch for head.weight: torch.Size([1000, 768]) from checkpoint, torch.Size([21, 768]) here",
            "size mismatch for head.weight: torch.Size([10]) from checkpoint, torch.Size([3, 3, 7, 7]) here",
        ),
        (
            "data_missing",
            "FileNotFoundError: [Errno 2] No such file or directory: '/data/c4/train/shard_00001.bin'",
            "FileNotFoundError: [Errno 2] No such file or directory: '/scratch/project_1/ada/c4/shard_00017.bin'",
        ),
        (
            "import_symbol",
            "ImportError: /home/ada/env/lib/ext/rope_cuda.so: undefined symbol: _ZN3c105ErrorC2",
            "ImportError: /users/bob/conda/envs/x/ext/rope_cuda.so: undefined symbol: _ZN3c105ErrorC2",
        ),
        (
            "disk_quota",
            "OSError: [Errno 122] Disk quota exceeded: '/home/ada/.cache/hub/a1b2c3d4e5'",
            "OSError: [Errno 122] Disk quota exceeded: '/users/bob/ckpt/step_900.pt'",
        ),
        (
            "time_limit",
            "slurmstepd: error: *** JOB 8122871 ON nid005921 CANCELLED AT 2026-11-12T10:05:00 DUE TO TIME LIMIT ***",
            "slurmstepd-gpu02: error: *** JOB 15 ON gpu02 CANCELLED AT 2026-11-23T16:51:55 DUE TO TIME LIMIT ***",
        ),
        (
            "segfault",
            "srun: error: nid006549: task 0: Segmentation fault (core dumped)",
            "srun: error: gpu-a-17: tasks 4-7: Segmentation fault (core dumped)",
        ),
        (
            "nccl_comm",
            "nid006365:179857:179897 [1] net.cc:626 NCCL WARN Error: network AWS Libfabric not found.",
            "n12:77:99 [3] net.cc:626 NCCL WARN Error: network AWS Libfabric not found.",
        ),
        (
            "nccl_comm",
            "DistNetworkError: The client socket has timed out after 6000ms while connecting to (127.0.0.1, 29631).",
            "DistNetworkError: The client socket has timed out after 600000ms while connecting to (10.1.2.3, 29500).",
        ),
        (
            "hub_network",
            "OSError: We couldn't connect to 'https://huggingface.co' to load the files",
            "OSError: We couldn't connect to 'https://hf-mirror.example.org/x' to load the files",
        ),
        (
            "rocm_hip",
            "Memory access fault by GPU node-4 (Agent handle: 0x7f2c00) on address 0x7f3d2000. Reason: Unknown.",
            "Memory access fault by GPU node-9 (Agent handle: 0x55aa10) on address 0x14aa. Reason: Unknown.",
        ),
    ],
)
def test_the_same_failure_meets(label: str, one: str, other: str) -> None:
    assert fingerprint(label, one) == fingerprint(label, other)


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        (
            "missing_module",
            "ModuleNotFoundError: No module named 'einops'",
            "ModuleNotFoundError: No module named 'apex'",
        ),
        (
            "data_missing",
            "FileNotFoundError: [Errno 2] No such file or directory: '/data/c4/train.bin'",
            "FileNotFoundError: [Errno 2] No such file or directory: '/data/c4/valid.bin'",
        ),
        (
            "import_symbol",
            "ImportError: libcudart.so.11.0: cannot open shared object file: No such file or directory",
            "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory",
        ),
        ("config_error", "KeyError: 'optim'", "KeyError: 'data'"),
        (
            "version_conflict",
            "AttributeError: module 'numpy' has no attribute 'float'.",
            "AttributeError: module 'numpy' has no attribute 'bool'.",
        ),
        ("data_shape", "size mismatch for head.weight: copying", "size mismatch for stem.weight: copying"),
        ("host_oom", "Killed", "MemoryError"),
    ],
)
def test_different_failures_do_not(label: str, one: str, other: str) -> None:
    assert fingerprint(label, one) != fingerprint(label, other)


def test_labels_keep_apart() -> None:
    assert fingerprint("segfault", "Killed") != fingerprint("host_oom", "Killed")


def test_it_is_readable() -> None:
    told = fingerprint("permission", "[rank0]: PermissionError: [Errno 13] Permission denied: '/proj/a/b.txt'")
    assert told == "permission: PermissionError: [Errno <n>] Permission denied: '<path>'"


PIECES = st.sampled_from(
    ["RuntimeError: ", "/home/ada/x.py", "../a/b", "nid001234", "[rank3]: ", "0: ", "12", "3.5 GiB", "0x7f3d",
     "a1b2c3d4e5", "2026-11-12T10:05:00", "10:05:00", "(8x15 and 3x1)", "[1, 2, 3]", "torch.Size([3, 4])",
     "https://a.b/c", "10.1.2.3:29500", "<n>", "<path>", "<shape>", "<", ">", "'", '"', " ", ", ", ".", ":", "/", "-",
     "libx.so.11", "ON gpu02 ", "task 3: ", "error: n1: tasks 0-3: ", "gpu_oom: ", "é", "Error"]
)  # fmt: skip


@given(
    st.sampled_from(["gpu_oom", "data_missing", "import_symbol"]), st.lists(PIECES | st.text(max_size=6), max_size=14)
)
def test_giving_it_again_changes_nothing(label: str, pieces: list[str]) -> None:
    once = fingerprint(label, "".join(pieces))
    assert fingerprint(label, once) == once
    assert "\n" not in once


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_no_number_of_its_own_is_left(one: int, other: int) -> None:
    said = "RuntimeError: worker {0} of job {0} failed after {0} steps ({0}, {0})"
    assert fingerprint("other_exception", said.format(one)) == fingerprint("other_exception", said.format(other))
