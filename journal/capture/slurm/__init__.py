"""The door to Slurm: what was submitted, what the queue and accounting tell of it."""
