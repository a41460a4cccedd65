// Command build makes web/dist, what a browser gets, from web/src: the same bytes each time. It needs web/node_modules (npm ci), and no Node.
//
//	go run -C web/build .                    build into web/dist
//	go run -C web/build . -out DIR           build into DIR
//	go run -C web/build . -out DIR -watch    and again at each change
//	go run -C web/build . -out DIR -tests    the tests of the source instead, for node --test
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	out := flag.String("out", "../dist", "where the pages go")
	watch := flag.Bool("watch", false, "build again at each change, until interrupted")
	tests := flag.Bool("tests", false, "build the tests of the source, which node --test runs")
	flag.Parse()
	do := func() error { return run("..", *out, *watch) }
	if *tests {
		do = func() error { return buildTests("..", *out) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run builds from the folder web into out.
func run(web, out string, watch bool) error {
	web, err := filepath.Abs(web)
	if err != nil {
		return fmt.Errorf("find web: %w", err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("find %s: %w", out, err)
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules", "preact")); err != nil {
		return errors.New("web/node_modules is missing: run npm ci in web")
	}
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("empty %s: %w", out, err)
	}
	pages, apart := options(web, out), embedOptions(web, out)
	if watch {
		return watching(pages, apart)
	}
	inputs := map[string]struct{}{}
	for _, o := range []api.BuildOptions{pages, apart} {
		r := api.Build(o)
		if len(r.Errors) > 0 {
			return fmt.Errorf("%d errors, the first: %s", len(r.Errors), r.Errors[0].Text)
		}
		var meta struct{ Inputs map[string]json.RawMessage }
		if err := json.Unmarshal([]byte(r.Metafile), &meta); err != nil {
			return fmt.Errorf("read what was used: %w", err)
		}
		for name := range meta.Inputs {
			inputs[name] = struct{}{}
		}
	}
	if err := copyFiles(filepath.Join(web, "src", "shells"), out); err != nil {
		return err
	}
	return licences(web, out, inputs)
}

func watching(all ...api.BuildOptions) error {
	for _, o := range all {
		c, err := api.Context(o)
		if err != nil {
			return err
		}
		if err := c.Watch(api.WatchOptions{}); err != nil {
			return fmt.Errorf("watch: %w", err)
		}
	}
	select {}
}
