package engine

// recycled provides memory for the values that goroutines share during a call.
type recycled[P any] struct{ free []*P }

// take returns a pointer to a copy of v.
func (r *recycled[P]) take(v P) *P {
	if len(r.free) == 0 {
		r.free = append(r.free, new(P))
	}
	last := len(r.free) - 1
	p := r.free[last]
	r.free = r.free[:last]
	*p = v
	return p
}

// give returns the memory for reuse.
func (r *recycled[P]) give(p *P) {
	var zero P
	*p = zero // do not keep features alive
	r.free = append(r.free, p)
}

// rowPass is a pass over rows, together with its function in the form that a matrix
// product accepts.
type rowPass[P any] struct {
	pass P
	rows func(from, to int)
}

// Do makes a rowPass a task for a crew.
func (p *rowPass[P]) Do(from, to, _ int) { p.rows(from, to) }

// rowPasses provides memory for passes over rows.
type rowPasses[P any] struct {
	rows func(p *P, from, to int)
	free []*rowPass[P]
}

func (r *rowPasses[P]) take(v P) *rowPass[P] {
	if len(r.free) == 0 {
		p := new(rowPass[P])
		rows := r.rows
		p.rows = func(from, to int) { rows(&p.pass, from, to) }
		r.free = append(r.free, p)
	}
	last := len(r.free) - 1
	p := r.free[last]
	r.free = r.free[:last]
	p.pass = v
	return p
}

// give returns the memory of a pass for reuse; p may be nil.
func (r *rowPasses[P]) give(p *rowPass[P]) {
	if p == nil {
		return
	}
	var zero P
	p.pass = zero
	r.free = append(r.free, p)
}

// function returns the function of rows of p, which may be nil.
func (p *rowPass[P]) function() func(from, to int) {
	if p == nil {
		return nil
	}
	return p.rows
}
