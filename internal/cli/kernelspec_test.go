package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answer runs a command to which a person answers.
func answer(t *testing.T, text string, args ...string) (out, asked string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&o)
	root.SetErr(&e)
	root.SetIn(strings.NewReader(text))
	err = root.ExecuteContext(t.Context())
	return o.String(), e.String(), err
}

func TestKernelspec(t *testing.T) {
	if testing.Short() {
		t.Skip("may build the kernel")
	}
	checkoutDir := checkout(t)
	prefix := filepath.Join(t.TempDir(), "an env [1]")
	folder := filepath.Join(prefix, "share", "jupyter", "kernels", "gonb")
	file := filepath.Join(folder, "kernel.json")
	if out, holds, err := answer(t, "", "kernelspec", "path", "--prefix", prefix); err != nil || out != folder+"\n" || holds != "not installed\n" {
		t.Errorf("path printed %q and %q, %v", out, holds, err)
	}
	if _, _, err := answer(t, "", "kernelspec", "remove", "--prefix", prefix); err == nil || err.Error() != "there is no kernel "+folder {
		t.Errorf("removed nothing: %v", err)
	}
	for range 2 { // its own is replaced without a question
		if out, _, err := answer(t, "", "kernelspec", "install", "--prefix", prefix); err != nil || out != "installed "+folder+"\n" {
			t.Fatalf("printed %q, %v", out, err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Argv        []string
		DisplayName string `json:"display_name"`
	}
	if err := json.Unmarshal(b, &spec); err != nil || spec.DisplayName != "Go (pnclab)" || spec.Argv[3] != "-go_work="+checkoutDir {
		t.Errorf("%v in %s", err, b)
	}
	const theirs = `{"argv": ["gonb"], "display_name": "Go (gonb)", "language": "go"}`
	for _, test := range []struct{ theirs, describes string }{
		{theirs, `the kernel "Go (gonb)" of another program`},
		{"{", `the kernel "damaged" of another program`},
		{strings.ReplaceAll(string(b), checkoutDir, "/elsewhere"), "the kernel of /elsewhere"},
	} {
		for _, verb := range []string{"install", "remove"} {
			write(t, file, test.theirs)
			question := folder + " holds " + test.describes + "; " + map[string]string{"install": "replace", "remove": "remove"}[verb] + " it? [y/N] "
			for _, no := range []string{"", "n\n", "\n"} {
				_, asked, err := answer(t, no, "kernelspec", verb, "--prefix", prefix)
				if err == nil || !strings.HasPrefix(err.Error(), "nothing changed: ") || asked != question {
					t.Errorf("%s: asked %q, error %v", verb, asked, err)
				}
				if now, _ := os.ReadFile(file); string(now) != test.theirs {
					t.Fatalf("%s: after %q the file is %s", verb, no, now)
				}
			}
			if _, _, err := command(t, "kernelspec", verb, "--prefix", prefix); err == nil || !strings.Contains(err.Error(), "; pnclab kernelspec "+verb+" --yes will re") {
				t.Errorf("%s without a terminal: error %v", verb, err)
			}
			if _, _, err := answer(t, "y\n", "kernelspec", verb, "--prefix", prefix); err != nil {
				t.Errorf("%s: %v", verb, err)
			}
			now, err := os.ReadFile(file)
			if verb == "install" && !bytes.Equal(now, b) || verb == "remove" && !os.IsNotExist(err) {
				t.Errorf("%s: then the file is %s, %v", verb, now, err)
			}
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, file, theirs)
	if _, asked, err := answer(t, "", "kernelspec", "install", "--yes", "--prefix", prefix); err != nil || asked != "" {
		t.Errorf("--yes: asked %q, error %v", asked, err)
	}
	if out, holds, err := answer(t, "", "kernelspec", "path", "--prefix", prefix); err != nil || out != folder+"\n" || holds != "holds the kernel of "+checkoutDir+"\n" {
		t.Errorf("path printed %q and %q, %v", out, holds, err)
	}
}

func TestNew(t *testing.T) {
	checkout(t)
	path := filepath.Join(t.TempDir(), "a b.ipynb")
	if out, _, err := command(t, "new", path); err != nil || !strings.HasPrefix(out, path+": open it") {
		t.Errorf("printed %q, %v", out, err)
	}
	if _, _, err := command(t, "new", path); err == nil || !strings.HasSuffix(err.Error(), "exists already; choose another name") {
		t.Errorf("twice: %v", err)
	}
	if _, _, err := command(t, "new", "a.txt"); err == nil || !strings.HasSuffix(err.Error(), "ends in .ipynb") {
		t.Errorf("another type: %v", err)
	}
	t.Chdir(t.TempDir()) // where no checkout is, that of this program's source is taken
	if _, _, err := command(t, "new", "x.ipynb"); err != nil {
		t.Error(err)
	}
}
