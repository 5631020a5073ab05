// Command bench compares pnclab with the libraries that its users would otherwise
// use: gonum, and OpenBLAS and PyTorch where they are installed. Run it from the root
// of the module:
//
//	go run ./bench          # print the tables
//	go run ./bench -write   # and put them into bench/README.md
//
// Every comparison measures both sides alternately in one run, because the speed of
// a shared machine drifts: trust the ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"pnclab/internal/atomicfile"
	"pnclab/internal/provenance"
)

func main() {
	log.SetFlags(0)
	write := flag.Bool("write", false, "put the tables into bench/README.md")
	rounds := flag.Int("rounds", 5, "how many times training steps are measured on each side")
	python := flag.String("python", "python3", "the Python interpreter with PyTorch")
	only := flag.String("only", "", "run only one part: "+strings.Join(names(), ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *write, *rounds, *python, *only); err != nil {
		log.Fatal("bench: ", err)
	}
}

// part is one comparison; measure returns its table.
type part struct {
	name    string
	measure func(*bench) (string, error)
}

var parts = []part{{"gemm", gemmTables}, {"train", trainTable}, {"conv", convTable}, {"measure", measureTable}, {"linear", linearTable}, {"maps", mapsTable}}

func names() (all []string) {
	for _, p := range parts {
		all = append(all, p.name)
	}
	return all
}

func run(ctx context.Context, write bool, rounds int, python, only string) error {
	if only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("-only %s: no such part; the parts are %s", only, strings.Join(names(), ", "))
	}
	if rounds < 1 {
		return fmt.Errorf("-rounds %d: at least one is needed", rounds)
	}
	if write && only != "" {
		return errors.New("-write replaces all tables: it cannot be combined with -only")
	}
	b, err := newBench(ctx, rounds, python)
	if err != nil {
		return err
	}
	defer b.close()
	var out strings.Builder
	for _, p := range parts {
		if only != "" && p.name != only {
			continue
		}
		log.Printf("measuring %s ...", p.name)
		table, err := p.measure(b)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintln(&out, table)
	}
	head := fmt.Sprintf("%s, %d cores, %s, %s/%s, %s\n\n", provenance.Processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly))
	fmt.Print(head, out.String())
	if write {
		return replace("bench/README.md", head+out.String())
	}
	return nil
}

const (
	begin = "<!-- begin: go run ./bench -write -->\n"
	end   = "<!-- end -->"
)

// replace replaces what is between the markers in a file.
func replace(file, text string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the markers %q and %q are missing", file, strings.TrimSpace(begin), end)
	}
	return atomicfile.WriteFile(file, []byte(before+begin+text+end+after))
}
