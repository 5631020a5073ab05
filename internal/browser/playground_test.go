package browser

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pnclab/internal/playground/session"
)

// open opens the page from its file, waits until it shows a trained network, and at the
// end of the test demands that it complained about nothing and asked for nothing.
func open(t *testing.T, hash string) *Tab {
	return openSized(t, hash, 1280, false, false)
}

func openSized(t *testing.T, hash string, width int64, phone, dark bool) *Tab {
	t.Helper()
	address, scale := "file://"+file, 1.0
	if phone {
		scale = 2
	}
	tab, closeTab, err := Open(chromium, address+hash, width, 900, scale, phone, dark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, e := range tab.Errors() {
			t.Errorf("the page complains: %s", e)
		}
		for _, r := range tab.Requests(address) {
			t.Errorf("the page asks for %s", r)
		}
		closeTab()
	})
	done(t, tab)
	return tab
}

// done waits until the run that was requested last has ended.
func done(t *testing.T, tab *Tab) {
	t.Helper()
	wait(t, tab, "pnclab.engine.ready && !pnclab.engine.asked && !pnclab.engine.pending && pnclab.run.config && (pnclab.run.done || pnclab.run.mode === 'manual')")
}

// visit goes to another state of the page and waits until it is trained.
func visit(t *testing.T, tab *Tab, hash string) {
	t.Helper()
	before := eval[int](t, tab, fmt.Sprintf(`(g => { location.hash = %q + "&x=" + Math.random(); return g; })(pnclab.engine.generation)`, hash))
	wait(t, tab, fmt.Sprintf("pnclab.engine.generation > %d", before))
	done(t, tab)
}

func wait(t *testing.T, tab *Tab, condition string) {
	t.Helper()
	if err := tab.Wait(condition, 60*time.Second); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, tab *Tab, script string) T {
	t.Helper()
	var v T
	if err := tab.Eval(script, &v); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// shown is what the page shows, read as text, since JSON has no NaN.
type shown struct {
	Config map[string]any
	Epoch  int
	Loss   string
	C, D   []string
	LawC   []string
}

func show(t *testing.T, tab *Tab) shown {
	t.Helper()
	text := eval[string](t, tab, `JSON.stringify((f => ({Config: pnclab.run.config, Epoch: f.epoch, Loss: String(f.loss),
		C: Array.from(f.C, String), D: Array.from(f.D, String), LawC: pnclab.run.law ? Array.from(pnclab.run.law.C, String) : []}))(pnclab.shown()))`)
	var s shown
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// native returns the configuration of a page for package session.
func native(t *testing.T, c map[string]any) session.Config {
	t.Helper()
	number := func(name string) float64 { return c[name].(float64) }
	count := func(name string) int { return int(number(name)) }
	return session.Config{
		Data: c["data"].(string), Classes: count("classes"), PerClass: count("n"), Dim: count("dim"), Noise: number("noise"), Common: number("common"),
		Net: c["net"].(string), Depth: count("depth"), Width: count("width"), BatchNorm: c["norm"].(bool), Scale: number("xi"),
		Alpha: number("alpha"), LearningRate: number("lr"), Momentum: number("momentum"), Loss: c["loss"].(string), Epochs: count("epochs"), Seed: count("seed"),
	}
}

// compare demands that the page shows the numbers of the native library to ten digits.
// After a few hundred nonlinear epochs kernels with and without assembly agree to 13.
func compare(t *testing.T, what string, s shown) {
	t.Helper()
	run, err := session.New(native(t, s.Config))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if s.Epoch > 0 {
		if _, err := run.Advance(s.Epoch, time.Hour); err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
	f, err := run.Frame(session.Parts{})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	near := func(name string, got []string, want []float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %s has %d layers, want %d", what, name, len(got), len(want))
			return
		}
		for l := range want {
			var v float64
			if _, err := fmt.Sscan(got[l], &v); err != nil || math.Abs(v-want[l]) > 1e-10*math.Abs(want[l]) && !(math.IsNaN(v) && math.IsNaN(want[l])) {
				t.Errorf("%s, epoch %d: %s of layer %d is %s on the page, natively %.17g", what, s.Epoch, name, l, got[l], want[l])
			}
		}
	}
	near("C", s.C, f.C)
	near("D", s.D, f.D)
	if law := run.Theory(); law != nil {
		near("the closed form of C", s.LawC, law.C())
	} else if len(s.LawC) > 0 {
		t.Errorf("%s: a closed form where there is none", what)
	}
}

// The page opens from a file, trains the experiment of the theorem, and shows the
// numbers of the native library.
func TestOpens(t *testing.T) {
	tab := open(t, "")
	s := show(t, tab)
	if s.Epoch != 60 {
		t.Errorf("trained for %d epochs, want 60", s.Epoch)
	}
	compare(t, "the default", s)
	if text := eval[string](t, tab, `document.getElementById("status").textContent`); !strings.Contains(text, "converged") {
		t.Errorf("status %q", text)
	}
	t.Logf("times in ms: %s", eval[string](t, tab, `JSON.stringify(pnclab.times)`))
}

// Every control can be moved by mouse and by keyboard, and what it settles is what
// native code computes from it. The learning rate is small, as runs that do not settle
// multiply the differences of last bits.
func TestControls(t *testing.T) {
	tab := open(t, "#epochs=60&dim=40&lr=.02")
	names := eval[[]string](t, tab, `[...document.querySelectorAll("#controls input, #controls select, #speedBox input")].map(e => e.id)`)
	if len(names) != 19 {
		t.Errorf("%d controls: %v", len(names), names)
	}
	value := func(id string) string {
		return eval[string](t, tab, fmt.Sprintf(`String(pnclab.settings()[%q])`, id))
	}
	for _, id := range names {
		for _, way := range []string{"mouse", "keyboard"} {
			hash := "#epochs=60&dim=40&lr=.02"
			if id == "norm" {
				hash = "#net=mlp&epochs=40&xi=.1&alpha=1&lr=.02"
			}
			visit(t, tab, hash)
			before := value(id)
			if err := move(tab, id, way); err != nil {
				t.Errorf("%s by %s: %v", id, way, err)
				continue
			}
			time.Sleep(30 * time.Millisecond)
			done(t, tab)
			if after := value(id); after == before {
				t.Errorf("%s stays at %s when moved by %s", id, before, way)
			}
			if s := show(t, tab); id != "seeds" && id != "speed" {
				compare(t, id+" by "+way, s)
			}
		}
	}
}

// move moves a control as a user does.
func move(tab *Tab, id, way string) error {
	sel := "#" + id
	var kind string
	var box struct{ X, Y, W, H float64 }
	err := chromedp.Run(tab,
		chromedp.ScrollIntoView(sel),
		chromedp.Evaluate(fmt.Sprintf(`document.getElementById(%q).type`, id), &kind),
		chromedp.Evaluate(fmt.Sprintf(`(r => ({X: r.x, Y: r.y, W: r.width, H: r.height}))(document.getElementById(%q).getBoundingClientRect())`, id), &box),
	)
	if err != nil {
		return err
	}
	switch {
	case way == "keyboard" && kind == "checkbox":
		return chromedp.Run(tab, chromedp.Focus(sel), chromedp.KeyEvent(" "))
	case way == "keyboard" && kind == "select-one":
		return chromedp.Run(tab, chromedp.Focus(sel), chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	case way == "keyboard":
		key := kb.ArrowRight
		if id == "epochs" {
			key = kb.ArrowLeft
		}
		return chromedp.Run(tab, chromedp.Focus(sel), chromedp.KeyEvent(key), chromedp.KeyEvent(key), chromedp.KeyEvent(key))
	case kind == "select-one":
		// The list that opens is the system's; what it does is this.
		return chromedp.Run(tab, chromedp.MouseClickXY(box.X+box.W/2, box.Y+box.H/2),
			chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	case kind == "checkbox":
		return chromedp.Run(tab, chromedp.MouseClickXY(box.X+box.W/2, box.Y+box.H/2))
	}
	share := 0.7
	if id == "epochs" || id == "dim" || id == "width" { // whose thumb is there
		share = 0.4
	}
	return chromedp.Run(tab, chromedp.MouseClickXY(box.X+share*box.W, box.Y+box.H/2))
}

// No slider ends in an error or an endless run at either end of its range, alone or
// together with all others.
func TestExtremes(t *testing.T) {
	tab := open(t, "#epochs=40")
	type control struct {
		ID       string
		Min, Max float64
	}
	ends := map[string][]string{}
	for _, c := range eval[[]control](t, tab, `pnclab.controls.filter(c => c.config && c.max !== undefined && c.id !== "epochs").map(c => ({ID: c.id, Min: c.min, Max: c.max}))`) {
		ends[c.ID] = []string{fmt.Sprint(c.Min), fmt.Sprint(c.Max)}
	}
	var hashes []string
	for _, net := range []string{"linear", "mlp", "hybrid"} {
		for _, data := range []string{"orthonormal", "gaussian", "blobs", "digits"} {
			for end := range 2 {
				h := fmt.Sprintf("#epochs=20&net=%s&data=%s", net, data)
				for id, v := range ends {
					h += "&" + id + "=" + v[end]
				}
				hashes = append(hashes, h)
			}
		}
	}
	for id, v := range ends {
		for _, x := range v {
			hashes = append(hashes, fmt.Sprintf("#epochs=40&%s=%s", id, x))
		}
	}
	hashes = append(hashes, "#epochs=0", "#epochs=NaN&depth=1e9&data=none&xi=-1&n=", "#dim=12&classes=6&n=30&epochs=20", "#hide=a,b&lock=&tour=99&preset=none&epochs=20")
	for _, h := range hashes {
		visit(t, tab, h)
		if text := eval[string](t, tab, `document.getElementById("error").textContent`); text != "" {
			t.Errorf("%s: %s", h, text)
		}
	}
}

// Reset, step, back, play, pause and looking back, by buttons and by keys.
func TestPlay(t *testing.T) {
	tab := open(t, "")
	click := func(id string) {
		t.Helper()
		if err := chromedp.Run(tab, chromedp.Click("#"+id, chromedp.ByQuery)); err != nil {
			t.Fatal(err)
		}
	}
	epoch := func(want int) {
		t.Helper()
		wait(t, tab, fmt.Sprintf("!pnclab.engine.asked && !pnclab.run.waiting && pnclab.shown() && pnclab.shown().epoch === %d", want))
	}
	click("reset")
	epoch(0)
	compare(t, "before training", show(t, tab))
	click("step")
	epoch(1)
	click("step")
	epoch(2)
	compare(t, "two steps", show(t, tab))
	click("back")
	epoch(1)
	click("step") // over what was seen
	epoch(2)
	eval[any](t, tab, `document.activeElement.blur()`)
	key := func(k string) {
		t.Helper()
		if err := chromedp.Run(tab, chromedp.KeyEvent(k)); err != nil {
			t.Fatal(err)
		}
	}
	key(".")
	epoch(3)
	key(",")
	epoch(2)
	key("r")
	epoch(0)
	key(" ")
	wait(t, tab, "pnclab.shown() && pnclab.shown().epoch > 10")
	key(" ")
	wait(t, tab, "!pnclab.run.playing && !pnclab.run.waiting")
	at := show(t, tab).Epoch
	time.Sleep(200 * time.Millisecond)
	if now := show(t, tab).Epoch; now != at {
		t.Errorf("paused at epoch %d, then at %d", at, now)
	}
	compare(t, "paused", show(t, tab))
	key(" ")
	wait(t, tab, "pnclab.run.done && !pnclab.run.playing")
	epoch(60)
	compare(t, "played to the end", show(t, tab))
	if err := chromedp.Run(tab, chromedp.Focus("#scrub"), chromedp.KeyEvent(kb.Home)); err != nil {
		t.Fatal(err)
	}
	epoch(0)
}

// Speed: from the move of a slider to what it changes, and frames while playing. The
// figures are reported; a machine may be busy, so that none of them is demanded.
func TestTimes(t *testing.T) {
	tab := open(t, "")
	times := func(hash, change string) {
		t.Helper()
		visit(t, tab, hash)
		var laws, trained, worker []float64
		for i := range 3 {
			eval[any](t, tab, fmt.Sprintf(`pnclab.move(%s)`, strings.ReplaceAll(change, "$i", fmt.Sprint(i))))
			wait(t, tab, "pnclab.times.trained !== undefined && !pnclab.engine.asked && !pnclab.engine.pending")
			laws = append(laws, eval[float64](t, tab, "pnclab.times.lawDrawn"))
			trained = append(trained, eval[float64](t, tab, "pnclab.times.trained"))
			worker = append(worker, eval[float64](t, tab, "pnclab.times.worker"))
			done(t, tab)
		}
		t.Logf("%-28s closed form drawn after %.0f ms (%.0f of them in the worker), trained network after %.0f ms from the slider's move", hash+" "+change, laws, worker, trained)
	}
	times("", `"xi", .3 + .01 * $i + .005`)
	times("#xi=.2", `"xi", .2 + .004 * $i + .002`)
	times("", `"depth", 4 + ($i % 2)`)
	times("", `"n", 6 + ($i % 2)`)
	times("#dim=64&n=10&classes=6&depth=10&width=64&epochs=200", `"xi", .3 + .01 * $i + .005`)

	for _, hash := range []string{"", "#preset=nonlinear"} {
		visit(t, tab, hash)
		fps := eval[float64](t, tab, `new Promise(resolve => {
			document.getElementById("reset").click();
			setTimeout(() => {
				document.getElementById("play").click();
				const from = performance.now(), n = pnclab.run.frames.length;
				const ask = () => { const passed = performance.now() - from; if (passed > 1500 || pnclab.run.done) resolve((pnclab.run.frames.length - n) / passed * 1000); else setTimeout(ask, 10); };
				ask();
			}, 500);
		})`)
		t.Logf("%q: %.0f epochs, trained, measured, mapped and drawn, per second while playing", hash, fps)
	}
}

// What is pointed at shows in every view, by pointer and by arrow keys.
func TestPointing(t *testing.T) {
	tab := open(t, "")
	var at struct{ X, Y float64 }
	if err := chromedp.Run(tab, chromedp.ScrollIntoView("#maps"), chromedp.Evaluate(`(() => { const m = pnclab.mapCanvases[2], r = m.canvas.getBoundingClientRect(); return {X: r.x + m.points[7][0], Y: r.y + m.points[7][1]}; })()`, &at)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Run(tab, chromedp.MouseEvent(input.MouseMoved, at.X, at.Y)); err != nil {
		t.Fatal(err)
	}
	wait(t, tab, "pnclab.focus.layer === 2 && pnclab.focus.sample >= 0")
	wait(t, tab, `document.getElementById("formula").textContent.includes("layer 2") && document.getElementById("formula").textContent.includes("sample")`)
	if err := chromedp.Run(tab, chromedp.Focus("#plot-d"), chromedp.KeyEvent(kb.ArrowRight)); err != nil {
		t.Fatal(err)
	}
	wait(t, tab, `pnclab.focus.layer === 3 && document.getElementById("formula").textContent.includes("layer 3")`)
	text := eval[string](t, tab, `document.getElementById("formula").textContent`)
	s := show(t, tab)
	if want := fmt.Sprintf("= %.3g", parse(t, s.C[3])); !strings.Contains(text, want) {
		t.Errorf("the formula %q does not end in %s", text, want)
	}
	if err := chromedp.Run(tab, chromedp.KeyEvent(kb.Escape)); err != nil {
		t.Fatal(err)
	}
	wait(t, tab, "pnclab.focus.layer === -1")
}

func parse(t *testing.T, text string) (v float64) {
	t.Helper()
	if _, err := fmt.Sscan(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The address says everything: settings, tour, hidden and locked controls, a guess.
func TestAddress(t *testing.T) {
	tab := open(t, "#preset=small&depth=4&hide=alpha,tour&lock=xi&predict=1")
	if got := eval[string](t, tab, `pnclab.address()`); got != "#preset=small&depth=4&hide=alpha,tour&lock=xi&predict=1" {
		t.Errorf("the address became %s", got)
	}
	if !eval[bool](t, tab, `document.getElementById("xi").disabled && document.getElementById("row-alpha").offsetParent === null && document.getElementById("startTour").offsetParent === null`) {
		t.Error("what is locked or hidden is not")
	}
	if text := eval[string](t, tab, `document.getElementById("numbers").textContent + document.getElementById("maps").textContent`); strings.Contains(text, "layer 2 · C") || strings.Contains(text, "closed form") {
		t.Errorf("the secret is told: %s", text)
	}
	// Guess by keyboard, then reveal.
	if err := chromedp.Run(tab, chromedp.Focus("#plot-c"), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowDown)); err != nil {
		t.Fatal(err)
	}
	if n := eval[int](t, tab, `pnclab.guess.values.filter(v => v > 0).length`); n < 3 {
		t.Errorf("%d layers guessed by keyboard, want 3", n)
	}
	// And by pointer, with one stroke.
	var box struct{ X, Y, W, H float64 }
	if err := chromedp.Run(tab, chromedp.Evaluate(`(r => ({X: r.x, Y: r.y, W: r.width, H: r.height}))(document.getElementById("plot-c").getBoundingClientRect())`, &box)); err != nil {
		t.Fatal(err)
	}
	keyed := eval[float64](t, tab, `pnclab.guess.values[3] || 0`)
	if err := chromedp.Run(tab,
		chromedp.MouseEvent(input.MousePressed, box.X+.2*box.W, box.Y+.3*box.H, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseMoved, box.X+.95*box.W, box.Y+.6*box.H, func(p *input.DispatchMouseEventParams) *input.DispatchMouseEventParams { return p.WithButtons(1) }),
		chromedp.MouseEvent(input.MouseReleased, box.X+.95*box.W, box.Y+.6*box.H, chromedp.ButtonLeft)); err != nil {
		t.Fatal(err)
	}
	if drawn := eval[float64](t, tab, `pnclab.guess.values[3] || 0`); drawn == keyed || !(drawn > 0) {
		t.Errorf("the guess for layer 3 is %v after it was drawn, %v before", drawn, keyed)
	}
	if err := chromedp.Run(tab, chromedp.Click("#reveal")); err != nil {
		t.Fatal(err)
	}
	wait(t, tab, `/off by a factor of/.test(document.getElementById("verdict").textContent)`)
	compare(t, "revealed", show(t, tab))
}

// The tour has six steps, each of which sets the state.
func TestTour(t *testing.T) {
	tab := open(t, "")
	if err := chromedp.Run(tab, chromedp.Click("#startTour")); err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for k := 1; k <= 6; k++ {
		wait(t, tab, fmt.Sprintf("pnclab.view.tour === %d", k))
		titles[eval[string](t, tab, `document.getElementById("tourTitle").textContent`)] = true
		if err := chromedp.Run(tab, chromedp.Click("#tourNext")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	wait(t, tab, "pnclab.view.tour === 0")
	if len(titles) != 6 {
		t.Errorf("%d steps: %v", len(titles), titles)
	}
	done(t, tab)
}

// Presets train to an end, and none of them diverges.
func TestPresets(t *testing.T) {
	tab := open(t, "")
	presets := eval[[]string](t, tab, `Object.keys(pnclab.presets)`)
	if len(presets) < 8 {
		t.Errorf("only %v", presets)
	}
	for _, p := range presets {
		begin := time.Now()
		visit(t, tab, "#preset="+p)
		s := show(t, tab)
		if eval[bool](t, tab, `pnclab.run.diverged !== null`) {
			t.Errorf("%s diverges", p)
		}
		if chosen := eval[string](t, tab, `document.getElementById("preset").value`); chosen != p {
			t.Errorf("%s is shown as %q", p, chosen)
		}
		t.Logf("%-12s %5d epochs in %4.1f s, loss %.8s, C from %.6s to %.6s", p, s.Epoch, time.Since(begin).Seconds(), s.Loss, s.C[0], s.C[len(s.C)-1])
	}
}

// Tables have every digit; the cell of Go is that of the native library; pictures are
// pictures.
func TestExport(t *testing.T) {
	tab := open(t, "#seeds=3")
	wait(t, tab, "pnclab.run.band.length === 2")
	csv := eval[string](t, tab, `pnclab.table("c")`)
	if lines := strings.Split(strings.TrimSpace(csv), "\n"); len(lines) != 7 || lines[0] != "layer,C,C closed form,C seed 2,C seed 3" {
		t.Errorf("table of C:\n%s", csv)
	}
	for _, id := range []string{"d", "spectrum", "loss", "heatmap", "maps"} {
		if n := strings.Count(eval[string](t, tab, fmt.Sprintf(`pnclab.table(%q)`, id)), "\n"); n < 7 {
			t.Errorf("the table of %s has %d lines", id, n)
		}
	}
	for _, id := range []string{"c", "d", "spectrum", "loss", "heatmap", "maps"} {
		size := eval[int](t, tab, fmt.Sprintf(`new Promise(r => pnclab.picture(%q).toBlob(b => r(b.size)))`, id))
		if size < 2000 {
			t.Errorf("the picture of %s has %d bytes", id, size)
		}
	}
	s := show(t, tab)
	want, err := native(t, s.Config).GoCode(s.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	if got := eval[string](t, tab, `pnclab.engine.askCode(pnclab.run.config, pnclab.shown().epoch)`); got != want {
		t.Errorf("the cell of Go is\n%s\nwant\n%s", got, want)
	}
}

// Every control and picture has a name, and what is drawn is there as a table.
func TestReader(t *testing.T) {
	tab := open(t, "")
	nameless := eval[[]string](t, tab, `[...document.querySelectorAll("input, select, button, textarea, canvas[role]")].filter(e =>
		!(e.labels && e.labels.length) && !e.getAttribute("aria-label") && !e.textContent.trim()).map(e => e.outerHTML)`)
	if len(nameless) > 0 {
		t.Errorf("without a name: %v", nameless)
	}
	if rows := eval[int](t, tab, `document.querySelectorAll("#numbers tr").length`); rows != 7 {
		t.Errorf("the table for screen readers has %d rows, want 7", rows)
	}
	wait(t, tab, `document.getElementById("live").textContent.includes("converged")`)
}

// A phone shows nothing wider than itself; pictures of all kinds of screens go to
// $PNC_SHOTS to be looked at.
func TestScreens(t *testing.T) {
	shots := os.Getenv("PNC_SHOTS")
	for _, s := range []struct {
		name, hash  string
		width       int64
		phone, dark bool
	}{
		{"desktop", "", 1280, false, false}, {"desktop-dark", "#preset=nonlinear&epochs=100", 1280, false, true},
		{"wide", "#preset=common&seeds=5", 1900, false, false}, {"phone", "#tour=2", 390, true, false}, {"phone-dark", "", 390, true, true},
		{"projector", "#projector=1&hide=data,common,epochs,momentum,loss,teacher,export", 1280, false, false},
	} {
		tab := openSized(t, s.hash, s.width, s.phone, s.dark)
		if w := eval[int64](t, tab, `document.documentElement.scrollWidth`); w > s.width {
			t.Errorf("%s: the page is %d pixels wide on a screen of %d", s.name, w, s.width)
		}
		if shots != "" {
			time.Sleep(300 * time.Millisecond)
			if err := tab.Screenshot(filepath.Join(shots, s.name+".png")); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestAnimation makes the README's picture, in $PNC_SHOTS: the initial scale falls, and
// with it C of every layer.
func TestAnimation(t *testing.T) {
	shots := os.Getenv("PNC_SHOTS")
	if shots == "" {
		t.Skip("PNC_SHOTS names no folder for it")
	}
	tab := openSized(t, "#xi=.5&hide=data,classes,n,dim,noise,common,momentum,loss,alpha,lr,epochs,norm,seed,seeds,speed,teacher,export", 1000, false, false)
	var film gif.GIF
	var images []image.Image
	for i := range 21 {
		x := math.Exp(math.Log(.5) + float64(i)/20*math.Log(.1/.5))
		eval[any](t, tab, fmt.Sprintf(`pnclab.move("xi", %v), document.getElementById("clearGhost").click()`, x))
		done(t, tab)
		time.Sleep(100 * time.Millisecond)
		var b []byte
		if err := chromedp.Run(tab, chromedp.ActionFunc(func(ctx context.Context) (err error) {
			b, err = page.CaptureScreenshot().WithClip(&page.Viewport{Width: 1000, Height: 640, Scale: 0.8}).Do(ctx)
			return err
		})); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	colors := commonColors(images)
	for _, img := range images {
		frame := image.NewPaletted(img.Bounds(), colors)
		draw.Draw(frame, img.Bounds(), img, image.Point{}, draw.Src)
		film.Image, film.Delay = append(film.Image, frame), append(film.Delay, 18)
	}
	film.Delay[0], film.Delay[20] = 120, 200
	f, err := os.Create(filepath.Join(shots, "playground.gif"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := gif.EncodeAll(f, &film); err != nil {
		t.Fatal(err)
	}
}

// commonColors returns the 256 most common colours.
func commonColors(images []image.Image) color.Palette {
	count := map[color.Color]int{}
	for _, img := range images {
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				count[img.At(x, y)]++
			}
		}
	}
	colors := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) })
	return colors[:min(256, len(colors))]
}

// The page works over http, where it asks for nothing but itself, and in a sandboxed
// frame.
func TestElsewhere(t *testing.T) {
	asked := map[string]int{}
	frame := "<!doctype html><title>frame</title><link rel=icon href=data:,><iframe sandbox=allow-scripts width=1200 height=800 srcdoc=\"" +
		strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(string(html)) + "\"></iframe>"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/frame" {
			w.Write([]byte(frame))
		} else {
			w.Write(html)
		}
	}))
	defer server.Close()
	tab, closeTab, err := Open(chromium, server.URL+"/", 1280, 900, 1, false, false)
	if err != nil {
		t.Fatal(err)
	}
	done(t, tab)
	compare(t, "over http", show(t, tab))
	closeTab()

	tab, closeTab, err = Open(chromium, server.URL+"/frame", 1280, 900, 1, false, false)
	defer closeTab()
	if err != nil {
		t.Fatal(err)
	}
	inner := sandboxed(t, tab)
	done(t, inner)
	compare(t, "in a sandboxed frame", show(t, inner))
	for _, e := range append(tab.Errors(), inner.Errors()...) {
		t.Errorf("in a frame the page complains: %s", e)
	}
	if len(asked) != 2 || asked["/"] != 1 || asked["/frame"] != 1 {
		t.Errorf("the server had requests for %v", asked)
	}
}

// sandboxed returns the first frame with a sandbox of a tab, which the browser runs in a
// process of its own, as a target with the identifier of the frame.
func sandboxed(t *testing.T, tab *Tab) *Tab {
	t.Helper()
	wait(t, tab, `document.querySelector("iframe[sandbox]")`)
	var frame *runtime.RemoteObject
	var node *cdp.Node
	if err := chromedp.Run(tab, chromedp.Evaluate(`document.querySelector("iframe[sandbox]")`, &frame), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		node, err = dom.DescribeNode().WithObjectID(frame.ObjectID).Do(ctx)
		return err
	})); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		infos, err := chromedp.Targets(tab)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range infos {
			if string(info.TargetID) == string(node.FrameID) {
				ctx, _ := chromedp.NewContext(tab, chromedp.WithTargetID(info.TargetID))
				inner := &Tab{Context: ctx}
				chromedp.ListenTarget(ctx, inner.listen)
				if err := chromedp.Run(ctx); err != nil {
					t.Fatal(err)
				}
				return inner
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("no frame")
	return nil
}
