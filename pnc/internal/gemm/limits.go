package gemm

// bounds are the sizes at which products are cut into blocks, sections and tasks.
type bounds struct {
	// serial is the number of multiplications up to which a product is not worth
	// a second goroutine.
	serial int

	// maxDepth bounds the depth of a block. A greater depth means fewer passes
	// over C; a smaller one means that the blocks of A and B in use stay in the
	// cache. It is the only bound that changes results, by their rounding.
	maxDepth int

	// blockRows bounds the rows of a band of C. It is a multiple of 24, so that a
	// band is made of whole tiles on every path.
	blockRows int

	// tasksEach is the number of blocks per goroutine, so that all goroutines
	// finish at about the same time.
	tasksEach int

	// group is the number of panels of B that are packed together. They share the
	// second level of the cache with a block of A.
	group int

	// inCache is the number of bytes of B that stay in the second level of the
	// cache beside everything else.
	inCache int

	// maxShared bounds the bytes of A, and those of B, that are packed in a
	// section.
	maxShared int

	// smallA is the size in bytes of a block of the transpose of A up to which it
	// is used without packing.
	smallA int

	// smallB is the size of B in bytes up to which it is used without packing;
	// largeB is that size for products of at most fewRows rows, which reuse a
	// packed B too little.
	smallB, largeB, fewRows int

	// panelPart is the number of bytes of a panel that stay in the first level of
	// the cache while they are filled from all rows of a transposed matrix.
	panelPart int

	// syrkBand is the number of rows of a band of syrk.
	syrkBand int
}

// limits are the bounds in use. Tests replace them with smaller ones, by which
// small products are cut in every way.
var limits = bounds{
	serial:    1 << 23,
	maxDepth:  384,
	blockRows: 96,
	tasksEach: 12,
	group:     8,
	inCache:   3 << 18,
	maxShared: 1 << 24,
	smallA:    1 << 18,
	smallB:    3 << 19,
	largeB:    1 << 22,
	fewRows:   24,
	panelPart: 20 << 10,
	syrkBand:  192,
}
