package notebook

import (
	"encoding/json"
	"os"
	"path/filepath"

	"pnclab/internal/atomicfile"
)

// KernelName is the name of the kernel in the notebooks. It is that of every GoNB
// installation, so that the notebooks also open elsewhere.
const KernelName = "gonb"

// WriteKernelspec installs the kernel for Jupyter in the data folder dir, which Jupyter
// finds through JUPYTER_PATH. Every notebook can import the module in root.
func WriteKernelspec(dir string, tools Tools, root string) error {
	spec := map[string]any{
		"argv":           []string{tools.Gonb, "--kernel", "{connection_file}", "-go_work=" + root},
		"display_name":   "Go (" + modulePath + ")",
		"language":       "go",
		"interrupt_mode": "message",
		"env": map[string]string{
			"PATH":    tools.Dir + string(os.PathListSeparator) + "${PATH}",
			"GOFLAGS": tools.GoFlags,
		},
	}
	b, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "kernels", KernelName)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(folder, "kernel.json"), append(b, '\n'))
}
