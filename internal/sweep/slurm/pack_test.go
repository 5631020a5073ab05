package slurm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPack checks that every run is in one task, that tasks are of about the requested
// length and in order, and Graham's bound.
func TestPack(t *testing.T) {
	const seed = 3
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 2, 7, 500} {
		var runs []Item
		var sum, longest float64
		for i := range n {
			r := Item{fmt.Sprint(i), 1 + 600*rnd.Float64()}
			runs = append(runs, r)
			sum += r.Seconds
			longest = max(longest, r.Seconds)
		}
		for _, count := range []int{0, 1, 5, 1000} {
			tasks := Pack(runs, count, 1800)
			var keys []string
			for i, task := range tasks {
				keys = append(keys, task.Keys...)
				if i > 0 && task.Seconds > tasks[i-1].Seconds {
					t.Errorf("seed %d: task %d of %d s is longer than the one before", seed, i, int(task.Seconds))
				}
				if count == 0 && task.Seconds > 1800+longest {
					t.Errorf("seed %d: a task of %g s", seed, task.Seconds)
				}
			}
			if best := max(longest, sum/float64(len(tasks))); tasks[0].Seconds > 4.0/3*best {
				t.Errorf("seed %d: the longest of %d tasks takes %g s, more than 4/3 of %g", seed, len(tasks), tasks[0].Seconds, best)
			}
			if want := min(count, n); count > 0 && len(tasks) != want {
				t.Errorf("%d tasks, want %d", len(tasks), want)
			}
			slices.Sort(keys)
			if len(slices.Compact(keys)) != n {
				t.Errorf("%d runs in tasks, want %d", len(keys), n)
			}
		}
	}
	if tasks := Pack(nil, 0, 1800); tasks != nil {
		t.Errorf("tasks of nothing: %v", tasks)
	}
}
