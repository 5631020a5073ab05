//go:build unix && !linux

package process

// List returns all processes, and false if there is no command ps.
func List() (all []Process, known bool) { return listPS() }
