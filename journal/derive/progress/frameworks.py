"""Who prints a line that the general rules read, by words that only they use. Nothing but a name hangs on it."""

_MARKS = (
    ("megatron-lm", "consumed samples:"),
    ("hf-trainer", "'learning_rate': "),
    ("hf-trainer", "'train_loss': "),
    ("torchtitan", "mfu: "),
    ("nanogpt", ", mfu "),
    ("modded-nanogpt", "step_avg:"),
    ("llm.c", "tok/s"),
    ("fairseq", "num_updates"),
    ("deepspeed", "SamplesPerSec"),
    ("nemo", "train_step_timing"),
    ("detectron2", "total_loss: "),
    ("mmengine", "data_time: "),
    ("timm", "Train: "),
    ("torchvision", "max mem: "),
    ("paddle", "batch_cost: "),
    ("paddle", "avg_batch_cost"),
    ("maxtext", "TFLOP/s/device"),
    ("litgpt", "iter time: "),
    ("hugectr", "iters): "),
)  # fmt: skip


def framework_of(text: str) -> str | None:
    """Who prints such a line; None where many do."""
    return next((framework for framework, mark in _MARKS if mark in text), None)
