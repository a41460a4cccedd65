package web

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tandem/web/asset"
)

// pages is every page and file that browsers load.
type pages struct {
	own  *asset.Set  // the explorer of the API, the way in, the inbox of webhooks
	ui   *asset.Set  // what was built: Workspace, Dashboard, CTI
	live *asset.Live // in place of ui: somebody is working on it

	crm atomic.Pointer[string] // the origin of the customer list of the demonstration; nil: it has none of its own
}

// set is what was built, as it is now.
func (p *pages) set() (*asset.Set, error) {
	if p.live != nil {
		return p.live.Set()
	}
	return p.ui, nil
}

// The shells: pages without words, whose script draws everything.
const (
	shellApp     = "app.html"
	shellCTI     = "cti.html"
	shellHandset = "handset.html"
	shellCRM     = "crm.html"
)

// What is in the program is read and compressed once, however many servers there are in a process.
//
//nolint:gochecknoglobals // what they give never changes
var (
	ownPages   = sync.OnceValues(func() (*asset.Set, error) { return readPages("page") })
	builtPages = sync.OnceValues(func() (*asset.Set, error) { return readPages("dist") })
)

func readPages(dir string) (*asset.Set, error) {
	tree, err := fs.Sub(files, dir)
	if err != nil {
		return nil, fmt.Errorf("open the pages in %s: %w", dir, err)
	}
	return asset.Read(tree)
}

// mountPages mounts the pages and their files.
func (s *Server) mountPages() error {
	var err error
	if s.pages.own, err = ownPages(); err != nil {
		return err
	}
	if s.cfg.UI != nil {
		s.pages.live = asset.Watch(s.cfg.UI)
		s.mux.HandleFunc("GET "+reloadPath, s.tellReload)
		s.mux.HandleFunc("GET "+reloadPath+".js", s.reloadScript)
	} else if s.pages.ui, err = builtPages(); err != nil {
		return err
	}
	for path, name := range map[string]string{"/enter": "enter.html", "/docs": "docs.html", inboxPath: "inbox.html"} {
		if path == inboxPath && !s.cfg.Inbox {
			continue
		}
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			s.pageHeaders(w, r, frameOwn)
			s.pages.own.Get(name).ServeHTTP(w, r)
		})
	}
	s.mux.HandleFunc("GET /docs/codes.json", s.listCodes)
	s.mux.HandleFunc("POST /enter", s.enter)
	s.mux.HandleFunc("POST /leave", s.leave)
	s.mux.HandleFunc("/", s.anyPage)
	return nil
}

// shellOf is which shell a path shows, and how; empty: the path is no page that we know.
func shellOf(path string) (shell string, f frame) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "", "inbox", "people", "calls", "settings", "dashboard", "login", "setup":
		return shellApp, frameOwn
	case "cti":
		if path == "/cti/login" {
			return shellCTI, framePopup
		}
		return shellCTI, frameCTI
	case "handset":
		return shellHandset, frameOwn
	case "crm":
		return shellCRM, frameOwn
	}
	return "", frameOwn
}

// ofDemo says whether a file or a page is of the demonstration alone.
func ofDemo(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return stem == "handset" || stem == "crm"
}

// anyPage serves what nobody else does: the files of the interface, its pages, and the page that says that there is none.
func (s *Server) anyPage(w http.ResponseWriter, r *http.Request) {
	set, err := s.pages.set()
	if err != nil {
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "the interface cannot be read", slog.Any("err", err))
		s.refuse(w, r, problem(http.StatusInternalServerError, codeInternal, "the interface cannot be read"))
		return
	}
	file, shell, f := s.fileOf(set, r.URL.Path), "", frameOwn
	if file == nil {
		shell, f = shellOf(r.URL.Path)
	}
	if (file != nil || shell != "") && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, problem(http.StatusMethodNotAllowed, codeMethod, r.Method+" cannot be done to "+r.URL.Path))
		return
	}
	if file != nil {
		s.fileHeaders(w, file)
		file.ServeHTTP(w, r)
		return
	}
	if !s.toCRM(w, r, shell) {
		s.showShell(w, r, set.Get(shell), f)
	}
}

// showShell sends a shell. Where the path is no page, browsers get the one of the app, which says so in words; others are told in theirs.
func (s *Server) showShell(w http.ResponseWriter, r *http.Request, page *asset.Asset, f frame) {
	if page != nil && (s.cfg.Demo || !ofDemo(page.Name)) {
		s.pageHeaders(w, r, f)
		s.dressed(page).ServeHTTP(w, r)
		return
	}
	set, err := s.pages.set()
	lost := err == nil && set.Get(shellApp) != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
	if !lost {
		s.refuse(w, r, problem(http.StatusNotFound, codeNotFound, "there is no page "+r.URL.Path))
		return
	}
	s.pageHeaders(w, r, frameOwn)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodGet {
		_, _ = w.Write(s.dressed(set.Get(shellApp)).Body)
	}
}

// fileOf finds the file that a path names. Shells are pages, and have their own addresses.
func (s *Server) fileOf(set *asset.Set, path string) *asset.Asset {
	name := strings.TrimPrefix(path, "/")
	if rest, own := strings.CutPrefix(name, "page/"); own {
		if a := s.pages.own.Get(rest); a != nil && !isShell(a) {
			return a
		}
		return nil
	}
	if name == "licenses" {
		return set.Get("LICENSES.txt")
	}
	a := set.Get(name)
	if a == nil || isShell(a) || ofDemo(name) && !s.cfg.Demo {
		return nil
	}
	return a
}

func isShell(a *asset.Asset) bool { return strings.HasSuffix(a.Name, ".html") }

// fileHeaders sets the headers of a file. The loader and what it loads are for pages of others too; a script of ours may start a worker.
func (s *Server) fileHeaders(w http.ResponseWriter, a *asset.Asset) {
	if slices.Contains([]string{"embed.js", "embed.js.map"}, a.Name) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*") // a script of the type "module" asks for it
	}
	w.Header().Set("Content-Security-Policy", pagePolicy(ownSocket(s.cfg.PublicURL), nil))
}
