package notebook

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestJupyterData(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the paths of Linux")
	}
	abs, err := filepath.Abs("env")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ prefix, jupyter, xdg, home, want string }{
		{"/opt/env", "/j", "/x", "/h", "/opt/env/share/jupyter"},
		{"env", "", "", "", abs + "/share/jupyter"},
		{"", "/j", "/x", "/h", "/j"},
		{"", "", "/x", "/h", "/x/jupyter"},
		{"", "", "", "/h", "/h/.local/share/jupyter"},
	} {
		t.Setenv("JUPYTER_DATA_DIR", test.jupyter)
		t.Setenv("XDG_DATA_HOME", test.xdg)
		t.Setenv("HOME", test.home)
		if got, err := JupyterData(test.prefix); err != nil || got != test.want {
			t.Errorf("%+v: %s, %v", test, got, err)
		}
	}
	t.Setenv("JUPYTER_DATA_DIR", "")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HOME", "")
	if _, err := JupyterData(""); err == nil || !strings.HasSuffix(err.Error(), "set HOME or JUPYTER_DATA_DIR, or choose --prefix") {
		t.Errorf("without HOME: %v", err)
	}
}
