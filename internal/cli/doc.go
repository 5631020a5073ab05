// Package cli holds the commands of the program. Each has a file of its own
// and a line in the list of root.go.
package cli
