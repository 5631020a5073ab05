package sweep

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pnclab/pnc"
)

// recordsOf returns the only file of records.
func recordsOf(t *testing.T, f *Folder) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(f.Path, recordsFolder, "*.records"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, error %v", files, err)
	}
	return files[0]
}

// TestDamage flips every byte of a record with measurements, cuts it at every place, and
// lets half a line precede the next one: never is it taken for done with other numbers.
func TestDamage(t *testing.T) {
	g := small()
	g.Axes = []pnc.Axis{pnc.Over("seed", 1)}
	f := newFolder(t, g)
	work(t, f, Options{})
	file := recordsOf(t, f)
	whole := pnc.Must(os.ReadFile(file))
	want := measured(t, f)[0]
	begin := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	state := func(text []byte) (Status, int) {
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		j := journal(t, f)
		s := j.Of(f.Runs[0].Key)
		if s.Status == Done && measured(t, f)[0] != want {
			t.Fatal("other numbers")
		}
		return s.Status, j.Damaged
	}
	for i := begin; i < len(whole)-1; i += 7 {
		text := bytes.Clone(whole)
		text[i] ^= 4
		if status, damaged := state(text); status == Done || damaged == 0 {
			t.Fatalf("byte %d: %s, %d damaged", i, status, damaged)
		}
		if status, _ := state(whole[:i]); status == Done {
			t.Fatalf("cut at %d: %s", i, status)
		}
		if i%49 == 0 {
			half := append(append(bytes.Clone(whole[:i]), '\n'), whole[begin:]...)
			if status, damaged := state(half); status != Done || damaged != 1 && i > begin {
				t.Fatalf("half a line of %d bytes, then the whole: %s, %d damaged", i-begin, status, damaged)
			}
		}
	}
}

// TestDead checks that a run whose worker is gone is interrupted: at once on this
// machine, where its file is not locked any more, and elsewhere after a while.
func TestDead(t *testing.T) {
	f := newFolder(t, small())
	own := pnc.Must(os.Hostname())
	key := f.Runs[0].Key
	for _, c := range []struct {
		host   string
		locked bool
		age    time.Duration
		want   Status
	}{
		{own, true, 0, Running}, {own, false, 0, Interrupted}, {own, true, 2 * deadAfter, Interrupted},
		{"elsewhere", false, 0, Running}, {"elsewhere", false, 2 * deadAfter, Interrupted},
	} {
		w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Host: c.host, Process: 1, Began: time.Now()}}
		if err := w.append(Record{Key: key, Status: Running, Time: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-c.age)
		if err := os.Chtimes(w.file.Name(), then, then); err != nil {
			t.Fatal(err)
		}
		if !c.locked {
			w.lock.Close()
		}
		if got := journal(t, f).Of(key).Status; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		w.close()
		os.Remove(w.file.Name())
	}
}

// TestOrder checks which record counts.
func TestOrder(t *testing.T) {
	f := newFolder(t, small())
	now := time.Now()
	for i, c := range []struct {
		records []Status // one minute apart
		want    Status
	}{
		{[]Status{Running, Interrupted, Running, Done}, Done},
		{[]Status{Done, Running, Failed}, Done},
		{[]Status{Running, Failed, Running, Diverged}, Diverged},
		{[]Status{Failed, Interrupted}, Interrupted},
	} {
		key := f.Runs[i].Key
		for k, status := range c.records {
			w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Host: fmt.Sprint("host", i), Process: len(c.records) - k, Began: now}}
			if err := w.append(Record{Key: key, Status: status, Time: now.Add(time.Duration(k) * time.Minute)}, nil); err != nil {
				t.Fatal(err)
			}
			w.close()
		}
		if got := journal(t, f).Of(key); got.Status != c.want {
			t.Errorf("%v: %s", c.records, got.Status)
		}
	}
}

// TestEstimate sets times proportional to operations, and requires them for runs that
// were not timed.
func TestEstimate(t *testing.T) {
	g := small()
	g.Axes = []pnc.Axis{pnc.Over("train.epochs", 100, 200, 400, 800), pnc.Over("net.width", 10, 20), pnc.Over("seed", 1, 2)}
	f := newFolder(t, g)
	if e := pnc.Must(f.Estimate(journal(t, f), time.Minute)); e.Timed != 0 || e.Seconds(f.Runs[0].Key) <= 0 {
		t.Errorf("without times: %+v", e)
	}
	w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Began: time.Now()}}
	seconds := func(r Run) float64 {
		e := pnc.Must(r.Decode())
		data := pnc.Must(e.Dataset())
		return 1e-4 * e.Operations(data.Shape(), data.K(), data.Len())
	}
	for i, r := range f.Runs {
		if i%3 == 0 {
			if err := w.append(Record{Key: r.Key, Status: Done, Time: time.Now(), Seconds: seconds(r)}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.close()
	e := pnc.Must(f.Estimate(journal(t, f), time.Minute))
	for i, r := range f.Runs {
		// Sums of four ratios.
		if got, want := e.Seconds(r.Key), seconds(r); got < want*(1-1e-14) || got > want*(1+1e-14) {
			t.Errorf("run %d: %g s, want %g", i, got, want)
		}
	}
	bad := small()
	bad.Axes[0] = pnc.Over("net.depth", 2, 1)
	f = newFolder(t, bad)
	if _, err := f.Estimate(journal(t, f), time.Minute); err == nil || err.Error()[:len("net.depth 1, seed 1: ")] != "net.depth 1, seed 1: " {
		t.Errorf("a network of depth 1: error %v", err)
	}
}

// TestEstimateThinned has so many timed combinations that estimates rest on some of them.
func TestEstimateThinned(t *testing.T) {
	g := small()
	g.Axes = []pnc.Axis{pnc.Over("train.epochs", pnc.Range(1, 1501))}
	f := newFolder(t, g)
	w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Began: time.Now()}}
	for i, r := range f.Runs[:1500] {
		if err := w.append(Record{Key: r.Key, Status: Done, Time: time.Now(), Seconds: float64(i + 1)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.close()
	e := pnc.Must(f.Estimate(journal(t, f), time.Minute))
	// Times are those of the epochs, so that ratios are exact up to rounding.
	if got := e.Seconds(f.Runs[1500].Key); e.Timed != 1500 || got < 1501*(1-1e-14) || got > 1501*(1+1e-14) {
		t.Errorf("%g s by %d runs, want 1501", got, e.Timed)
	}
}

// TestLongRecord has a record of more than the buffer that files are read with.
func TestLongRecord(t *testing.T) {
	f := newFolder(t, small())
	w := journalWriter{folder: filepath.Join(f.Path, recordsFolder), worker: Worker{Began: time.Now()}}
	message := strings.Repeat("long message ", 1<<16)
	for i, text := range []string{"short", message, "short"} {
		if err := w.append(Record{Key: f.Runs[i].Key, Status: Failed, Time: time.Now(), Message: text}, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.close()
	j := journal(t, f)
	if j.Damaged != 0 || j.Of(f.Runs[1].Key).Message != message || j.Of(f.Runs[2].Key).Message != "short" {
		t.Errorf("%d lines are damaged; messages of %d and %d bytes", j.Damaged, len(j.Of(f.Runs[1].Key).Message), len(j.Of(f.Runs[2].Key).Message))
	}
}
