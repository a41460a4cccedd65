package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tandem/messaging"
)

// codesIn finds the codes that the sources of a directory refuse with: the values of fields named Code, the constants named code…, and what is given
// for a parameter named code.
func codesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	var parsed []*ast.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, path, text, 0)
		parsed = append(parsed, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	takes := map[string]int{} // functions by name, and which parameter is a code
	for _, f := range parsed {
		for _, d := range f.Decls {
			if fn, is := d.(*ast.FuncDecl); is {
				if i := codeParameter(fn.Type); i >= 0 {
					takes[fn.Name.Name] = i
				}
			}
		}
	}
	out := map[string]string{}
	note := func(e ast.Expr) {
		lit, is := e.(*ast.BasicLit)
		if !is || lit.Kind != token.STRING {
			return
		}
		if code, err := strconv.Unquote(lit.Value); err == nil && regexp.MustCompile(`^[a-z][a-z0-9_]+$`).MatchString(code) {
			out[code] = set.Position(lit.Pos()).String()
		}
	}
	for _, f := range parsed {
		for _, d := range f.Decls {
			here := local(d, takes)
			ast.Inspect(d, func(n ast.Node) bool { return inspect(n, here, note) })
		}
	}
	return out
}

// local adds the functions that a declaration has for itself.
func local(d ast.Decl, takes map[string]int) map[string]int {
	here := maps.Clone(takes)
	ast.Inspect(d, func(n ast.Node) bool {
		as, is := n.(*ast.AssignStmt)
		if !is || len(as.Lhs) != len(as.Rhs) {
			return true
		}
		for i, to := range as.Lhs {
			name, named := to.(*ast.Ident)
			fn, made := as.Rhs[i].(*ast.FuncLit)
			if !named || !made {
				continue
			}
			delete(here, name.Name)
			if at := codeParameter(fn.Type); at >= 0 {
				here[name.Name] = at
			}
		}
		return true
	})
	return here
}

func codeParameter(fn *ast.FuncType) int {
	i := 0
	for _, p := range fn.Params.List {
		for _, name := range p.Names {
			if name.Name == "code" {
				return i
			}
			i++
		}
	}
	return -1
}

func inspect(n ast.Node, takes map[string]int, note func(ast.Expr)) bool {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if name, is := n.Key.(*ast.Ident); is && name.Name == "Code" {
			note(n.Value)
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if strings.HasPrefix(name.Name, "code") && i < len(n.Values) {
				note(n.Values[i])
			}
		}
	case *ast.CallExpr:
		name := ""
		switch fn := n.Fun.(type) {
		case *ast.Ident:
			name = fn.Name
		case *ast.SelectorExpr:
			name = fn.Sel.Name
		}
		if i, is := takes[name]; is && i < len(n.Args) {
			note(n.Args[i])
		}
	}
	return true
}

// Whatever code a program may meet is explained, in both languages.
func TestEveryCodeHasWords(t *testing.T) {
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	explained := func(code, at string) {
		found++
		for _, lang := range []string{"en", "fr"} {
			if c.meaning(lang, code) == "" {
				t.Errorf("%s: %s has no words in %s", at, code, lang)
			}
		}
	}
	for _, dir := range []string{".", "../provisioning"} {
		for code, at := range codesIn(t, dir) {
			explained(code, at)
		}
	}
	for _, code := range messaging.RefusalCodes() {
		explained(code, "messaging")
	}
	if found < 60 {
		t.Errorf("only %d codes were found", found)
	}
}
