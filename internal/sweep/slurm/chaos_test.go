//go:build linux

package slurm

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pnclab/internal/sweep"
	"pnclab/pnc"
)

// newChaos is newCluster for tests that take minutes.
func newChaos(t *testing.T) *cluster {
	if os.Getenv("PNC_SLURM_CHAOS") == "" {
		t.Skip("takes minutes; see .ci/slurm chaos")
	}
	return newCluster(t)
}

// command runs a command that has to succeed.
func (c *cluster) command(name string, args ...string) string {
	c.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// running returns the runs that are under way, with their workers.
func (c *cluster) running(spec string) []sweep.State {
	_, f, j := c.summary(spec)
	var all []sweep.State
	for _, r := range f.Runs {
		if s := j.Of(r.Key); s.Status == sweep.Running {
			all = append(all, s)
		}
	}
	return all
}

// killNode kills the daemon of a node, the steps on it and what they run, and returns a
// function that starts it again.
func (c *cluster) killNode(node string) (restart func()) {
	c.t.Helper()
	home := os.Getenv("SLURM_HOME")
	pid, err := os.ReadFile(filepath.Join(home, "run", node+".pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	daemon, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		c.t.Fatal(err)
	}
	jobs := strings.Fields(c.command("squeue", "-h", "-w", node, "-o", "%A"))
	syscall.Kill(daemon, syscall.SIGKILL)
	for _, entry := range pnc.Must(os.ReadDir("/proc")) {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		title, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		environment, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		for _, job := range jobs {
			if strings.HasPrefix(string(title), "slurmstepd: ["+job+".") || strings.Contains("\x00"+string(environment), "\x00SLURM_JOB_ID="+job+"\x00") {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	return func() { c.command("slurmd", "-N", node) }
}

// TestChaos kills processes, a node, preempts and requeues while eight runs are under way,
// submits what is missing until nothing is, and requires the bits of one process.
func TestChaos(t *testing.T) {
	c := newChaos(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	g := long(8, 150000)
	spec := c.spec("chaos.json", g)
	submit := func() { t.Log(strings.TrimSpace(c.must("cache", "submit", spec, "--slurm", "--tasks", "8"))) }
	submit()
	someRun := func() {
		asked := time.Now()
		c.until("a run is under way", 3*time.Minute, func() bool {
			if len(c.running(spec)) > 0 {
				return true
			}
			if s, _, _ := c.summary(spec); s.Count[sweep.Done] == 8 {
				t.Fatal("everything is done before the chaos is over; make the runs longer")
			}
			if time.Since(asked) > 5*time.Second { // what was killed is in no queue any more
				asked = time.Now()
				submit()
			}
			return false
		})
	}
	// A node first, since Slurm takes half a minute to notice.
	someRun()
	time.Sleep(time.Second)
	node := "n1"
	restart := c.killNode(node)
	t.Log("node n1 is dead")

	for kill := range 6 {
		time.Sleep(time.Duration(rnd.Int64N(int64(3 * time.Second))))
		someRun()
		if all := c.running(spec); len(all) > 0 {
			victim := all[rnd.IntN(len(all))]
			if err := syscall.Kill(victim.Worker.Process, syscall.SIGKILL); err != nil {
				t.Log(err)
			}
			t.Logf("kill %d: process %d of job %s", kill+1, victim.Worker.Process, victim.Worker.Job)
		}
	}
	time.Sleep(20 * time.Second)
	restart()

	someRun()
	urgent := c.command("sbatch", "--parsable", "-p", "urgent", "-o", "/dev/null", "--array=1-4", "--wrap", "sleep 2")
	c.until("the urgent job is over", 2*time.Minute, func() bool {
		out, _ := exec.Command("squeue", "-h", "-j", urgent).Output()
		return len(out) == 0
	})
	t.Log("preempted")
	for _, id := range strings.Fields(c.command("squeue", "-h", "-t", "PENDING", "-o", "%A")) {
		exec.Command("scontrol", "update", "jobid="+id, "StartTime=now").Run() // or Slurm waits two minutes
	}

	someRun()
	requeued := c.running(spec)[0].Worker.Job
	if out, err := exec.Command("scontrol", "requeue", requeued).CombinedOutput(); err != nil {
		t.Logf("requeue: %v: %s", err, out)
	}
	time.Sleep(2 * time.Second)
	exec.Command("scontrol", "update", "jobid="+requeued, "StartTime=now").Run()
	t.Log("requeued job " + requeued)

	for round := 1; ; round++ {
		c.idle(5 * time.Minute)
		s, _, _ := c.summary(spec)
		t.Logf("round %d: %v", round, s.Count)
		if s.Count[sweep.Done] == 8 {
			break
		}
		if s.Count[sweep.Failed]+s.Count[sweep.Diverged]+s.Count[sweep.Refused] > 0 || round == 8 {
			t.Fatalf("%v", s.Count)
		}
		submit()
	}
	c.same(spec, g)
}

// TestDiskFull has no space for the records, and then some.
func TestDiskFull(t *testing.T) {
	c := newChaos(t)
	small := filepath.Join(c.dir, "small")
	if err := os.Mkdir(small, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("no file system of its own: %s", out)
	}
	defer exec.Command("umount", small).Run()
	g := ninety()
	spec := c.spec("small/x.json", g)
	c.must("cache", "plan", spec)
	code, out := c.run("cache", "run", spec)
	s, _, _ := c.summary(spec)
	if code == 0 || !strings.Contains(out, "no space left") || s.Count[sweep.Done] == 90 || s.Count[sweep.Failed] > 0 {
		t.Errorf("status %d, %v\n%s", code, s.Count, out)
	}
	t.Logf("on the full disk: %v; %s", s.Count, strings.TrimSpace(out))
	c.command("mount", "-o", "remount,size=20m", small)
	c.must("cache", "run", spec)
	c.same(spec, g)
}

// TestTwoUsers has another user continue a sweep in a folder that both can write.
func TestTwoUsers(t *testing.T) {
	c := newChaos(t)
	const nobody = 65534
	defer syscall.Umask(syscall.Umask(0))
	for dir := c.dir; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	g := ninety()
	spec := c.spec("users.json", g)
	c.must("cache", "run", spec, "--index", "1/2")
	script := fmt.Sprintf("umask 0; export PNC_CACHE=%s; %s sweep submit %s --slurm --tasks 3", quote(filepath.Join(c.dir, "cache")), c.program, quote(spec))
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "45 runs in 3 tasks") {
		t.Fatalf("%v: %s", err, out)
	}
	c.idle(2 * time.Minute)
	_, f, j := c.summary(spec)
	owners := map[uint32]int{}
	for _, entry := range pnc.Must(os.ReadDir(filepath.Join(f.Path, "records"))) {
		info := pnc.Must(entry.Info())
		owners[info.Sys().(*syscall.Stat_t).Uid]++
	}
	for _, r := range f.Runs {
		if s := j.Of(r.Key); s.Status != sweep.Done || s.Attempts != 1 {
			t.Errorf("%s is %s and was begun %d times", f.Describe(r), s.Status, s.Attempts)
		}
	}
	if owners[0] != 1 || owners[nobody] != 3 {
		t.Errorf("records by user: %v", owners)
	}
	c.same(spec, g)
}
