package pnc

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestChannelMeans(t *testing.T) {
	z := mat.NewDense(2, 12, []float64{
		1, 2, 3, 4, 5, 6, -1, -1, -1, 0, 0, 0,
		0, 0, 0, 0, 0, 6, 2, 2, 2, 8, 8, 8,
	})
	if got, want := ChannelMeans(z, Shape{2, 2, 3}), mat.NewDense(2, 2, []float64{3.5, -0.5, 1, 5}); !mat.Equal(got, want) {
		t.Errorf("got %v, want %v", mat.Formatted(got), mat.Formatted(want))
	}
	if !mat.Equal(ChannelMeans(z, vectorShape(12)), z) {
		t.Error("features that are not images are not their own means")
	}
}

func TestChannelMeansPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a shape of 11 values")
		}
	}()
	ChannelMeans(mat.NewDense(2, 12, nil), Shape{11, 1, 1})
}
