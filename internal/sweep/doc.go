// Package sweep runs the experiments of a [pnc.Grid] in one process or in many, on one
// machine or on several that share a folder, and collects what was measured.
//
// The data flow one way:
//
//	spec ──► folder ──► worker ──► records ──► status, table
//
// A spec is the file of a grid (YAML or JSON). Its folder holds the list of its
// experiments with their keys, one per line. A worker takes those that nobody has done
// or claimed, and appends what becomes of each to a file of its own in the folder, with
// the measurements. Status, estimates and tables read these records alone: neither the
// cache of runs nor the program that made them is needed any more.
//
// A worker knows no batch system. Package slurm, and manifests for others, start
// workers with a share of the list.
package sweep
