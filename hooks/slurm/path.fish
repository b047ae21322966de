# Puts the journal's sbatch, srun and salloc before the real ones. A line in fish's start file reads it.
set -gx PATH @BIN@ (string match --invert -- @BIN@ $PATH)
