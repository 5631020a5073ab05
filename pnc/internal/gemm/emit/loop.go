package emit

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Elements are the elements that the body of a loop works on: one vector of each
// slice, at the same index. In the last round it may be less than a whole vector.
type Elements struct {
	k    *Kernel
	i    reg.GPVirtual // bytes done
	disp int
	mask Mask // nil for a whole vector
}

// at returns the address of the elements in the slice that starts at p.
func (e Elements) at(p reg.GPVirtual) operand.Mem {
	return operand.Mem{Base: p, Index: e.i, Scale: 1, Disp: e.disp}
}

// Load returns the elements of the slice that starts at p, in a new register. Lanes
// without an element are zero.
func (e Elements) Load(p reg.GPVirtual) reg.VecVirtual { return e.Get(e.at(p)) }

// Store sets the elements of the slice that starts at p.
func (e Elements) Store(v Op, p reg.GPVirtual) { e.Put(v, e.at(p)) }

// Prefetch fetches the elements of the slice that starts at p into the cache.
func (e Elements) Prefetch(p reg.GPVirtual) { e.k.PREFETCHT0(e.at(p)) }

// Get is Load for elements at an address that the body of the loop computes itself.
func (e Elements) Get(at operand.Mem) reg.VecVirtual {
	v := e.k.Vec()
	if e.mask == nil {
		e.k.Move(at, v)
	} else {
		e.k.LoadMask(at, e.mask, v)
	}
	return v
}

// Put is Store for such elements.
func (e Elements) Put(v Op, at operand.Mem) {
	if e.mask == nil {
		e.k.Move(v, at)
	} else {
		e.k.StoreMask(v, e.mask, at)
	}
}

// Clear sets the lanes of v that hold no element to zero.
func (e Elements) Clear(v Op) {
	if e.mask != nil {
		e.k.Select(e.mask, v, v)
	}
}

// Loop appends a loop over n elements. The body is called for unroll vectors at a
// time, numbered by u, then with u = 0 for single vectors and for the rest.
func (k *Kernel) Loop(n reg.GPVirtual, unroll int, body func(e Elements, u int)) {
	i := k.GP64()
	k.XORQ(i, i)
	rounds := func(label, next string, unroll int) {
		step := operand.I32(unroll * k.Lanes())
		k.CMPQ(n, step)
		Goto(k.JLT, next)
		k.Label(label)
		for u := range unroll {
			body(Elements{k: k, i: i, disp: u * k.Bytes()}, u)
		}
		k.ADDQ(operand.I32(unroll*k.Bytes()), i)
		k.SUBQ(step, n)
		k.CMPQ(n, step)
		Goto(k.JGE, label)
	}
	if unroll > 1 {
		rounds("wide", "narrow", unroll)
		k.Label("narrow")
	}
	rounds("vector", "rest", 1)
	k.Label("rest")
	k.TESTQ(n, n)
	Goto(k.JZ, "done")
	body(Elements{k: k, i: i, mask: k.Mask(n)}, 0)
	k.Label("done")
}
