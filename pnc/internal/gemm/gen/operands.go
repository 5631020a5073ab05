package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"pnclab/pnc/internal/gemm/emit"
)

// operandA gives the addresses of the elements of A.
type operandA struct {
	k        *emit.Kernel
	layout   layout
	row      func(i int) operand.Mem
	pointers []reg.GPVirtual
	csa      reg.GPVirtual // if needed
}

// apart is the number of rows per pointer if A is stored by rows.
const apart = 3

func newOperandA(k *emit.Kernel, l layout, rows int) *operandA {
	o := &operandA{k: k, layout: l}
	a := k.Int("a")
	switch l {
	case strided:
		o.csa = k.Stride("csa")
		o.row = rowAddress(k, a, k.Stride("rsa"), rows)
		for i := 0; i < rows; i += 8 {
			o.pointers = append(o.pointers, o.row(i).Base.(reg.GPVirtual))
		}
	case byRows:
		rsa, next := k.Stride("rsa"), k.GP64()
		k.LEAQ(operand.Mem{Base: rsa, Index: rsa, Scale: 2}, next)
		o.pointers = []reg.GPVirtual{a}
		for i := apart; i < rows; i += apart {
			p := k.GP64()
			k.LEAQ(operand.Mem{Base: o.pointers[len(o.pointers)-1], Index: next, Scale: 1}, p)
			o.pointers = append(o.pointers, p)
		}
		o.row = func(i int) operand.Mem {
			m := operand.Mem{Base: o.pointers[i/apart]}
			if i %= apart; i > 0 {
				m.Index, m.Scale = rsa, uint8(i)
			}
			return m
		}
	case byColumns:
		o.csa = k.Stride("csa")
		o.row = func(i int) operand.Mem { return operand.Mem{Base: a, Disp: i * k.Size()} }
		o.pointers = []reg.GPVirtual{a}
	}
	return o
}

// at returns the address of the element of row i that is u steps ahead.
func (o *operandA) at(i, u int) operand.Mem {
	m := o.row(i)
	if o.layout == byRows {
		m.Disp = u * o.k.Size()
	}
	return m
}

// embedded reports whether multiplications read the element of row i from memory
// themselves. That saves an instruction but reads the element once for each vector,
// so it is not done for all rows. It is not done where the address has an index
// either: the processor would split the instruction in two.
func (o *operandA) embedded(i int) bool {
	switch {
	case o.k.ISA != emit.AVX512:
		return false
	case o.layout == byRows:
		return i%apart == 0
	}
	return o.layout == byColumns && i%3 != 2
}

// step ends a step.
func (o *operandA) step() {
	if o.layout == byColumns {
		o.k.ADDQ(o.csa, o.pointers[0])
	}
}

// advance moves the pointers after n steps.
func (o *operandA) advance(n int) {
	for _, p := range o.pointers {
		switch o.layout {
		case strided:
			o.k.ADDQ(o.csa, p)
		case byRows:
			o.k.ADDQ(operand.U8(n*o.k.Size()), p)
		}
	}
}

// operandB gives the addresses of the vectors of B.
type operandB struct {
	k               *emit.Kernel
	b, stride, many reg.GPVirtual
}

func newOperandB(k *emit.Kernel, l layout) *operandB {
	o := &operandB{k: k, b: k.Int("b"), stride: k.Stride("rsb")}
	if l != strided {
		o.many = k.GP64()
		k.LEAQ(operand.Mem{Base: o.stride, Index: o.stride, Scale: 2}, o.many)
	}
	return o
}

// at returns the address of the j-th vector that is u steps ahead.
func (o *operandB) at(u, j int) operand.Mem {
	m := operand.Mem{Base: o.b, Disp: j * o.k.Bytes()}
	switch u {
	case 0:
	case 3:
		m.Index, m.Scale = o.many, 1
	default:
		m.Index, m.Scale = o.stride, uint8(u)
	}
	return m
}

// advance moves the pointer after n steps.
func (o *operandB) advance(n int) {
	o.k.LEAQ(operand.Mem{Base: o.b, Index: o.stride, Scale: uint8(n)}, o.b)
}

// path is the sequence of lines that are prefetched into the second-level cache.
// They are spread over the loop, one per round, so that they hardly delay what the
// loop itself reads.
type path struct {
	k      *emit.Kernel
	at, by reg.GPVirtual
}

func newPath(k *emit.Kernel) *path {
	p := &path{k, k.GP64(), k.GP64()}
	from := k.Int("ahead")
	k.MOVQ(operand.Mem{Base: from}, p.at)
	k.MOVQ(operand.Mem{Base: from, Disp: 8}, p.by)
	return p
}

// fetch prefetches the next line.
func (p *path) fetch() {
	p.k.PREFETCHT1(operand.Mem{Base: p.at})
	p.k.ADDQ(p.by, p.at)
}

// rowAddress returns a function that returns the address of row i of up to 16 rows
// that start at base and are stride bytes apart. Rows 0 and 8 have a register each;
// advancing these advances all rows.
func rowAddress(k *emit.Kernel, base, stride reg.GPVirtual, rows int) func(i int) operand.Mem {
	multiple := map[int]reg.GPVirtual{1: stride}
	lea := func(n, times int) {
		multiple[n] = k.GP64()
		k.LEAQ(operand.Mem{Base: multiple[n-times], Index: stride, Scale: uint8(times)}, multiple[n])
	}
	if rows > 3 {
		lea(3, 2)
	}
	if rows > 5 {
		lea(5, 4)
	}
	if rows > 7 {
		lea(7, 4)
	}
	bases := []reg.GPVirtual{base}
	if rows > 8 {
		next := k.GP64()
		k.LEAQ(operand.Mem{Base: base, Index: stride, Scale: 8}, next)
		bases = append(bases, next)
	}
	return func(i int) operand.Mem {
		m := operand.Mem{Base: bases[i/8]}
		switch i %= 8; i {
		case 0:
		case 1, 3, 5, 7:
			m.Index, m.Scale = multiple[i], 1
		case 2, 4:
			m.Index, m.Scale = stride, uint8(i)
		case 6:
			m.Index, m.Scale = multiple[3], 2
		}
		return m
	}
}
