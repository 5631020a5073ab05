package pnc

import (
	"os"
	"testing"
)

// TestMain keeps tests from downloading data and from using or filling the
// user's cache of runs, regardless of what they call.
func TestMain(m *testing.M) {
	os.Setenv("PNC_OFFLINE", "1")
	os.Setenv("PNC_CACHE", "off")
	os.Exit(m.Run())
}
