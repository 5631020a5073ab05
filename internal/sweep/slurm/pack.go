package slurm

import (
	"cmp"
	"math"
	"slices"
)

// Item is a run with the seconds that it is expected to take.
type Item struct {
	Key     string
	Seconds float64
}

// Task is the runs of one task of a job array.
type Task struct {
	Keys    []string
	Seconds float64
}

// Pack distributes runs over tasks, the longest first: each goes to the task that has
// least to do so far (Graham 1969), so that none takes longer than 4/3 of what is
// possible. The number of tasks is n or, for n = 0, the one that gives tasks of about the
// given length. Within a task, and among tasks, what takes longest comes first.
func Pack(runs []Item, n int, length float64) []Task {
	if len(runs) == 0 {
		return nil
	}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b Item) int { return cmp.Compare(b.Seconds, a.Seconds) })
	if n <= 0 {
		var sum float64
		for _, r := range runs {
			sum += r.Seconds
		}
		n = int(math.Ceil(sum / length))
	}
	tasks := make([]Task, max(1, min(n, len(runs))))
	for i, r := range runs {
		least := i
		if i >= len(tasks) { // the first runs have a task each, whatever they take
			least = 0
			for k := range tasks {
				if tasks[k].Seconds < tasks[least].Seconds {
					least = k
				}
			}
		}
		tasks[least].Keys = append(tasks[least].Keys, r.Key)
		tasks[least].Seconds += r.Seconds
	}
	slices.SortStableFunc(tasks, func(a, b Task) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return tasks
}
