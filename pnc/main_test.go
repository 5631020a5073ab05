package pnc

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain keeps tests from downloading data and from using or filling the
// user's cache of runs, regardless of what they call, and fails if one of them leaves a
// goroutine behind.
func TestMain(m *testing.M) {
	os.Setenv("PNC_OFFLINE", "1")
	os.Setenv("PNC_CACHE", "off")
	goleak.VerifyTestMain(m)
}
