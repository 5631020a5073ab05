//go:build !amd64 || noasm

package isa

func best() Path { return Portable }
