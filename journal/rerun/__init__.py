"""Running a job again: the code that it was submitted with, written out where compute nodes see it, and sbatch."""
