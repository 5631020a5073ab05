// Command bench measures pnclab beside the libraries its users would otherwise
// take: gonum, OpenBLAS and PyTorch, those of them that are there. Run it from the
// root of the module:
//
//	go run ./bench          # print the tables
//	go run ./bench -write   # and put them into bench/README.md
//
// These comparisons are of pairs, measured in turn in one run, since machines are
// shared and their speed drifts: trust the ratios.
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
	rounds := flag.Int("rounds", 5, "how often training steps are measured on both sides")
	python := flag.String("python", "python3", "the Python that has PyTorch")
	only := flag.String("only", "", "run only this part: "+strings.Join(names(), ", "))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *write, *rounds, *python, *only); err != nil {
		log.Fatal("bench: ", err)
	}
}

// part measures one subject and returns its table.
type part struct {
	name    string
	measure func(*bench) (string, error)
}

var parts = []part{{"gemm", gemmTables}, {"train", trainTable}, {"measure", measureTable}, {"linear", linearTable}}

func names() (all []string) {
	for _, p := range parts {
		all = append(all, p.name)
	}
	return all
}

func run(ctx context.Context, write bool, rounds int, python, only string) error {
	if only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("-only %s: there is no such part; there are %s", only, strings.Join(names(), ", "))
	}
	if rounds < 1 {
		return fmt.Errorf("-rounds %d: one is the least", rounds)
	}
	if write && only != "" {
		return errors.New("-write replaces all tables, so it needs all parts; leave out -only")
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

// replace puts text between the marks of a file.
func replace(file, text string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the marks %q and %q are missing", file, strings.TrimSpace(begin), end)
	}
	return atomicfile.WriteFile(file, []byte(before+begin+text+end+after))
}
