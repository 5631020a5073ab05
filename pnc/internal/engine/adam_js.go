package engine

import (
	"pnclab/pnc/internal/gemm"
	"pnclab/pnc/internal/vec"
)

// A page has no Adam.

type adamMemory[T gemm.Float] struct{}

// AdamRates panics.
func AdamRates[T gemm.Float](Adam) vec.AdamRates[T] { panic("pnc: a page has no Adam") }

// PrepareAdam panics.
func (e *Engine[T]) PrepareAdam() { panic("pnc: a page has no Adam") }

// DescendAdam panics.
func (e *Engine[T]) DescendAdam(Adam) { panic("pnc: a page has no Adam") }
