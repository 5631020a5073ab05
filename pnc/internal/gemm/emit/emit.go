// Package emit lets vector kernels be written once for all instruction sets and
// element types. It is a thin layer over avo: the methods of a Kernel are the
// operations that kernels need, whether on 512 or 256 bits, on float32 or float64.
package emit

import (
	"fmt"
	"math/bits"
	"regexp"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// ISA is an instruction set extension of amd64.
type ISA int

// The instruction sets for which kernels are written.
const (
	AVX2   ISA = iota // with FMA3 and BMI2
	AVX512            // F, BW, DQ and VL
)

// String returns the name of the instruction set as it is used in Go names.
func (i ISA) String() string { return [...]string{"AVX2", "AVX512"}[i] }

// Target is an instruction set and an element type.
type Target struct {
	ISA
	Bits int // of an element: 32 or 64
}

// Targets are the combinations for which kernels are written.
var Targets = []Target{{AVX2, 32}, {AVX2, 64}, {AVX512, 32}, {AVX512, 64}}

// String returns the suffix of a kernel's name, such as "F32AVX2".
func (t Target) String() string { return fmt.Sprintf("F%d%v", t.Bits, t.ISA) }

// Type returns the Go type of an element.
func (t Target) Type() string { return fmt.Sprintf("float%d", t.Bits) }

// Size returns the size of an element in bytes.
func (t Target) Size() int { return t.Bits / 8 }

// Bytes returns the size of a vector.
func (t Target) Bytes() int { return [...]int{32, 64}[t.ISA] }

// Lanes returns the number of elements in a vector.
func (t Target) Lanes() int { return t.Bytes() / t.Size() }

// File is an assembly file under construction.
type File struct {
	ctx       *build.Context
	masks     bool
	constants map[string]bool // by name
}

// NewFile returns an empty file that is built on amd64 without the tag noasm.
func NewFile() *File {
	f := &File{ctx: build.NewContext(), constants: map[string]bool{}}
	f.ctx.ConstraintExpr("!noasm")
	return f
}

// Print compiles the file and returns the assembly and the Go declarations for
// package pkg.
func (f *File) Print(pkg string) (asm, stubs []byte, err error) {
	file, err := f.ctx.Result()
	if err != nil {
		return nil, nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, nil, err
	}
	cfg := printer.Config{Name: "go generate", Pkg: pkg}
	if asm, err = printer.NewGoAsm(cfg).Print(file); err != nil {
		return nil, nil, err
	}
	stubs, err = printer.NewStubs(cfg).Print(file)
	return asm, stubs, err
}

// Kernel is a function under construction. Its methods append instructions;
// operands come in the order of Go's assembler, the destination last.
type Kernel struct {
	*build.Context
	Target
	file      *File
	constants map[float64]Op
}

// Kernel starts a function whose name is name plus the target's suffix. In its
// signature, such as "(x, y *T) (sum T)", T is the element type. Its doc comment is
// its name followed by doc.
func (f *File) Kernel(t Target, name, signature, doc string) *Kernel {
	name += t.String()
	f.ctx.Function(name)
	f.ctx.Attributes(attr.NOSPLIT)
	f.ctx.Pragma("noescape")
	f.ctx.Doc(name + " " + doc)
	f.ctx.SignatureExpr("func" + element.ReplaceAllString(signature, t.Type()))
	return &Kernel{Context: f.ctx, Target: t, file: f}
}

var element = regexp.MustCompile(`\bT\b`)

// End clears the upper halves of the vector registers and returns.
func (k *Kernel) End() {
	k.VZEROUPPER()
	k.RET()
}

// Int loads the integer or pointer parameter of the given name.
func (k *Kernel) Int(name string) reg.GPVirtual {
	r := k.GP64()
	k.Load(k.Param(name), r)
	return r
}

// Stride loads the parameter of the given name, a number of elements, and converts it
// to bytes.
func (k *Kernel) Stride(name string) reg.GPVirtual {
	r := k.Int(name)
	k.SHLQ(operand.U8(bits.TrailingZeros(uint(k.Size()))), r)
	return r
}

// ParamAddr returns the address of the parameter of the given name.
func (k *Kernel) ParamAddr(name string) operand.Mem {
	b, err := k.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// Goto appends a jump, such as JZ, to a label.
func Goto(jump func(operand.Op), label string) { jump(operand.LabelRef(label)) }
