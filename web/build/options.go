package main

import (
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// options are those of the pages. Entries keep their names, which shells and other sites know; what they share, and what is loaded later, has
// its content's hash in its name and may be kept for ever.
func options(web, out string) api.BuildOptions {
	at := func(parts ...string) string { return filepath.Join(append([]string{web}, parts...)...) }
	compat := at("node_modules", "preact", "compat", "dist", "compat.mjs")
	return api.BuildOptions{
		AbsWorkingDir: web,
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: at("src", "app.tsx"), OutputPath: "app"},
			{InputPath: at("src", "cti.tsx"), OutputPath: "cti"},
			{InputPath: at("src", "handset.tsx"), OutputPath: "handset"},
			{InputPath: at("src", "crm.ts"), OutputPath: "crm"},
			{InputPath: at("src", "flow", "flow.css"), OutputPath: "flow"},
			{InputPath: at("src", "dashboard", "dashboard.css"), OutputPath: "dashboard"},
		},
		Outdir:            out,
		ChunkNames:        "chunk-[hash]",
		AssetNames:        "asset-[hash]",
		Bundle:            true,
		Splitting:         true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		JSX:               api.JSXAutomatic,
		JSXImportSource:   "preact",
		LegalComments:     api.LegalCommentsNone,
		Charset:           api.CharsetUTF8,
		Define:            map[string]string{"process.env.NODE_ENV": `"production"`, "global": "globalThis"},
		Alias: map[string]string{
			"debug": at("src", "phone", "silent.cjs"),
			"react": compat, "react-dom": compat,
			"react/jsx-runtime": at("node_modules", "preact", "jsx-runtime", "dist", "jsxRuntime.mjs"),
			"react-dom/client":  at("node_modules", "preact", "compat", "client.mjs"),
		},
		Plugins:  []api.Plugin{ownGrammar(at("src", "phone", "grammar.ts"))},
		Loader:   map[string]api.Loader{".svg": api.LoaderText},
		Write:    true,
		Metafile: true,
		LogLevel: api.LogLevelInfo,
	}
}

// ownGrammar gives JsSIP a grammar of ours for its generated one, which alone is a fifth of what the panel loads at first.
func ownGrammar(path string) api.Plugin {
	return api.Plugin{Name: "grammar", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^\.\.?/Grammar$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if !strings.Contains(filepath.ToSlash(a.Importer), "/jssip/lib/") {
				return api.OnResolveResult{}, nil
			}
			return api.OnResolveResult{Path: path}, nil
		})
	}}
}

// embedOptions are those of the loader for pages of others: one file that stands alone.
func embedOptions(web, out string) api.BuildOptions {
	o := options(web, out)
	o.EntryPointsAdvanced = []api.EntryPoint{{InputPath: filepath.Join(web, "src", "embed.ts"), OutputPath: "embed"}}
	o.Splitting = false
	return o
}
