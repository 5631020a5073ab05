package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const labToken = "browser-test"

// Lab is a JupyterLab that pnclab lab has started, which shows a folder of notebooks.
type Lab struct {
	Address string
	jupyter string // the command
	dir     string
	env     []string
	cmd     *exec.Cmd
	output  lockedBuffer
	ended   chan struct{}
}

// FindJupyter returns the path of the command jupyter: $PNC_JUPYTER, or that on PATH.
func FindJupyter() (string, error) {
	if path := os.Getenv("PNC_JUPYTER"); path != "" {
		return path, nil
	}
	path, err := exec.LookPath("jupyter")
	if err != nil {
		return "", errors.New("no jupyter on PATH (set PNC_JUPYTER to one)")
	}
	return path, nil
}

// StartLab builds pnclab from the checkout at root and lets it start JupyterLab for the
// notebooks in dir/notebooks, with Jupyter's configuration and state in dir as well:
// nothing that the user has set up changes what is tested, and the other way round.
// Prefix is the part of the addresses before /lab, as a hub has one; "/" for none.
func StartLab(ctx context.Context, jupyter, root, dir, prefix string) (*Lab, error) {
	program := filepath.Join(dir, "pnclab")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building pnclab: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	l := &Lab{Address: fmt.Sprintf("http://127.0.0.1:%d%s", port, prefix), dir: dir, jupyter: jupyter, ended: make(chan struct{})}
	l.env = append(os.Environ(), "PATH="+filepath.Dir(jupyter)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range []string{"CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"} {
		l.env = append(l.env, "JUPYTER_"+name+"="+filepath.Join(dir, "jupyter", strings.ToLower(name)))
	}
	for _, name := range []string{"SETTINGS_DIR", "WORKSPACES_DIR"} {
		l.env = append(l.env, "JUPYTERLAB_"+name+"="+filepath.Join(dir, "jupyter", strings.ToLower(name)))
	}
	if err := l.configure(); err != nil {
		return nil, err
	}
	l.cmd = exec.Command(program, "lab", "--", "--no-browser", "--ip=127.0.0.1", fmt.Sprintf("--port=%d", port), "--ServerApp.port_retries=0",
		"--allow-root", "--IdentityProvider.token="+labToken, "--ServerApp.root_dir="+l.notebooks(), "--ServerApp.base_url="+prefix,
		"--LabApp.expose_app_in_browser=True")
	l.cmd.Dir, l.cmd.Env, l.cmd.Stdout, l.cmd.Stderr = root, l.env, &l.output, &l.output
	l.cmd.WaitDelay = time.Second
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		l.cmd.Wait()
		close(l.ended)
	}()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get(l.Address + "api?token=" + labToken); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return l, nil
			}
		}
		select {
		case <-l.ended:
			return nil, fmt.Errorf("JupyterLab ended: %s", l.Output())
		default:
		}
		if time.Now().After(end) {
			l.Stop()
			return nil, fmt.Errorf("JupyterLab does not answer: %s", l.Output())
		}
	}
}

// configure chooses settings of JupyterLab: no question about news, which would cover a
// corner of the notebook; dark where the system is.
func (l *Lab) configure() error {
	folder := filepath.Join(l.dir, "jupyter", "settings_dir", "@jupyterlab", "apputils-extension")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"notification": `{"fetchNews": "false", "checkForUpdates": false}`,
		"themes":       `{"adaptive-theme": true}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".jupyterlab-settings"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) notebooks() string { return filepath.Join(l.dir, "notebooks") }

// Output returns what JupyterLab has printed.
func (l *Lab) Output() string { return l.output.String() }

// Stop ends JupyterLab, as Ctrl-C twice in a terminal does, and with it its kernels.
func (l *Lab) Stop() {
	group := -l.cmd.Process.Pid
	syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(8 * time.Second):
	}
	syscall.Kill(group, syscall.SIGKILL)
	<-l.ended
}

// Export lets nbconvert write a saved notebook as HTML and returns the file.
func (l *Lab) Export(ctx context.Context, name string) (string, error) {
	cmd := exec.CommandContext(ctx, l.jupyter, "nbconvert", "--to", "html", name)
	cmd.Dir, cmd.Env = l.notebooks(), l.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("nbconvert: %w\n%s", err, out)
	}
	return filepath.Join(l.notebooks(), strings.TrimSuffix(name, ".ipynb")+".html"), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Notebook is a notebook that is open in a tab of JupyterLab.
type Notebook struct {
	*Tab
	name string
}

// Cell is a code cell.
type Cell struct {
	Index   int // among all cells
	Source  string
	State   string // of its execution: idle or running
	Count   int    // 0 before it has run
	Outputs []Output
}

// Output is one output of a cell, as the notebook stores it.
type Output struct {
	Type  string         `json:"output_type"`
	Name  string         `json:"name"` // of a stream
	Text  any            `json:"text"` // of a stream: a string or a list of them
	Data  map[string]any `json:"data"` // by MIME type
	Error string         `json:"evalue"`
}

// OpenNotebook opens a notebook and waits until its kernel answers.
func (l *Lab) OpenNotebook(browser context.Context, name string, width, height int64, dark bool) (*Notebook, func(), error) {
	tab, closeTab, err := Open(browser, l.Address+"lab/workspaces/auto-"+strings.TrimSuffix(name, ".ipynb")+"/tree/"+name+"?reset&token="+labToken, width, height, 1, false, dark)
	if err != nil {
		return nil, nil, err
	}
	n := &Notebook{tab, name}
	if err := n.Wait(`window.jupyterapp && document.querySelector(".jp-Notebook") && `+panel+`?.sessionContext?.session?.kernel?.connectionStatus === "connected"`, time.Minute); err != nil {
		closeTab()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, closeTab, nil
}

// Menu chooses an entry of a menu by mouse.
func (n *Notebook) Menu(menu, entry string) error {
	if err := n.clickOn(`[...document.querySelectorAll(".lm-MenuBar-item")].find(e => e.textContent.trim() === "` + menu + `")`); err != nil {
		return err
	}
	return n.clickOn(`[...document.querySelectorAll(".lm-Menu-item")].find(e => e.querySelector(".lm-Menu-itemLabel")?.textContent.trim() === "` + entry + `")`)
}

// clickOn clicks on the middle of the element that a script finds, as soon as it is
// there and lies on top.
func (n *Notebook) clickOn(element string) error {
	return n.press(element, .5, func(x, y float64) error {
		// A menu's entry that the pointer did not come to is not chosen by a click.
		return chromedp.Run(n, chromedp.MouseEvent(input.MouseMoved, x, y), chromedp.MouseClickXY(x, y))
	})
}

// press calls do with the point of an element at the given share of its width.
func (n *Notebook) press(element string, share float64, do func(x, y float64) error) error {
	script := fmt.Sprintf(`(e => {
		if (!e) return null;
		e.scrollIntoViewIfNeeded?.();
		const r = e.getBoundingClientRect(), x = r.x + %g * r.width, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
		return r.width && top && (e.contains(top) || top.contains(e)) ? [x, y] : null;
	})(%s)`, share, element)
	var before []float64 // a notebook that has just been scrolled may still be moving
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(60 * time.Millisecond) {
		var at []float64
		if err := n.Eval(script, &at); err != nil {
			return err
		}
		if len(at) == 2 && slices.Equal(at, before) {
			return do(at[0], at[1])
		}
		if before = at; time.Now().After(end) {
			return fmt.Errorf("%s: nothing to click on: %s", n.name, element)
		}
	}
}

// RunAll runs all cells, as the menu does, and waits until the last has ended or one has
// failed. While it waits it calls meanwhile, if that is not nil, over and over.
func (n *Notebook) RunAll(limit time.Duration, meanwhile func() error) error {
	if err := n.Menu("Run", "Run All Cells"); err != nil {
		return err
	}
	for end := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		var state struct {
			Ended, Failed bool
			Waits         int // the first cell that has not ended
		}
		err := n.Eval(`(cells => ({
			Ended: cells.every(c => c.executionState === "idle" && c.executionCount > 0),
			Failed: cells.some(c => c.outputs.toJSON().some(o => o.output_type === "error")),
			Waits: cells.findIndex(c => c.executionState !== "idle") + 1,
		}))(`+codeCells+`)`, &state)
		switch {
		case err != nil:
			return err
		case state.Ended || state.Failed:
			return nil
		case time.Now().After(end):
			return fmt.Errorf("%s: after %v code cell %d has not ended", n.name, limit, state.Waits)
		}
		if meanwhile != nil {
			if err := meanwhile(); err != nil {
				return err
			}
		}
	}
}

const (
	panel     = `jupyterapp.shell.currentWidget`
	codeCells = panel + `.content.widgets.map(w => w.model).filter(m => m.type === "code")`
)

// Cells returns the code cells.
func (n *Notebook) Cells() ([]Cell, error) {
	var cells []Cell
	err := n.Eval(panel+`.content.widgets.flatMap((w, i) => w.model.type !== "code" ? [] : [{
		Index: i, Source: w.model.sharedModel.getSource(), State: w.model.executionState, Count: w.model.executionCount || 0,
		Outputs: w.model.outputs.toJSON(),
	}])`, &cells)
	return cells, err
}

// Show scrolls to a cell, counted among all.
func (n *Notebook) Show(cell int) error {
	return n.Eval(fmt.Sprintf(`%s.content.scrollToItem(%d, "start").then(() => true)`, panel, cell), nil)
}

// Save saves the notebook as its key does.
func (n *Notebook) Save() error {
	err := chromedp.Run(n, chromedp.ActionFunc(func(ctx context.Context) error {
		for _, kind := range []input.KeyType{input.KeyRawDown, input.KeyUp} {
			if err := input.DispatchKeyEvent(kind).WithModifiers(input.ModifierCtrl).WithKey("s").WithCode("KeyS").WithWindowsVirtualKeyCode('S').Do(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		return err
	}
	return n.Wait(`!`+panel+`.context.model.dirty`, 20*time.Second)
}
