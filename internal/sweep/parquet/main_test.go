package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestConvert reads what was written back through a struct.
func TestConvert(t *testing.T) {
	const table = `{"seed":1,"C":0.25,"d":3,"D":2,"ok":true,"status":"done","mixed":1,"never":null}
{"seed":2,"C":"inf","d":null,"D":0.1,"ok":false,"status":"inf.","mixed":"x","never":null}

{"seed":-3,"C":null,"d":9007199254740993,"D":-1e-300,"ok":null,"status":null,"mixed":null,"never":null}
`
	var b bytes.Buffer
	if err := convert(&b, strings.NewReader(table)); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Seed   *int64   `parquet:"seed,optional"`
		C      *float64 `parquet:"C,optional"`
		Small  *int64   `parquet:"d,optional"`
		D      *float64 `parquet:"D,optional"`
		OK     *bool    `parquet:"ok,optional"`
		Status *string  `parquet:"status,optional"`
		Mixed  *string  `parquet:"mixed,optional"`
		Never  *string  `parquet:"never,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	if r := rows[0]; *r.Seed != 1 || *r.C != 0.25 || *r.Small != 3 || *r.D != 2 || !*r.OK || *r.Status != "done" || *r.Mixed != "1" || r.Never != nil {
		t.Errorf("first row %+v", r)
	}
	if r := rows[1]; !math.IsInf(*r.C, 1) || r.Small != nil || *r.D != 0.1 || *r.OK || *r.Status != "inf." || *r.Mixed != "x" {
		t.Errorf("second row %+v", r)
	}
	if r := rows[2]; *r.Seed != -3 || r.C != nil || *r.Small != 9007199254740993 || *r.D != -1e-300 || r.OK != nil || r.Status != nil {
		t.Errorf("third row %+v", r)
	}
}

func TestConvertErrors(t *testing.T) {
	for table, word := range map[string]string{
		"{\"a\":1}\n{\"b\":1}\n": "line 2",
		"[1]\n":                  "line 1",
		"{\"a\":1}\n{\"a\":\n":   "line 2",
	} {
		if err := convert(&bytes.Buffer{}, strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %v", table, err)
		}
	}
}
