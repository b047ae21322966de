"""How far a job is, by what it writes: step, epoch, metrics, throughput, and what follows for its time limit."""
