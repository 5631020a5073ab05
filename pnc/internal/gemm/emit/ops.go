package emit

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Op is an operand.
type Op = operand.Op

// either appends the instruction for the element type.
func (k *Kernel) either(f32, f64 func(...Op), ops ...Op) {
	if k.Bits == 32 {
		f32(ops...)
	} else {
		f64(ops...)
	}
}

// Vec returns a new vector register.
func (k *Kernel) Vec() reg.VecVirtual {
	if k.ISA == AVX512 {
		return k.ZMM()
	}
	return k.YMM()
}

// Vecs returns n new vector registers.
func (k *Kernel) Vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = k.Vec()
	}
	return v
}

// Zero sets v = 0.
func (k *Kernel) Zero(v Op) {
	if k.ISA == AVX512 {
		k.VPXORD(v, v, v)
	} else {
		k.VXORPS(v, v, v)
	}
}

// Move sets dst = src.
func (k *Kernel) Move(src, dst Op) { k.either(k.VMOVUPS, k.VMOVUPD, src, dst) }

// Broadcast sets every lane of dst to the element at src.
func (k *Kernel) Broadcast(src, dst Op) { k.either(k.VBROADCASTSS, k.VBROADCASTSD, src, dst) }

// Constants makes Constant available for the given numbers.
func (k *Kernel) Constants(all ...float64) {
	k.constants = map[float64]Op{}
	for _, c := range all {
		bits, words := math.Float64bits(c), 1
		if k.Bits == 32 {
			bits = uint64(math.Float32bits(float32(c))) * (1<<32 + 1)
		}
		if k.ISA == AVX2 {
			words = 4
		}
		at := k.file.data(fmt.Sprintf("constant%dx%d_%x", k.Bits, words, bits), words, bits)
		if k.constants[c] = at; k.ISA == AVX512 {
			v := k.Vec()
			k.Broadcast(at, v)
			k.constants[c] = v
		}
	}
}

// Constant returns an operand that has one of the Constants in every lane: a register,
// or memory where registers are few. It must be the first operand of an instruction.
func (k *Kernel) Constant(c float64) Op {
	op, ok := k.constants[c]
	if !ok {
		panic(fmt.Sprintf("emit: %v is not among the constants of the kernel", c))
	}
	return op
}

// data returns the address of a number of equal words.
func (f *File) data(name string, words int, word uint64) operand.Mem {
	if !f.constants[name] {
		f.constants[name] = true
		f.ctx.StaticGlobal(name)
		f.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range words {
			f.ctx.AddDatum(8*i, operand.U64(word))
		}
	}
	return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
}

// Add sets dst = x + y.
func (k *Kernel) Add(x, y, dst Op) { k.either(k.VADDPS, k.VADDPD, x, y, dst) }

// Sub sets dst = y - x.
func (k *Kernel) Sub(x, y, dst Op) { k.either(k.VSUBPS, k.VSUBPD, x, y, dst) }

// Mul sets dst = x*y.
func (k *Kernel) Mul(x, y, dst Op) { k.either(k.VMULPS, k.VMULPD, x, y, dst) }

// Div sets dst = y/x.
func (k *Kernel) Div(x, y, dst Op) { k.either(k.VDIVPS, k.VDIVPD, x, y, dst) }

// Sqrt sets dst = √x.
func (k *Kernel) Sqrt(x, dst Op) { k.either(k.VSQRTPS, k.VSQRTPD, x, dst) }

// MulAdd sets dst += x*y, rounded once.
func (k *Kernel) MulAdd(x, y, dst Op) { k.either(k.VFMADD231PS, k.VFMADD231PD, x, y, dst) }

// MulAddBroadcast sets dst += x*y, rounded once, where y is the element at the given
// address in every lane.
func (k *Kernel) MulAddBroadcast(x Op, y operand.Mem, dst Op) {
	k.either(k.VFMADD231PS_BCST, k.VFMADD231PD_BCST, y, x, dst)
}

// MulSub sets dst -= x*y, rounded once.
func (k *Kernel) MulSub(x, y, dst Op) { k.either(k.VFNMADD231PS, k.VFNMADD231PD, x, y, dst) }

// Mask selects the leading lanes of a vector in memory: an opmask register, or
// a vector of all-ones and zeros.
type Mask Op

// Mask returns a mask of the first n lanes, 0 <= n <= Lanes, where n is an
// integer register that is left unchanged.
func (k *Kernel) Mask(n reg.GPVirtual) Mask {
	t := k.GP64()
	if k.ISA == AVX512 {
		m := k.K()
		k.MOVQ(operand.I32(-1), t)
		k.BZHIQ(n, t, t)
		k.KMOVW(t.As32(), m)
		return m
	}
	// A window into ones followed by zeros that begins n elements before the zeros.
	m := k.Vec()
	ones := k.GP64()
	k.LEAQ(k.file.window(), ones)
	k.MOVQ(n, t)
	k.NEGQ(t)
	k.Move(operand.Mem{Base: ones, Disp: k.Bytes(), Index: t, Scale: uint8(k.Size())}, m)
	return m
}

// window returns the address of 32 bytes of ones followed by 32 of zeros.
func (f *File) window() operand.Mem {
	const name = "window"
	if !f.masks {
		f.masks = true
		f.ctx.StaticGlobal(name)
		f.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 8 {
			ones := ^uint64(0)
			if i >= 4 {
				ones = 0
			}
			f.ctx.AddDatum(8*i, operand.U64(ones))
		}
	}
	return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
}

// LoadMask sets the selected lanes of dst to those at src and the others to
// zero. Memory of lanes that are not selected is not read.
func (k *Kernel) LoadMask(src operand.Mem, m Mask, dst Op) {
	switch {
	case k.ISA == AVX512 && k.Bits == 32:
		k.VMOVUPS_Z(src, m, dst)
	case k.ISA == AVX512:
		k.VMOVUPD_Z(src, m, dst)
	case k.Bits == 32:
		k.VMASKMOVPS(src, m, dst)
	default:
		k.VMASKMOVPD(src, m, dst)
	}
}

// MergeMask sets the selected lanes of dst to those at src and leaves the others
// unchanged. It requires AVX-512. Memory of lanes that are not selected is not read.
func (k *Kernel) MergeMask(src operand.Mem, m Mask, dst Op) {
	k.either(k.VMOVUPS, k.VMOVUPD, src, m, dst)
}

// StoreMask stores the selected lanes of src and writes no other memory.
func (k *Kernel) StoreMask(src Op, m Mask, dst operand.Mem) {
	switch {
	case k.ISA == AVX512:
		k.either(k.VMOVUPS, k.VMOVUPD, src, m, dst)
	case k.Bits == 32:
		k.VMASKMOVPS(src, m, dst)
	default:
		k.VMASKMOVPD(src, m, dst)
	}
}

// Select sets dst to src in the selected lanes and to zero in the others.
func (k *Kernel) Select(m Mask, src, dst Op) {
	switch {
	case k.ISA == AVX512 && k.Bits == 32:
		k.VMOVUPS_Z(src, m, dst)
	case k.ISA == AVX512:
		k.VMOVUPD_Z(src, m, dst)
	default:
		k.VANDPS(m, src, dst)
	}
}

// NotAtMost returns a mask of the lanes in which x <= y is false, as it is for NaN.
func (k *Kernel) NotAtMost(x, y Op) Mask {
	const notLessOrEqual = operand.U8(0x16) // unordered, quiet
	var m Mask
	if k.ISA == AVX512 {
		m = k.K()
	} else {
		m = k.Vec()
	}
	k.either(k.VCMPPS, k.VCMPPD, notLessOrEqual, y, x, m)
	return m
}

// Max sets dst to the greater of x and y, or to x if either is NaN.
func (k *Kernel) Max(x, y, dst Op) { k.either(k.VMAXPS, k.VMAXPD, x, y, dst) }

// ReturnSum stores the sum of all lanes of v as the result of the given name. It
// overwrites v.
func (k *Kernel) ReturnSum(v reg.VecVirtual, name string) {
	half := k.YMM()
	y, x := v.AsY(), v.AsX()
	if k.ISA == AVX512 {
		k.VEXTRACTF64X4(operand.U8(1), v, half)
		k.Add(half, y, y)
	}
	k.VEXTRACTF128(operand.U8(1), y, half.AsX())
	k.Add(half.AsX(), x, x)
	if k.Bits == 32 {
		k.VHADDPS(x, x, x)
		k.VHADDPS(x, x, x)
	} else {
		k.VHADDPD(x, x, x)
	}
	k.Store(x, k.Return(name))
}
