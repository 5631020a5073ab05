// Package cli implements the commands of the program. Each has its own file and an
// entry in the list in root.go.
package cli
