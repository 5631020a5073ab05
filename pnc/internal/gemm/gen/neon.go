package main

import (
	"bytes"
	"fmt"
	"go/format"
	"text/template"
)

// avo supports only amd64, so the kernels for arm64 are made from a template. Go's
// assembler cannot multiply a vector by one element of another; that instruction is
// written as a number.

// neonTile is a tile of Rows×Vectors on registers of 128 bits.
type neonTile struct {
	Bits, Rows, Vectors int
}

// neonHeights lists the numbers of rows of tiles, like heights.
var neonHeights = []int{8, 4, 2, 1}

// Name is the name of the kernel without its prefix: "whole" for the assembly, "tile"
// for the function that calls it.
func (t neonTile) Name() string { return fmt.Sprintf("%dx%dF%dNEON", t.Rows, t.Vectors, t.Bits) }

// Lanes is the number of elements in a vector, Width that in a row of the tile.
func (t neonTile) Lanes() int { return 128 / t.Bits }
func (t neonTile) Width() int { return t.Vectors * t.Lanes() }

// Shift is the shift that converts a number of elements to bytes.
func (t neonTile) Shift() int { return t.Bits/32 + 1 }

// Move is the instruction that loads an element, Compare the one that compares it.
func (t neonTile) Move() string    { return map[int]string{32: "FMOVS", 64: "FMOVD"}[t.Bits] }
func (t neonTile) Compare() string { return map[int]string{32: "FCMPS", 64: "FCMPD"}[t.Bits] }

// Beta is the offset of the last parameter, Frame the size of all parameters.
func (t neonTile) Beta() int  { return 64 + t.Bits/8 }
func (t neonTile) Frame() int { return roundUp(64 + 2*t.Bits/8) }

func roundUp(n int) int { return (n + 7) / 8 * 8 }

// Range returns 0, ..., n-1.
func (t neonTile) Range(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// Vec returns the operand for the vector registers of a row of the tile, beginning
// with register i.
func (t neonTile) Vec(i int) string {
	lanes := map[int]string{32: "S4", 64: "D2"}[t.Bits]
	if t.Vectors == 1 {
		return fmt.Sprintf("[V%d.%s]", i, lanes)
	}
	return fmt.Sprintf("[V%d.%s, V%d.%s]", i, lanes, i+1, lanes)
}

// Acc returns the number of the register that holds the sums of vector j of row i.
func (t neonTile) Acc(i, j int) int { return i*t.Vectors + j }

// byElement returns the instruction with the given opcode for all lanes of v[n] and
// lane 0 of v[m], with its result in v[d] (Arm Architecture Reference Manual, FMLA and
// FMUL by element).
func (t neonTile) byElement(name string, opcode uint32, d, n, m int) string {
	if t.Bits == 64 {
		opcode |= 1 << 22
	}
	lanes := map[int]string{32: "4S, V%d.4S, V%d.S[0]", 64: "2D, V%d.2D, V%d.D[0]"}[t.Bits]
	return fmt.Sprintf("WORD $%#x // %s V%d."+lanes, opcode|uint32(m<<16|n<<5|d), name, d, n, m)
}

// FMLA adds v[n] times the first element of v[m] to v[d].
func (t neonTile) FMLA(d, n, m int) string { return t.byElement("FMLA", 0x4f801000, d, n, m) }

// FMUL sets v[d] to v[n] times the first element of v[m].
func (t neonTile) FMUL(d, n, m int) string { return t.byElement("FMUL", 0x4f809000, d, n, m) }

func (neonTile) Add(a, b int) int { return a + b }

// R8 and up hold the addresses of the rows of A, V0 to V15 the sums, V16 and V17 a
// row of B, and V18 to V25 elements of A.
var neonTemplate = template.Must(template.New("").Parse(`
{{- define "asm"}}
// func whole{{.Name}}(k int, a *float{{.Bits}}, rsa, csa int, b *float{{.Bits}}, rsb int, c *float{{.Bits}}, rsc int, alpha, beta float{{.Bits}})
TEXT ·whole{{.Name}}(SB), NOSPLIT, $0-{{.Frame}}
	MOVD k+0(FP), R0
	MOVD a+8(FP), R8
	MOVD rsa+16(FP), R2
	MOVD csa+24(FP), R3
	MOVD b+32(FP), R4
	MOVD rsb+40(FP), R5
	LSL  ${{.Shift}}, R2
	LSL  ${{.Shift}}, R3
	LSL  ${{.Shift}}, R5
	MOVD $0, R6
{{- $t := .}}
{{- range .Range .Rows}}{{if .}}
	ADD R2, R{{$t.Add 7 .}}, R{{$t.Add 8 .}}
{{- end}}{{end}}
{{- range .Range (.Acc .Rows 0)}}
	VEOR V{{.}}.B16, V{{.}}.B16, V{{.}}.B16
{{- end}}

loop:
	VLD1 (R4), {{.Vec 16}}
	ADD  R5, R4
{{- range $i := .Range .Rows}}
	{{$t.Move}} (R{{$t.Add 8 $i}})(R6), F{{$t.Add 18 $i}}
{{- range $j := $t.Range $t.Vectors}}
	{{$t.FMLA ($t.Acc $i $j) ($t.Add 16 $j) ($t.Add 18 $i)}}
{{- end}}{{end}}
	ADD  R3, R6
	SUBS $1, R0
	BNE  loop

	// acc *= alpha
	MOVD c+48(FP), R1
	MOVD rsc+56(FP), R2
	LSL  ${{.Shift}}, R2
	{{.Move}} alpha+64(FP), F18
{{- range .Range (.Acc .Rows 0)}}
	{{$t.FMUL . . 18}}
{{- end}}

	// acc += beta*C unless beta is zero
	{{.Move}} beta+{{.Beta}}(FP), F19
	{{.Compare}} $(0.0), F19
	BEQ  store
	MOVD R1, R3
{{- range $i := .Range .Rows}}
	VLD1 (R3), {{$t.Vec 20}}
	ADD  R2, R3
{{- range $j := $t.Range $t.Vectors}}
	{{$t.FMLA ($t.Acc $i $j) ($t.Add 20 $j) 19}}
{{- end}}{{end}}

store:
{{- range .Range .Rows}}
	VST1 {{$t.Vec ($t.Acc . 0)}}, (R1)
	ADD  R2, R1
{{- end}}
	RET
{{end}}
{{- define "stub"}}
// whole{{.Name}} multiplies {{.Rows}} rows of A with {{.Vectors}} vectors of B.
//
//go:noescape
func whole{{.Name}}(k int, a *float{{.Bits}}, rsa, csa int, b *float{{.Bits}}, rsb int, c *float{{.Bits}}, rsc int, alpha, beta float{{.Bits}})

// tile{{.Name}} writes only cols elements of the last vector.
func tile{{.Name}}(k int, a *float{{.Bits}}, rsa, csa int, b *float{{.Bits}}, rsb int, c *float{{.Bits}}, rsc, cols int, alpha, beta float{{.Bits}}, _ *path) {
	if cols == {{.Lanes}} {
		whole{{.Name}}(k, a, rsa, csa, b, rsb, c, rsc, alpha, beta)
		return
	}
	var x [{{.Rows}} * {{.Width}}]float{{.Bits}}
	whole{{.Name}}(k, a, rsa, csa, b, rsb, &x[0], {{.Width}}, alpha, 0)
	store(c, rsc, {{.Rows}}, {{.Width}}-{{.Lanes}}+cols, x[:], {{.Width}}, beta)
}
{{end}}`))

// neonKernels returns the assembly for arm64 and the declarations of its kernels.
func neonKernels() (asm, stubs []byte, err error) {
	const header = "// Code generated by go generate. DO NOT EDIT.\n\n//go:build !noasm\n\n"
	var s, g bytes.Buffer
	s.WriteString(header + "#include \"textflag.h\"\n")
	g.WriteString(header + "package gemm\n")
	for _, bits := range []int{32, 64} {
		for _, rows := range neonHeights {
			for vectors := 1; vectors <= 2; vectors++ {
				t := neonTile{bits, rows, vectors}
				if err := neonTemplate.ExecuteTemplate(&s, "asm", t); err != nil {
					return nil, nil, err
				}
				if err := neonTemplate.ExecuteTemplate(&g, "stub", t); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	stubs, err = format.Source(g.Bytes())
	return s.Bytes(), stubs, err
}
