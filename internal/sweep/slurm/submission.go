package slurm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/oneline"
	"pnclab/internal/sweep"
	"pnclab/pnc"
)

// Options say how a sweep is submitted.
type Options struct {
	Threads     int           // per task; 0 means 1
	MaxParallel int           // tasks that run at the same time; 0 means no limit
	Tasks       int           // number of tasks; 0 means as many as Length requires
	Length      time.Duration // of a task; 0 means half an hour
	Time        string        // limit of a task, as sbatch has it; "" follows from the estimate
	RetryFailed bool          // submit what failed or diverged as well
	Args        []string      // for sbatch
}

// Submission is a number of tasks that are submitted together.
type Submission struct {
	Folder  string // absolute path of the sweep's
	Program string // absolute path of the program on all nodes
	Path    string // folder of the submission
	Options Options
	Tasks   []Task
	Waiting int // runs that were left out since they wait in the queue
	Upper   bool
}

// maxArray is the number of tasks of an array, which Slurm limits to 1000 by default;
// more are submitted as several arrays.
const maxArray = 1000

// New returns the submission of what is left to do in a folder: what is not settled, not
// running, and not in a task that waits or runs in Slurm.
func New(ctx context.Context, f *sweep.Folder, j *sweep.Journal, e *sweep.Estimate, o Options) (*Submission, error) {
	folder, err := filepath.Abs(f.Path)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(folder, "\n\"\\") {
		return nil, fmt.Errorf("%s: a path with quotes, backslashes or line breaks cannot be given to sbatch; move the sweep", folder)
	}
	o.Threads = max(1, o.Threads)
	if o.Length <= 0 {
		o.Length = 30 * time.Minute
	}
	queued, err := Queued(ctx, folder)
	if err != nil {
		return nil, err
	}
	s := &Submission{Folder: folder, Options: o, Upper: e.Timed == 0}
	var left []Item
	for _, r := range f.Runs {
		status := j.Of(r.Key).Status
		failed := status == sweep.Failed || status == sweep.Diverged
		switch {
		case status.Settled() && !(failed && o.RetryFailed), status == sweep.Running:
		case queued[short(r.Key)]:
			s.Waiting++
		default:
			left = append(left, Item{short(r.Key), e.Seconds(r.Key) / float64(o.Threads)})
		}
	}
	s.Tasks = Pack(left, o.Tasks, o.Length.Seconds())
	for n := 1; ; n++ {
		s.Path = filepath.Join(folder, "slurm", strconv.Itoa(n))
		if _, err := os.Stat(s.Path); errors.Is(err, fs.ErrNotExist) {
			return s, nil
		}
	}
}

// short returns the beginning of a key, which lists of tasks hold.
func short(key string) string { return key[:min(16, len(key))] }

// Runs returns the number of runs.
func (s *Submission) Runs() (n int) {
	for _, t := range s.Tasks {
		n += len(t.Keys)
	}
	return n
}

// limit returns the time limit: what is given, or twice the longest task and ten minutes,
// in steps of a quarter of an hour.
func (s *Submission) limit() string {
	if s.Options.Time != "" || len(s.Tasks) == 0 {
		return s.Options.Time
	}
	quarters := math.Ceil((2*s.Tasks[0].Seconds + 600) / 900)
	minutes := int(15 * min(quarters, 4*24*30))
	return fmt.Sprintf("%d-%02d:%02d:00", minutes/1440, minutes/60%24, minutes%60)
}

// Script returns the job script of one array, whose argument is the number of tasks
// before its first one. It ends in exec srun: with a grace time only a step hears
// SIGTERM at once.
func (s *Submission) Script() string {
	var b strings.Builder
	directive := func(format string, args ...any) { fmt.Fprintf(&b, "#SBATCH "+format+"\n", args...) }
	b.WriteString("#!/bin/bash\n")
	directive("--job-name=%q", "pnclab-"+strings.TrimSuffix(filepath.Base(s.Folder), ".sweep"))
	directive("--cpus-per-task=%d", s.Options.Threads)
	directive("--ntasks=1")
	directive("--time=%s", s.limit())
	directive("--output=\"%s\"", strings.ReplaceAll(filepath.Join(s.Path, "logs"), "%", "%%")+"/%A_%a.txt")
	directive("--open-mode=append")
	directive("--requeue")
	directive("--signal=TERM@120")
	fmt.Fprintf(&b, "# Written by pnclab sweep submit. The argument is the number of tasks before this array.\n")
	keys := os.Getenv("PNC_CACHE_KEY")
	if keys == "" { // or they are the same for all kinds of processors
		fmt.Fprintf(&b, "# All nodes use these kernels, or refuse: the last digits depend on them.\n")
		fmt.Fprintf(&b, "export PNC_KERNEL=%s\n", quote(pnc.Kernels()))
	}
	fmt.Fprintf(&b, "export PNC_OFFLINE=1\n")
	cache := pnc.CacheDir()
	if cache == "" {
		cache = filepath.Join(s.Folder, "cache")
	}
	for _, v := range []struct{ name, value string }{
		{"PNC_CACHE", absolute(cache)}, {"PNC_DATA", absolute(os.Getenv("PNC_DATA"))}, {"PNC_CACHE_KEY", keys}, {"PNC_CACHE_LIMIT", os.Getenv("PNC_CACHE_LIMIT")},
	} {
		if v.value != "" {
			fmt.Fprintf(&b, "export %s=%s\n", v.name, quote(v.value))
		}
	}
	fmt.Fprintf(&b, "exec srun --ntasks=1 --cpus-per-task=%d %s sweep run %s \\\n", s.Options.Threads, quote(s.Program), quote(s.Folder))
	fmt.Fprintf(&b, "\t--task %s:$((${1:-0} + SLURM_ARRAY_TASK_ID)) --threads %d%s \\\n", quote(filepath.Join(s.Path, "tasks.txt")), s.Options.Threads, retry(s.Options.RetryFailed))
	fmt.Fprintf(&b, "\t--job \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" --log %s/\"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID.txt\"\n", quote(filepath.Join(s.Path, "logs")))
	return b.String()
}

func retry(failed bool) string {
	if failed {
		return " --retry-failed"
	}
	return ""
}

// absolute returns an absolute path; "" stays "".
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// quote returns a text as one word of a shell.
func quote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// submitted is the content of submission.json.
type submitted struct {
	Time time.Time `json:"time"`
	Jobs []job     `json:"jobs"`
}

// job is an array.
type job struct {
	ID     string `json:"id"`
	Offset int    `json:"offset"` // tasks before the first one
	Tasks  int    `json:"tasks"`
}

// Submit writes the folder of the submission and passes it to sbatch. It returns the
// numbers of the jobs.
func (s *Submission) Submit(ctx context.Context) ([]string, error) {
	if err := os.MkdirAll(filepath.Join(s.Path, "logs"), 0o777); err != nil {
		return nil, err
	}
	var list bytes.Buffer
	for _, t := range s.Tasks {
		list.WriteString(strings.Join(t.Keys, " ") + "\n")
	}
	if err := atomicfile.WriteFile(filepath.Join(s.Path, "tasks.txt"), list.Bytes()); err != nil {
		return nil, err
	}
	script := filepath.Join(s.Path, "job.sh")
	if err := atomicfile.WriteFile(script, []byte(s.Script())); err != nil {
		return nil, err
	}
	done := submitted{Time: time.Now().UTC().Truncate(time.Second)}
	var ids []string
	for offset := 0; offset < len(s.Tasks); offset += maxArray {
		n := min(maxArray, len(s.Tasks)-offset)
		array := fmt.Sprintf("--array=1-%d", n)
		if s.Options.MaxParallel > 0 {
			array += fmt.Sprintf("%%%d", s.Options.MaxParallel)
		}
		out, err := slurm(ctx, "sbatch", slices.Concat([]string{"--parsable", array}, s.Options.Args, []string{script, strconv.Itoa(offset)})...)
		if err != nil {
			return ids, err
		}
		id, _, _ := strings.Cut(strings.TrimSpace(out), ";")
		ids = append(ids, id)
		done.Jobs = append(done.Jobs, job{id, offset, n})
		// After each array, since it is under way from now on.
		text, err := json.MarshalIndent(done, "", "  ")
		if err == nil {
			err = atomicfile.WriteFile(filepath.Join(s.Path, "submission.json"), append(text, '\n'))
		}
		if err != nil {
			return ids, err
		}
	}
	return ids, nil
}

// slurm runs a command of Slurm and returns what it prints.
func slurm(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("there is no command %s here; submit on a machine where Slurm is installed, or use sweep run", name)
	case err != nil:
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(wrong.String()))
	}
	return out.String(), nil
}

// Queued returns the beginnings of the keys of all runs in tasks of the folder that wait
// or run in Slurm.
func Queued(ctx context.Context, folder string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(escaped(folder), "slurm", "*", "submission.json"))
	if err != nil {
		return nil, err
	}
	queued := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var s submitted
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("%s: %w", file, oneline.Error(err))
		}
		list, err := os.ReadFile(filepath.Join(filepath.Dir(file), "tasks.txt"))
		if err != nil {
			return nil, err
		}
		tasks := strings.Split(strings.TrimSpace(string(list)), "\n")
		for _, j := range s.Jobs {
			indices, err := j.active(ctx)
			if err != nil {
				return nil, err
			}
			for _, i := range indices {
				if line := j.Offset + i - 1; line >= 0 && line < len(tasks) {
					for _, key := range strings.Fields(tasks[line]) {
						queued[key] = true
					}
				}
			}
		}
	}
	return queued, nil
}

// active returns the indices of the tasks of an array that wait or run.
func (j job) active(ctx context.Context) ([]int, error) {
	out, err := slurm(ctx, "squeue", "--noheader", "--array", "--states=PENDING,RUNNING,SUSPENDED,CONFIGURING,COMPLETING,REQUEUED", "--jobs="+j.ID, "--format=%K")
	if err != nil {
		if strings.Contains(err.Error(), "Invalid job id") { // it is long over
			return nil, nil
		}
		return nil, err
	}
	var indices []int
	for _, field := range strings.Fields(out) {
		if i, err := strconv.Atoi(field); err == nil {
			indices = append(indices, i)
		}
	}
	slices.SortFunc(indices, cmp.Compare)
	return indices, nil
}

// escaped returns a path as a pattern that matches it alone.
func escaped(path string) string {
	return strings.NewReplacer("[", `\[`, "*", `\*`, "?", `\?`).Replace(path)
}
