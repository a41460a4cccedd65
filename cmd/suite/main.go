// Command suite runs the tests and reports on them: a line for each package, the output of what failed, what was skipped and why, and
// the counts. With -rows it prints too, for every row of docs/spec.tsv, which test shows it and whether it passes; with -spec it runs the tests of these
// rows alone and prints nothing else.
//
// With CI=true in the environment a skipped test is a failure: there, everything that the tests need is installed first.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	spec := flag.Bool("spec", false, "run only the tests that show rows of docs/spec.tsv, and print these rows")
	rows := flag.Bool("rows", false, "print the rows of docs/spec.tsv with the tests that show them, after everything else")
	race := flag.Bool("race", false, "run with the race detector")
	flag.Parse()
	o := options{spec: *spec, rows: *rows, race: *race, ci: os.Getenv("CI") == "true", packages: flag.Args(), modules: []string{"."}}
	if len(o.packages) == 0 {
		o.packages = []string{"./..."}
	}
	if len(flag.Args()) == 0 && !o.race {
		o.modules = append(o.modules, "web/contract")
	}
	if err := run(context.Background(), o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

type options struct {
	spec, rows, race, ci bool
	packages             []string
	modules              []string // directories: the product's, and those whose dependencies are not the product's
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
	ImportPath                    string // of build output
}

func run(ctx context.Context, o options, out io.Writer) error {
	rep := newReport()
	var rows []string
	if o.spec || o.rows {
		var err error
		if rows, err = readRows("docs/spec.tsv"); err != nil {
			return err
		}
	}
	err := test(ctx, o, func(e event) {
		rep.take(e)
		if !o.spec {
			rep.printPackage(e, out)
		}
	})
	switch {
	case err != nil:
		return err
	case o.spec:
		return errors.Join(rep.printRows(rows, out), rep.printBroken(os.Stderr))
	case o.rows:
		err = rep.printRows(rows, out)
	}
	return errors.Join(err, rep.printEnd(o, out))
}

// test runs the tests of every module.
func test(ctx context.Context, o options, take func(event)) error {
	for _, module := range o.modules {
		if err := testModule(ctx, o, module, take); err != nil {
			return fmt.Errorf("module %s: %w", module, err)
		}
	}
	return nil
}

// notWatched leaves SQLite, C translated which locks for itself, out of what the race detector and its pointer checks watch: it was a third of the time. Of nothing that
// has generic code in it can this be said: whose copy of that is linked is chance, and the detector would be told of no locks.
const notWatched = "-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0"

// testModule runs go test and hands over each event. A failing test is an event, not an error.
func testModule(ctx context.Context, o options, module string, take func(event)) error {
	// -parallel: tests that wait for the wire and the clock, not for a processor, run side by side.
	args := []string{"test", "-json", "-shuffle=on", "-timeout=15m", "-parallel=6"}
	if o.spec {
		args = append(args, "-run", "^TestSpec_")
	}
	if o.race {
		args = append(args, "-race", notWatched)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, o.packages...)...)
	cmd.Dir, cmd.Stderr = module, os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run the tests: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run the tests: %w", err)
	}
	sc := bufio.NewScanner(pipe)
	sc.Buffer(nil, 1<<22)
	for sc.Scan() {
		var e event
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			return fmt.Errorf("read the test results: %w: %s", err, sc.Text())
		}
		take(e)
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read the test results: %w", err)
	}
	_ = cmd.Wait() // what failed is in the results
	return nil
}
