package cli

import (
	"strings"
	"testing"

	"pnclab/pnc"
)

func TestNoticeWriter(t *testing.T) {
	var b strings.Builder
	show := noticeWriter(&b)
	for done := range int64(3) {
		show(pnc.Progress{Task: "downloading train.csv", Done: done, Total: 29470338, Unit: "bytes"})
	}
	show(pnc.Warning("the disk is full"))
	show(pnc.Progress{Task: "training", Done: 1, Total: 5, Unit: "epochs"})
	const want = "downloading train.csv (29.5 MB)\npnclab: warning: the disk is full\ntraining\n"
	if b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}
