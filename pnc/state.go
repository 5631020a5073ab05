package pnc

import (
	"errors"
	"slices"

	"pnclab/pnc/internal/gemm"
)

// convert copies src to dst, which has the same length, in the precision of dst.
func convert[D, S gemm.Float](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

// copies returns copies, of type []T, of the arrays over which each iterates.
func copies[T gemm.Float](each func(func([]T))) []any {
	var all []any
	each(func(v []T) { all = append(all, slices.Clone(v)) })
	return all
}

// fillFrom copies s to the arrays over which each iterates.
func fillFrom[T gemm.Float](s []any, each func(func([]T))) error {
	i, same := 0, true
	each(func(v []T) {
		var from []T
		if i < len(s) {
			from, _ = s[i].([]T)
		}
		if len(from) != len(v) {
			same = false
			return
		}
		copy(v, from)
		i++
	})
	if !same || i != len(s) {
		return errors.New("it belongs to another network")
	}
	return nil
}
