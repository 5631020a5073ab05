package gemm

import "unsafe"

// portable returns kernels in plain Go. The largest tile is 2×4, because that many
// sums fit into the registers of every processor.
func portable[T Float]() kernels[T] {
	tall := [2]tileFunc[T]{portableTile(sums2[T], 2, 1), portableTile(sums2[T], 2, 2)}
	return kernels[T]{
		lanes:     2,
		heights:   []int{2, 1},
		byRows:    tall,
		byColumns: tall,
		short:     [][2]tileFunc[T]{{portableTile(sums1[T], 1, 1), portableTile(sums1[T], 1, 2)}},
		copyRows:  copyRows[T],
		transpose: transpose[T], run: 4,
	}
}

// portableTile returns the kernel of a tile of the given size; sums computes the
// sums of its products.
func portableTile[T Float](sums func(k int, a []T, rsa, csa int, b []T, rsb int) [8]T, rows, vectors int) tileFunc[T] {
	return func(k int, a *T, rsa, csa int, b *T, rsb int, c *T, rsc, cols int, alpha, beta T, _ *path) {
		sum := sums(k, unsafe.Slice(a, (rows-1)*rsa+(k-1)*csa+1), rsa, csa, unsafe.Slice(b, (k-1)*rsb+4), rsb)
		for i := range sum {
			sum[i] *= alpha
		}
		store(c, rsc, rows, 2*(vectors-1)+cols, sum[:], 4, beta)
	}
}

// store computes C = X + β·C for some rows of cols elements.
func store[T Float](c *T, rsc, rows, cols int, x []T, rsx int, beta T) {
	to := unsafe.Slice(c, (rows-1)*rsc+cols)
	for i := range rows {
		row, add := to[i*rsc:i*rsc+cols], x[i*rsx:]
		if beta == 0 {
			copy(row, add)
			continue
		}
		for j := range row {
			row[j] = add[j] + beta*row[j]
		}
	}
}

// sums2 returns the product of two rows of A and four columns of B, row by row.
func sums2[T Float](k int, a []T, rsa, csa int, b []T, rsb int) [8]T {
	var c00, c01, c02, c03, c10, c11, c12, c13 T
	a0, a1 := a, a[rsa:]
	for i, j := 0, 0; k > 0; k-- {
		r := b[j : j+4 : j+4]
		x := a0[i]
		c00 += x * r[0]
		c01 += x * r[1]
		c02 += x * r[2]
		c03 += x * r[3]
		x = a1[i]
		c10 += x * r[0]
		c11 += x * r[1]
		c12 += x * r[2]
		c13 += x * r[3]
		i += csa
		j += rsb
	}
	return [8]T{c00, c01, c02, c03, c10, c11, c12, c13}
}

// sums1 returns the product of one row of A and four columns of B.
func sums1[T Float](k int, a []T, _, csa int, b []T, rsb int) [8]T {
	var c0, c1, c2, c3 T
	for i, j := 0, 0; k > 0; k-- {
		r := b[j : j+4 : j+4]
		x := a[i]
		c0 += x * r[0]
		c1 += x * r[1]
		c2 += x * r[2]
		c3 += x * r[3]
		i += csa
		j += rsb
	}
	return [8]T{c0, c1, c2, c3}
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
