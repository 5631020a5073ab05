package provenance

import (
	"runtime/debug"
	"slices"

	"pnclab/pnc"
)

// Version returns the version of the program, with the commit it was built from if
// the build recorded one: "0.5.0", "0.5.0 (commit 1f2e3d4c5b6a, modified)". What go
// run builds records none, go build in a checkout does unless it is told not to.
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return describe(info)
}

func describe(info *debug.BuildInfo) string {
	if info == nil || info.Main.Path != "pnclab" {
		return pnc.Version
	}
	setting := func(key string) string {
		i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
		if i < 0 {
			return ""
		}
		return info.Settings[i].Value
	}
	commit := setting("vcs.revision")
	if commit == "" {
		return pnc.Version
	}
	commit = commit[:min(12, len(commit))]
	if setting("vcs.modified") == "true" {
		commit += ", modified"
	}
	return pnc.Version + " (commit " + commit + ")"
}
