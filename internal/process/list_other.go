//go:build !linux

package process

// Shares is not known here.
func Shares(a, b int) bool { return true }
