package pnc

// Operations returns the number of floating-point operations that training takes at
// most on data of the given shape, with N samples in the given number of classes: all
// epochs, by the method of the direct ones, full or chain, that takes fewer. Networks
// that converge earlier, or that a smaller one can be trained in place of, take fewer.
// It is for estimates of time; measuring is not included.
func (e Experiment) Operations(in Shape, classes, n int) float64 {
	s := e.Train.withDefaults(n)
	d := []int{in.Dim()}
	var extractor float64
	if e.Net.convolutional() {
		d[0] = e.Net.Extractor.features()
		extractor = e.Net.Extractor.operations(in)
	}
	for range e.Net.Depth - 1 {
		d = append(d, e.Net.Width)
	}
	d = append(d, classes)
	epoch := func(batch int) float64 {
		if e.Net.linear() && s.Method != Full && len(d) > 2 {
			return min(fullOperations(d, batch), chainOperations(d, batch))
		}
		return fullOperations(d, batch)
	}
	whole := n / s.Batch
	sum := float64(whole) * epoch(s.Batch)
	if rest := n % s.Batch; rest > 0 {
		sum += epoch(rest)
	}
	return float64(s.Epochs) * (sum + float64(n)*extractor)
}

// operations returns the number of operations of a training step through the
// convolutions for one sample.
func (e Extractor) operations(in Shape) float64 {
	from, area := in.Channels, float64(in.Height*in.Width)
	var sum float64
	conv := func(to int) {
		sum += 6 * 9 * float64(from) * float64(to) * area
		from = to
	}
	if e.Residual {
		conv(e.Channels)
	}
	for stage := range e.Stages {
		if stage > 0 {
			area /= 4
		}
		for range e.Blocks {
			before, to := from, e.Channels<<stage
			conv(to)
			if e.Residual {
				conv(to)
			}
			if e.Residual && before != to { // the skip connection's 1×1 convolution
				sum += 6 * float64(before) * float64(to) * area
			}
		}
	}
	return sum
}
