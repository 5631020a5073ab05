package sweep

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Summary says how far a sweep is.
type Summary struct {
	Runs   int
	Count  map[Status]int
	Hosts  []HostSummary
	Failed []State // and diverged and refused runs, those of the list's order
	// CoreSeconds is the time that what is left is expected to take on one core, Upper
	// says that it is a bound since no run has been timed, and Left is the time until the
	// end with the workers that are running, 0 if there are none.
	CoreSeconds float64
	Upper       bool
	Left        time.Duration
	Damaged     int // lines of records
	// Descriptions of the failed runs, by key.
	Names map[string]string
}

// HostSummary counts the runs that a host had last.
type HostSummary struct {
	Host  string
	Count map[Status]int
}

// Summarize sums up the journal. The estimate may be nil.
func (f *Folder) Summarize(j *Journal, e *Estimate) Summary {
	s := Summary{Runs: len(f.Runs), Count: map[Status]int{}, Names: map[string]string{}, Damaged: j.Damaged}
	hosts := map[string]map[Status]int{}
	threads := 0
	for _, file := range j.files {
		if file.alive {
			threads += file.worker.Threads
		}
	}
	running := 0
	for _, r := range f.Runs {
		state := j.Of(r.Key)
		s.Count[state.Status]++
		if state.Worker != nil {
			if hosts[state.Worker.Host] == nil {
				hosts[state.Worker.Host] = map[Status]int{}
			}
			hosts[state.Worker.Host][state.Status]++
		}
		switch state.Status {
		case Failed, Diverged, Refused:
			s.Failed = append(s.Failed, state)
			s.Names[r.Key] = f.Describe(r)
		case Running:
			running++
		}
		if e != nil && !state.Status.Settled() {
			s.CoreSeconds += e.Seconds(r.Key)
		}
	}
	if e != nil {
		s.Upper = e.Timed == 0
	}
	if running > 0 && threads > 0 {
		s.Left = time.Duration(s.CoreSeconds / float64(threads) * float64(time.Second))
	}
	for _, host := range slices.SortedFunc(maps.Keys(hosts), cmp.Compare) {
		s.Hosts = append(s.Hosts, HostSummary{host, hosts[host]})
	}
	return s
}
