package spec_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/wirelaw/wirelaw"

// listed is what the test needs of the output of go list -json.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...", "./testdata")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// under reports whether the import path is one of the folders of the module, or below one.
func under(path string, folders ...string) bool {
	for _, f := range folders {
		if p := module + "/" + f; path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// A wall says what packages may not reach, directly or through others.
type wall struct {
	why     string
	of      func(path string) bool
	mayNot  func(dep string) bool
	imports bool // only direct imports count
}

func in(folders ...string) func(string) bool {
	return func(path string) bool { return under(path, folders...) }
}

func exactly(folder string) func(string) bool {
	return func(path string) bool { return path == module+"/"+folder }
}

func not(f func(string) bool) func(string) bool {
	return func(path string) bool { return !f(path) }
}

func either(fs ...func(string) bool) func(string) bool {
	return func(path string) bool {
		for _, f := range fs {
			if f(path) {
				return true
			}
		}
		return false
	}
}

func path(prefixes ...string) func(string) bool {
	return func(p string) bool {
		for _, prefix := range prefixes {
			if p == prefix || strings.HasPrefix(p, prefix+"/") {
				return true
			}
		}
		return false
	}
}

// foreign reports whether the package is neither ours nor of the standard library.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".") && path != module && !strings.HasPrefix(path, module+"/")
}

func cmd(path string) bool { return strings.Contains(path, "/cmd/") }

var walls = []wall{
	{why: "the runtime needs the standard library only", of: either(exactly("codec"), exactly("codec/chat")), mayNot: either(foreign, in("spec", "server", "client", "conformance"))},
	{why: "the model does not know what is built from it", of: either(in("spec"), exactly("codec/dynamic")), mayNot: in("codec/chat", "server", "client", "conformance")},
	{why: "a judge that shares code with the judged cannot see its faults", of: in("conformance"), mayNot: in("codec/chat", "server", "client")},
	{why: "the vocabulary of the judge stands below all of it", of: exactly("conformance"), mayNot: in("conformance")},
	{why: "the server stands on the generated codec alone", of: in("server"), mayNot: in("client", "conformance", "spec", "codec/dynamic")},
	{why: "the client stands on the generated codec alone", of: in("client"), mayNot: in("server", "conformance", "spec", "codec/dynamic")},
	{why: "a store does not know the wire", of: in("server/store"), mayNot: in("codec")},
	{why: "flags are for programs", of: not(cmd), mayNot: path("github.com/spf13/pflag"), imports: true},
	{why: "only the judge runs scripts and fuzzes", of: not(in("conformance")), mayNot: path("github.com/rogpeppe/go-internal/testscript", "github.com/google/gofuzz"), imports: true},
	{why: "only the server knows string profiles", of: not(in("server")), mayNot: path("golang.org/x/text"), imports: true},
}

// TestImports holds the walls between the folders of the module.
func TestImports(t *testing.T) {
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, w := range walls {
			if !w.of(p.ImportPath) {
				continue
			}
			reached := p.Deps
			if w.imports {
				reached = p.Imports
			}
			for _, dep := range reached {
				if dep != p.ImportPath && w.mayNot(dep) {
					t.Errorf("%s reaches %s: %s", p.ImportPath, dep, w.why)
				}
			}
		}
	}
}
