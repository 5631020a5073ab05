package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pnclab/internal/playground"
)

const root = "../.." // of the checkout

var (
	chromium context.Context
	dir      string // holds everything that the tests write
	html     []byte // the playground's page
	file     string // its name
	jupyter  string // the command, "" if there is none
)

func TestMain(m *testing.M) {
	flag.Parse()
	if shots := os.Getenv("PNC_SHOTS"); shots != "" {
		if err := os.MkdirAll(shots, 0o755); err != nil {
			panic(err)
		}
	}
	path, err := Find()
	if err != nil {
		fmt.Println("SKIPPED: nothing is tested in a browser:", err)
		return
	}
	if jupyter, err = FindJupyter(); err != nil {
		fmt.Println("SKIPPED: nothing is tested in JupyterLab:", err)
	}
	if dir, err = os.MkdirTemp("", "pnclab-browser-"); err != nil {
		panic(err)
	}
	if html, err = playground.Build(context.Background(), root); err != nil {
		panic(err)
	}
	file = filepath.Join(dir, "playground.html")
	if err := os.WriteFile(file, html, 0o644); err != nil {
		panic(err)
	}
	var stop func()
	chromium, stop = Start(path, filepath.Join(dir, "profile"))
	if err := chromedp.Run(chromium); err != nil {
		panic(err)
	}
	end := sync.OnceFunc(func() {
		stop()
		if started != nil {
			started.Stop()
		}
		os.RemoveAll(dir)
	})
	// Tests that run out of time panic, which would leave JupyterLab running.
	if limit := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration); limit > 0 {
		time.AfterFunc(limit-10*time.Second, func() {
			fmt.Printf("OUT OF TIME: the browser is closed after %v; what fails from here on says nothing\n", limit-10*time.Second)
			end()
		})
	}
	code := m.Run()
	end()
	os.Exit(code)
}

var (
	startLab sync.Once
	started  *Lab
)

// lab returns the JupyterLab that all tests share; it shows copies of the notebooks.
func lab(t *testing.T) *Lab {
	t.Helper()
	if jupyter == "" {
		t.Skip("no JupyterLab")
	}
	startLab.Do(func() {
		if err := os.CopyFS(filepath.Join(dir, "notebooks"), os.DirFS(filepath.Join(root, "notebooks"))); err != nil {
			t.Fatal(err)
		}
		var err error
		if started, err = StartLab(context.Background(), jupyter, root, dir, "/"); err != nil {
			t.Fatal(err)
		}
	})
	if started == nil {
		t.Fatal("JupyterLab could not be started")
	}
	return started
}
