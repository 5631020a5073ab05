package plotting

import (
	"fmt"
	"io"
	"time"

	"pnclab/pnc"
)

// printer is a Recorder that rewrites one line of a terminal, at most five times a
// second, and ends it when training does.
type printer struct {
	w    io.Writer
	last time.Time
}

func (r *printer) Record(s *pnc.TrainingState) error {
	if !s.Done && time.Since(r.last) < between {
		return nil
	}
	r.last = time.Now()
	end := ""
	if s.Done {
		end = "\n"
	}
	_, err := fmt.Fprintf(r.w, "\r\x1b[K%s%s", s, end)
	return err
}
