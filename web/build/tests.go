package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// buildTests bundles every *.test.ts of the source, each alone, for Node.
func buildTests(web, out string) error {
	web, err := filepath.Abs(web)
	if err != nil {
		return fmt.Errorf("find web: %w", err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("find %s: %w", out, err)
	}
	var tests []string
	err = filepath.WalkDir(filepath.Join(web, "src"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".test.ts") {
			tests = append(tests, path)
		}
		return err
	})
	if err != nil || len(tests) == 0 {
		return errors.Join(errors.New("there is no test in web/src"), err)
	}
	o := options(web, out)
	o.EntryPoints, o.EntryPointsAdvanced = tests, nil
	o.Platform, o.Splitting, o.Metafile = api.PlatformNode, false, false
	o.OutExtension = map[string]string{".js": ".test.mjs"}
	o.MinifyIdentifiers, o.MinifySyntax, o.MinifyWhitespace = false, false, false
	if r := api.Build(o); len(r.Errors) > 0 {
		return fmt.Errorf("%d errors, the first: %s", len(r.Errors), r.Errors[0].Text)
	}
	return nil
}
