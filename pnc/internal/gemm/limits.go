package gemm

// bounds are the sizes at which products are cut into blocks, sections and tasks.
type bounds struct {
	// serial is the number of multiplications up to which one goroutine computes a
	// product.
	serial int

	// maxDepth bounds the depth of a block. Deeper blocks mean fewer passes over
	// C; shallower ones, that the blocks of A and B in use stay in the cache. It is
	// a multiple of 16, and the only bound on which the bits of a product depend.
	maxDepth int

	// blockRows bounds the rows of a band of C. It is a multiple of 24, so that
	// bands begin with a tile on every path.
	blockRows int

	// tasksEach is the number of blocks per goroutine, so that all goroutines
	// finish at about the same time.
	tasksEach int

	// group is the number of panels of B that are packed together. They share the
	// second-level cache with a block of A.
	group int

	// inCache is the number of bytes of B that stay in the second-level cache
	// besides everything else.
	inCache int

	// maxShared bounds the bytes of A, and those of B, that a section holds.
	maxShared int

	// smallA is the size in bytes up to which a block of a transposed A is used
	// without packing.
	smallA int

	// smallB is the size in bytes up to which B is used without packing, and largeB
	// that size for blocks of at most fewRows rows, which reuse B too little.
	smallB, largeB, fewRows int

	// panelPart is the number of bytes of a panel that stay in the first-level cache
	// while they are filled from all of the panel's rows, each in turn.
	panelPart int

	// syrkBand is the number of rows of C that syrk computes at a time, syrkDiagonal
	// the number up to which it computes all of a block on the diagonal.
	syrkBand, syrkDiagonal int
}

// limits are the bounds in use. Only tests change them: with small bounds, small
// products are cut in every way.
var limits = bounds{
	serial:       1 << 23,
	maxDepth:     384,
	blockRows:    96,
	tasksEach:    12,
	group:        8,
	inCache:      3 << 18,
	maxShared:    1 << 24,
	smallA:       1 << 18,
	smallB:       3 << 19,
	largeB:       1 << 22,
	fewRows:      24,
	panelPart:    20 << 10,
	syrkBand:     192,
	syrkDiagonal: 24,
}
