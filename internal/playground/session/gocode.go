package session

import (
	"fmt"
	"strings"

	"pnclab/pnc"
)

// GoCode returns a cell of Go that computes the numbers the page shows after the given
// epoch.
func (c Config) GoCode(epoch int) (string, error) {
	e, err := c.Experiment()
	if err != nil {
		return "", err
	}
	s := e.Train
	var b strings.Builder
	fmt.Fprintf(&b, "data := pnc.Must(%#v.Generate(%d))\n", e.Data, c.Seed)
	fmt.Fprintf(&b, "net := %s.Build(data, pnc.Orthogonal(%v), %d)\n", c.architectureCode(e.Net), c.Scale, c.Seed)
	if epoch > 0 {
		fmt.Fprintf(&b, "settings := &pnc.Settings{LearningRate: %v, Alpha: %v", s.LearningRate, s.Alpha)
		if s.Loss == pnc.CrossEntropy {
			b.WriteString(", Loss: pnc.CrossEntropy")
		}
		if s.Momentum != 0 {
			fmt.Fprintf(&b, ", Momentum: %v", s.Momentum)
		}
		fmt.Fprintf(&b, ", Epochs: %d, StopLoss: %v}\n", epoch, s.StopLoss)
		b.WriteString("pnc.Must(pnc.Train(context.Background(), net, data, settings))\n")
	}
	b.WriteString("ev := pnc.Measure(net, data)\nfmt.Println(\"C\", ev.C())\nfmt.Println(\"D\", ev.D())\n")
	if law, ok := c.law(); ok {
		fmt.Fprintf(&b, "law := pnc.Predict(data, pnc.Law{Depth: %d, Scale: %v, Alpha: %v", law.Depth, law.Scale, law.Alpha)
		if law.Width != 0 {
			fmt.Fprintf(&b, ", Width: %d", law.Width)
		}
		b.WriteString("})\nfmt.Println(\"closed form\", law.C(), law.D())\n")
	}
	return b.String(), nil
}

// architectureCode returns the call that makes the network.
func (c Config) architectureCode(a pnc.Architecture) string {
	switch {
	case a.Nonlinear == 0:
		return fmt.Sprintf("pnc.Linear(%d, %d)", a.Depth, a.Width)
	case !a.BatchNorm:
		return fmt.Sprintf("pnc.Architecture{Depth: %d, Width: %d, Nonlinear: %d}", a.Depth, a.Width, a.Nonlinear)
	case c.Net == "mlp":
		return fmt.Sprintf("pnc.MLP(%d, %d)", a.Depth, a.Width)
	}
	return fmt.Sprintf("pnc.Hybrid(%d, %d, %d)", a.Depth, a.Width, a.Nonlinear)
}
