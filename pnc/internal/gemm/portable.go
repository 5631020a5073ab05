package gemm

import "unsafe"

// portable returns kernels in plain Go. The sums of their widest tile, 4×4,
// fit the registers of a processor that has 32.
func portable[T Float]() kernels[T] {
	return kernels[T]{
		lanes:   2,
		heights: []int{4, 1},
		tiles: [][2]tileFunc[T]{
			{portableTile(sums4[T], 4, 1), portableTile(sums4[T], 4, 2)},
			{portableTile(sums1[T], 1, 1), portableTile(sums1[T], 1, 2)},
		},
		copyRows:  copyRows[T],
		transpose: transpose[T], square: 4,
	}
}

// portableTile returns the tile of the given size whose products sums adds up.
func portableTile[T Float](sums func(k int, a []T, rsa, csa int, b []T, rsb int) [4][4]T, rows, vectors int) tileFunc[T] {
	return func(k int, a *T, rsa, csa int, b *T, rsb int, c *T, rsc, cols int, alpha, beta T) {
		cols += 2 * (vectors - 1)
		sum := sums(k, unsafe.Slice(a, (rows-1)*rsa+(k-1)*csa+1), rsa, csa, unsafe.Slice(b, (k-1)*rsb+4), rsb)
		to := unsafe.Slice(c, (rows-1)*rsc+cols)
		for i := range rows {
			row := to[i*rsc : i*rsc+cols]
			for j := range row {
				if v := alpha * sum[i][j]; beta == 0 {
					row[j] = v
				} else {
					row[j] = v + beta*row[j]
				}
			}
		}
	}
}

// sums4 returns the product of four rows of A and four columns of B.
func sums4[T Float](k int, a []T, rsa, csa int, b []T, rsb int) [4][4]T {
	var c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33 T
	a0, a1, a2, a3 := a, a[rsa:], a[2*rsa:], a[3*rsa:]
	for l := range k {
		r := b[l*rsb : l*rsb+4 : l*rsb+4]
		b0, b1, b2, b3 := r[0], r[1], r[2], r[3]
		x := a0[l*csa]
		c00 += x * b0
		c01 += x * b1
		c02 += x * b2
		c03 += x * b3
		x = a1[l*csa]
		c10 += x * b0
		c11 += x * b1
		c12 += x * b2
		c13 += x * b3
		x = a2[l*csa]
		c20 += x * b0
		c21 += x * b1
		c22 += x * b2
		c23 += x * b3
		x = a3[l*csa]
		c30 += x * b0
		c31 += x * b1
		c32 += x * b2
		c33 += x * b3
	}
	return [4][4]T{{c00, c01, c02, c03}, {c10, c11, c12, c13}, {c20, c21, c22, c23}, {c30, c31, c32, c33}}
}

// sums1 returns the product of one row of A and four columns of B.
func sums1[T Float](k int, a []T, _, csa int, b []T, rsb int) [4][4]T {
	var c0, c1, c2, c3 T
	for l := range k {
		r := b[l*rsb : l*rsb+4 : l*rsb+4]
		x := a[l*csa]
		c0 += x * r[0]
		c1 += x * r[1]
		c2 += x * r[2]
		c3 += x * r[3]
	}
	return [4][4]T{{c0, c1, c2, c3}}
}

// copyRows is the portable kernels' copyRows.
func copyRows[T Float](rows, cols int, src *T, lds int, dst *T, ldd int) {
	from, to := unsafe.Slice(src, (rows-1)*lds+cols), unsafe.Slice(dst, (rows-1)*ldd+cols)
	for i := range rows {
		copy(to[i*ldd:i*ldd+cols], from[i*lds:])
	}
}

// transpose is the portable kernels' transpose.
func transpose[T Float](blocks int, src *T, lds int, dst *T, ldd int) {
	n := 4 * blocks
	from, to := unsafe.Slice(src, 3*lds+n), unsafe.Slice(dst, (n-1)*ldd+4)
	r0, r1, r2, r3 := from, from[lds:], from[2*lds:], from[3*lds:]
	for l := range n {
		row := to[l*ldd : l*ldd+4 : l*ldd+4]
		row[0], row[1], row[2], row[3] = r0[l], r1[l], r2[l], r3[l]
	}
}
