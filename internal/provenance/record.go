package provenance

import (
	"fmt"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"

	"pnclab/pnc"
)

// Record says what numbers came from, for reports and their readers.
type Record struct {
	Version   string    `json:"version"`          // of pnclab
	Commit    string    `json:"commit,omitempty"` // of the checkout, if it is a repository
	Go        string    `json:"go"`
	System    string    `json:"system"` // such as "linux/amd64"
	Processor string    `json:"processor"`
	Cores     int       `json:"cores"`
	Kernels   string    `json:"kernels"` // see pnc.Kernels
	Modules   []string  `json:"modules"` // path and version of the modules in the program
	Data      []DataSet `json:"data"`    // the data sets that were found on this machine
}

// DataSet identifies one split of a data set by its contents.
type DataSet struct {
	Name    string `json:"name"`
	Split   string `json:"split"`
	SHA256  string `json:"sha256"`            // over its files in order
	Differs string `json:"differs,omitempty"` // how they differ from those published, see pnc.SplitAvailability
}

// Of returns the record of this program and machine, for a checkout in the folder
// root. What cannot be found out is left empty.
func Of(root string) Record {
	r := Record{
		Version: pnc.Version, Commit: commit(root), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Processor: Processor(), Cores: runtime.NumCPU(), Kernels: pnc.Kernels(), Modules: []string{}, Data: []DataSet{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			r.Modules = append(r.Modules, m.Path+" "+m.Version)
		}
	}
	available, _ := pnc.Available() // what is wrong with PNC_DATA is told by those who read data
	for _, a := range available {
		for _, s := range a.Splits {
			if sum, err := s.Checksum(); err == nil && sum != "" {
				r.Data = append(r.Data, DataSet{a.Name, s.Name, sum, s.Differs})
			}
		}
	}
	return r
}

// commit returns the commit that is checked out in a folder, and whether files differ
// from it.
func commit(dir string) string {
	git := func(args ...string) (string, error) {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	head, err := git("rev-parse", "--short=12", "HEAD")
	if err != nil {
		return ""
	}
	if changes, err := git("status", "--porcelain", "--untracked-files=no"); err == nil && changes != "" {
		return fmt.Sprintf("%s, with changes", head)
	}
	return head
}
