package arrays

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Rows reads the elements of an array row by row, where a row is everything with the
// same first index.
type Rows struct {
	a     *Array
	r     io.ReadCloser // nil if rows are gathered
	from  io.ReaderAt   // where they are gathered from
	at    int           // the next row
	buf   []byte
	part  []byte
	whole []byte   // in Fortran order, where it can only be read from the first element on
	copy  *os.File // likewise, if that is much
}

// WholeLimit is the number of bytes of an array that are held in memory to gather its
// rows.
const WholeLimit = 1 << 24

// Rows returns a reader at the first row. Arrays in Fortran order are gathered from
// the file a few rows at a time if elements can be read at any place. If they cannot, as
// in compressed archives, they are copied: to memory up to WholeLimit, and to a temporary
// file beyond.
func (a *Array) Rows() (*Rows, error) {
	r := &Rows{a: a}
	if a.Fortran && len(a.Shape) > 1 && a.At != nil {
		r.from = a.At
		return r, nil
	}
	var err error
	if r.r, err = a.Open(); err != nil {
		return nil, r.wrap(err)
	}
	if a.Fortran && len(a.Shape) > 1 {
		if err := r.copyWhole(int64(a.Len()) * int64(a.RowLen()) * int64(a.Type.Width)); err != nil {
			r.Close()
			return nil, r.wrap(err)
		}
	}
	return r, nil
}

// copyWhole copies the elements, of size bytes, to memory or a temporary file, and reads
// what is left behind them, so that a checksum is verified.
func (r *Rows) copyWhole(size int64) (err error) {
	if size <= WholeLimit {
		r.whole = make([]byte, size)
		_, err = io.ReadFull(r.r, r.whole)
	} else if r.copy, err = os.CreateTemp("", "pnclab-*"); err == nil {
		r.from = r.copy
		_, err = io.CopyN(r.copy, r.r, size)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r.r)
	return err
}

// Next returns the bytes of the next n rows, with the last index varying fastest,
// which are valid until the next call.
func (r *Rows) Next(n int) ([]byte, error) { return r.Into(r.buf, n) }

// Into is Next with a buffer, which is used if it is large enough.
func (r *Rows) Into(buf []byte, n int) ([]byte, error) {
	a := r.a
	if r.at+n > a.Len() {
		panic(fmt.Sprintf("arrays: rows up to %d of %d", r.at+n, a.Len()))
	}
	size := n * a.RowLen() * a.Type.Width
	if cap(buf) < size {
		buf = make([]byte, size)
	}
	r.buf = buf[:size]
	if !a.Fortran || len(a.Shape) < 2 {
		_, err := io.ReadFull(r.r, r.buf)
		r.at += n
		return r.buf, r.wrap(err)
	}
	err := r.gather(n)
	r.at += n
	return r.buf, r.wrap(err)
}

// gather copies the next n rows of an array in Fortran order to buf.
func (r *Rows) gather(n int) error {
	a, w := r.a, r.a.Type.Width
	// In the file, column c of the rows is together, where c counts the other indices
	// with the first of them varying fastest; in buf the last of them does.
	dims := a.Shape[1:]
	strides := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = step
		step *= dims[i]
	}
	if cap(r.part) < n*w {
		r.part = make([]byte, n*w)
	}
	index, to, rowLen := make([]int, len(dims)), 0, a.RowLen()
	for c := range rowLen {
		start := (c*a.Len() + r.at) * w
		column := r.part[:n*w]
		if r.whole != nil {
			column = r.whole[start : start+n*w]
		} else if _, err := r.from.ReadAt(column, int64(start)); err != nil {
			return err
		}
		for i := range n {
			copy(r.buf[(i*rowLen+to)*w:][:w], column[i*w:(i+1)*w])
		}
		for i := range index {
			index[i]++
			to += strides[i]
			if index[i] < dims[i] {
				break
			}
			to -= index[i] * strides[i]
			index[i] = 0
		}
	}
	return nil
}

// End reads what is left behind the last row, so that the checksum of an archive is
// verified.
func (r *Rows) End() error {
	if r.r == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, r.r)
	return r.wrap(err)
}

// Close closes the reader.
func (r *Rows) Close() error {
	if r.copy != nil {
		r.copy.Close()
		os.Remove(r.copy.Name())
	}
	if r.r == nil {
		return nil
	}
	return r.r.Close()
}

// wrap names the array in an error.
func (r *Rows) wrap(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", r.a.Where, err)
}
