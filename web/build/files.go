package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// copyFiles copies the files of a folder, which has no folders.
func copyFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return fmt.Errorf("read a shell: %w", err)
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o600); err != nil {
			return fmt.Errorf("write a shell: %w", err)
		}
	}
	return nil
}

// licences writes LICENSES.txt: those of every package that is in what was built.
func licences(web, out string, inputs map[string]struct{}) error {
	packages := map[string]struct{}{}
	for name := range inputs {
		if p := packageOf(name); p != "" {
			packages[p] = struct{}{}
		}
	}
	var b strings.Builder
	b.WriteString("The pages hold code of others, under these licences.\n")
	for _, p := range sorted(packages) {
		text, err := licenceOf(filepath.Join(web, "node_modules", p))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", p, strings.Repeat("-", len(p)), strings.TrimSpace(text))
	}
	if err := os.WriteFile(filepath.Join(out, "LICENSES.txt"), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write the licences: %w", err)
	}
	return nil
}

// packageOf is the package that a file of node_modules belongs to.
func packageOf(file string) string {
	_, rest, found := strings.Cut(filepath.ToSlash(file), "node_modules/")
	if !found {
		return ""
	}
	parts := strings.Split(rest, "/")
	if strings.HasPrefix(rest, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// licenceOf is the text of a package's licence; where it brings none, what its package.json says of it.
func licenceOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("list a package: %w", err)
	}
	for _, e := range entries {
		if name := strings.ToLower(e.Name()); strings.HasPrefix(name, "license") || strings.HasPrefix(name, "licence") {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			return string(b), err
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", fmt.Errorf("read a package: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, `"license"`) {
			return strings.Trim(strings.TrimSpace(line), ","), nil
		}
	}
	return "", fmt.Errorf("%s says nothing of its licence", filepath.Base(dir))
}

func sorted(set map[string]struct{}) []string {
	var all []string
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
