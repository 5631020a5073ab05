// Package provenance says what a result came from: which version of the program,
// on which processor.
package provenance
