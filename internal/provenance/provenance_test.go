package provenance

import (
	"runtime/debug"
	"strings"
	"testing"

	"pnclab/pnc"
)

func TestDescribe(t *testing.T) {
	build := func(path string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Path: path}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const commit = "1f2e3d4c5b6a79880716"
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, pnc.Version},
		{build("pnclab"), pnc.Version},
		{build("pnclab", "vcs.revision", commit, "vcs.modified", "false"), pnc.Version + " (commit 1f2e3d4c5b6a)"},
		{build("pnclab", "vcs.modified", "true", "vcs.revision", commit), pnc.Version + " (commit 1f2e3d4c5b6a, modified)"},
		{build("elsewhere", "vcs.revision", commit), pnc.Version}, // the commit is that of another module
	} {
		if got := describe(test.info); got != test.want {
			t.Errorf("%v: %q, want %q", test.info, got, test.want)
		}
	}
}

func TestProcessor(t *testing.T) {
	if got := Processor(); got == "" || strings.ContainsAny(got, "\n\t") {
		t.Errorf("processor %q", got)
	}
}
