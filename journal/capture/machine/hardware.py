"""Probes of the machine's hardware: operating system, processors, memory, GPUs.

Each probe is tolerant: what cannot be read is left out. GPUs are read from what their drivers publish under /proc
and /sys; nvidia-smi is asked only for what NVIDIA publishes nowhere else (memory).
"""

import re
from collections.abc import Mapping

from journal.capture.machine.view import MachineView
from journal.machine_facts import Gpu, OperatingSystem, Processors

GIB = 1024**3

# PCI device ids of AMD's data-centre GPUs (pci.ids, 2025-01). The driver publishes the number, not the name.
_AMD_MODELS = {
    0x738C: "MI100",
    0x7408: "MI250X",
    0x740C: "MI250X",
    0x740F: "MI210",
    0x74A0: "MI300A",
    0x74A1: "MI300X",
    0x74A5: "MI325X",
}
_TOPOLOGY = "/sys/class/kfd/kfd/topology/nodes"


def operating_system(view: MachineView) -> OperatingSystem:
    """Name and version of the distribution, and the kernel."""
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', view.text("/etc/os-release"), re.MULTILINE))
    name = release.get("PRETTY_NAME") or release.get("NAME") or view.system
    return {"name": name, "kernel": view.kernel}


def processors(view: MachineView) -> Processors:
    """How many logical processors the node has, and their model where the kernel names it."""
    # Reading the whole of cpuinfo costs a frequency query for each core: its first entry says enough.
    model = re.search(r"^model name\s*:\s*(.+)$", view.text("/proc/cpuinfo", 4096), re.MULTILINE)
    count = 0
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", view.text("/sys/devices/system/cpu/online")):
        count += int(last or first) - int(first) + 1
    return {"count": count or None, "model": " ".join(model[1].split()) if model else None}


def memory_gib(view: MachineView) -> int | None:
    """Main memory in whole GiB (finer would change from boot to boot)."""
    total = re.search(r"^MemTotal:\s*(\d+) kB", view.text("/proc/meminfo"), re.MULTILINE)
    return round(int(total[1]) * 1024 / GIB) if total else None


def gpu_commands(view: MachineView) -> dict[str, list[str]]:
    """The command that `gpus` wants answered: none where there is no NVIDIA tool."""
    tool = view.which("nvidia-smi")
    query = "--query-gpu=name,memory.total,driver_version"
    return {"nvidia-smi": [tool, query, "--format=csv,noheader,nounits"]} if tool else {}


def gpus(view: MachineView, answers: Mapping[str, str]) -> list[Gpu]:
    """The GPUs that this node shows, one entry for each model."""
    found = _nvidia_asked(answers.get("nvidia-smi", "")) or _nvidia_published(view)
    found += _amd_published(view)
    kinds: list[Gpu] = []
    for gpu in found:
        if gpu not in kinds:
            kinds.append(gpu)
    return [{**gpu, "count": found.count(gpu)} for gpu in kinds]


def gpu_software(view: MachineView, answers: Mapping[str, str]) -> dict[str, str]:
    """Versions of GPU drivers and toolkits: nvidia_driver, cuda, amd_driver, rocm."""
    environ = view.environ
    cuda_home = environ.get("CUDA_HOME") or environ.get("CUDA_PATH") or "/usr/local/cuda"
    rocm_home = environ.get("ROCM_PATH") or environ.get("ROCM_HOME") or "/opt/rocm"
    asked = re.search(r",\s*(\d[\d.]+)\s*$", answers.get("nvidia-smi", ""))
    published = re.search(r"(?:Kernel Module.*?)\s(\d{3,}\.[\d.]+)\s", view.text("/proc/driver/nvidia/version"))
    toolkit = re.search(r'"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"([\d.]+)"', view.text(f"{cuda_home}/version.json"))
    rocm = re.match(r"\d[\d.]*", view.text(f"{rocm_home}/.info/version"))
    amd = re.match(r"\d[\d.]*", view.text("/sys/module/amdgpu/version"))
    versions = {
        "nvidia_driver": asked[1] if asked else published[1] if published else None,
        "cuda": toolkit[1] if toolkit else None,
        "amd_driver": amd[0] if amd else None,
        "rocm": rocm[0] if rocm else None,
    }
    return {name: version for name, version in versions.items() if version}


def _nvidia_asked(output: str) -> list[Gpu]:
    found: list[Gpu] = []
    for line in output.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 3:
            # GPUs that share the node's memory (GH200 aside, GB10 and Jetson) answer "[N/A]".
            memory = round(int(fields[1]) / 1024) if fields[1].isdecimal() else None
            found.append({"vendor": "nvidia", "model": fields[0], "memory_gib": memory, "count": 1})
    return found


def _nvidia_published(view: MachineView) -> list[Gpu]:
    directory = "/proc/driver/nvidia/gpus"
    found: list[Gpu] = []
    for name in view.names(directory):
        model = re.search(r"^Model:\s*(.+)$", view.text(f"{directory}/{name}/information"), re.MULTILINE)
        found.append({"vendor": "nvidia", "model": model[1].strip() if model else None, "memory_gib": None, "count": 1})
    return found


def _amd_published(view: MachineView) -> list[Gpu]:
    found: list[Gpu] = []
    for node in sorted(view.names(_TOPOLOGY), key=lambda name: (len(name), name)):
        properties = _numbers(view.text(f"{_TOPOLOGY}/{node}/properties"))
        if not properties.get("simd_count"):  # a processor, not a GPU
            continue
        memory = 0
        for bank in view.names(f"{_TOPOLOGY}/{node}/mem_banks"):
            memory += _numbers(view.text(f"{_TOPOLOGY}/{node}/mem_banks/{bank}/properties")).get("size_in_bytes", 0)
        target = properties.get("gfx_target_version", 0)  # 90010: major 9, minor 0, stepping 10
        gfx = f"gfx{target // 10000}{target // 100 % 100:x}{target % 100:x}" if target else None
        model = _AMD_MODELS.get(properties.get("device_id", 0)) or gfx
        gib = round(memory / GIB) or None
        found.append({"vendor": "amd", "model": model, "memory_gib": gib, "count": 1, "target": gfx})
    return found


def _numbers(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"^(\w+) (\d+)$", text, re.MULTILINE)}
