package notebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"pnclab/internal/atomicfile"
)

// KernelName is the name of the kernel in the notebooks. It is that of every GoNB
// installation, so that the notebooks also open elsewhere.
const KernelName = "gonb"

// displayName is what Jupyter shows.
const displayName = "Go (" + modulePath + ")"

// Kernelspec is what Jupyter's kernel can do.
type Kernelspec struct {
	Tools Tools
	Root  string // the checkout whose module every notebook can import
	Gopls string // the folder of [Gopls]; kernels look there when they start
	// Verbose lets kernels log to the terminal of Jupyter. GoNB would also print messages
	// of every severity when it starts, as a test of its log, and a line for every cell.
	Verbose bool
}

// Write installs the kernel for Jupyter in the data folder dir, which Jupyter finds
// through JUPYTER_PATH.
func (k Kernelspec) Write(dir string) error {
	module, err := goWork(k.Root)
	if err != nil {
		return err
	}
	argv := []string{k.Tools.Gonb, "--kernel", "{connection_file}", module}
	if !k.Verbose {
		argv = append(argv, "-logtostderr=false", "-stderrthreshold=FATAL", "-extra_log="+os.DevNull)
	}
	list := string(os.PathListSeparator)
	spec := map[string]any{
		"argv":           argv,
		"display_name":   displayName,
		"language":       "go",
		"interrupt_mode": "message",
		"env": map[string]string{
			"PATH":    k.Tools.Dir + list + k.Gopls + list + "${PATH}",
			"GOFLAGS": k.Tools.GoFlags,
			"GOWORK":  "", // each kernel has a workspace of its own
		},
		"metadata": map[string]any{modulePath: map[string]string{"root": k.Root}},
	}
	b, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return err
	}
	folder := KernelFolder(dir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(folder, "kernel.json"), append(b, '\n'))
}

// KernelFolder returns the folder of the kernel in a data folder of Jupyter.
func KernelFolder(dir string) string { return filepath.Join(dir, "kernels", KernelName) }

// InstalledKernel is a kernel in a data folder of Jupyter.
type InstalledKernel struct {
	DisplayName string
	Root        string // the checkout that it was installed from; "" if by another program
}

// ReadKernelspec returns the kernel in the data folder dir, nil if there is none. One
// that cannot be read is another program's.
func ReadKernelspec(dir string) (*InstalledKernel, error) {
	b, err := os.ReadFile(filepath.Join(KernelFolder(dir), "kernel.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var spec struct {
		DisplayName string `json:"display_name"`
		Metadata    struct {
			Pnclab struct{ Root string }
		}
	}
	if err := json.Unmarshal(b, &spec); err != nil {
		return &InstalledKernel{DisplayName: "damaged"}, nil
	}
	return &InstalledKernel{DisplayName: spec.DisplayName, Root: spec.Metadata.Pnclab.Root}, nil
}

// RemoveKernelspec removes the kernel from the data folder dir.
func RemoveKernelspec(dir string) error { return os.RemoveAll(KernelFolder(dir)) }

// JupyterData returns the folder of Jupyter's data below an installation's prefix, such
// as that of a virtual environment, or the user's if prefix is "".
func JupyterData(prefix string) (string, error) {
	if prefix != "" {
		prefix, err := filepath.Abs(prefix)
		return filepath.Join(prefix, "share", "jupyter"), err
	}
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
		return "", errors.New("no folder for Jupyter's data: APPDATA is not set")
	case "darwin":
	default:
		if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for Jupyter's data: %w; set HOME or JUPYTER_DATA_DIR, or choose --prefix", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}
