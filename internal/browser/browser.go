// Package browser tests what runs in a browser in a real one, Chromium: the playground's
// page, and the notebooks in JupyterLab. It is a module of its own, so that nobody who
// only uses pnclab downloads the driver; .ci/browser runs it.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Find returns the path of the browser: $PNC_BROWSER, or a Chromium on PATH.
func Find() (string, error) {
	if path := os.Getenv("PNC_BROWSER"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium on PATH (set PNC_BROWSER to one)")
}

// Start starts a browser with an empty profile in dir. Stop ends it.
func Start(path, dir string) (ctx context.Context, stop func()) {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	ctx, stopAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
	// What a newer browser says that the driver does not know is none of our business.
	ctx, stopBrowser := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	return ctx, func() { stopBrowser(); stopAllocator() }
}

// Tab is a tab whose errors and requests are noted.
type Tab struct {
	context.Context
	mu       sync.Mutex
	errors   []string
	requests []string
}

// Open opens an address in a new tab of the given size. Touch asks for a phone. Nothing
// leaves this machine: what the tab requests over https, such as the scripts that
// nbconvert's pages have from elsewhere, is noted and answered with an empty file.
func Open(browser context.Context, address string, width, height int64, scale float64, touch, dark bool) (*Tab, func(), error) {
	ctx, cancel := chromedp.NewContext(browser)
	t := &Tab{Context: ctx}
	chromedp.ListenTarget(ctx, t.listen)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	err := chromedp.Run(ctx,
		fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "https://*"}}),
		log.Enable(), network.Enable(), runtime.Enable(), page.Enable(),
		emulation.SetDeviceMetricsOverride(width, height, scale, touch),
		emulation.SetTouchEmulationEnabled(touch),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(address),
	)
	return t, cancel, err
}

func (t *Tab) listen(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		t.errors = append(t.errors, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			for _, a := range e.Args {
				t.errors = append(t.errors, fmt.Sprintf("console: %s %s", a.Value, a.Description))
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			t.errors = append(t.errors, "log: "+e.Entry.Text)
		}
	case *fetch.EventRequestPaused:
		go chromedp.Run(t, fetch.FulfillRequest(e.RequestID, 200)) // here it would wait for itself
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, e.Request.URL)
	}
}

// Errors returns what the page complained about.
func (t *Tab) Errors() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.errors...)
}

// Requests returns the addresses that were requested, other than of the page itself
// and of what is in it.
func (t *Tab) Requests(page string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var other []string
	for _, r := range t.requests {
		if before, _, _ := strings.Cut(r, "#"); before != page && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			other = append(other, r)
		}
	}
	return other
}

// Eval evaluates JavaScript, awaiting promises, into result.
func (t *Tab) Eval(script string, result any) error {
	return chromedp.Run(t, chromedp.Evaluate(script, result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// Wait waits until a JavaScript condition holds.
func (t *Tab) Wait(condition string, limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		var ok bool
		if err := t.Eval("Boolean("+condition+")", &ok); err != nil {
			return err
		}
		if ok {
			return nil
		}
		if time.Now().After(end) {
			var status string
			t.Eval(`document.getElementById("status")?.textContent + " " + document.getElementById("error")?.textContent`, &status)
			return fmt.Errorf("after %v still not: %s (%s; %v)", limit, condition, status, t.Errors())
		}
	}
}

// Screenshot writes the whole page to a file, as PNG.
func (t *Tab) Screenshot(file string) error {
	var b []byte
	if err := chromedp.Run(t, chromedp.FullScreenshot(&b, 100)); err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}
