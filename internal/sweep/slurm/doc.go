// Package slurm submits sweeps to the batch system Slurm, as job arrays through its
// commands sbatch and squeue. What runs on the nodes is "pnclab sweep run" with a line of
// a list of tasks, which knows nothing of Slurm.
package slurm
