package gen

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// runtimePath is the package that generated codecs stand on.
const runtimePath = "github.com/wirelaw/wirelaw/codec"

// GoCodec generates the Go codec of p as the files of one package, by their names. pkgPath is the import path of that
// package; its last element is the package's name. The same table always gives the same bytes. The error says what in the
// table cannot be expressed.
func GoCodec(p *spec.Protocol, pkgPath string) (map[string][]byte, error) {
	g := &goCodec{p: p, pkg: path.Base(pkgPath), files: map[string]*goFile{}, limits: map[string]string{}, runs: map[string]string{}}
	if err := g.prepare(); err != nil {
		return nil, err
	}
	g.table()
	g.opcodes()
	g.errors()
	g.states()
	g.types()
	if g.plain {
		g.frame()
		g.dispatch()
	} else {
		g.readers()
		for _, h := range g.headers {
			g.headerFile(h)
		}
		if err := g.decodes(); err != nil {
			return nil, err
		}
	}
	for _, m := range p.Messages {
		g.message(m)
	}
	g.runTables()
	if g.refused != nil {
		return nil, g.refused
	}
	return g.finish()
}

// refuse notes what in the table cannot be expressed. The first one is told.
func (g *goCodec) refuse(format string, args ...any) {
	if g.refused == nil {
		g.refused = fmt.Errorf(g.p.ID+": "+format, args...)
	}
}

// A goCodec is one run of the generator.
type goCodec struct {
	p     *spec.Protocol
	pkg   string
	files map[string]*goFile

	plain   bool        // the frames are nothing but an opcode, a length, a correlation and a body
	headers []*goHeader // of a table that is not plain
	structs map[*spec.Type]string
	secrets map[*spec.Type]string // Go types of secret fields without a named type
	sized   map[string]bool       // structs that tell their size
	runs    map[string]string     // variables that describe runs of bit fields
	refused error

	// Of a plain table.
	op, length, id, body *spec.Field   // of the frame; id may be nil
	maxBody              uint64        // bytes
	errMsg               *spec.Message // carries an error; may be nil
	errCode, errText     *spec.Field   // its fields; a text is not needed
	clients, servers     []*spec.Message
	limits               map[string]string // variable -> literal
}

// A goFile is one file in the making.
type goFile struct {
	strings.Builder
	imports []string
}

// p prints a line of code.
func (f *goFile) p(format string, args ...any) {
	fmt.Fprintf(f, format, args...)
	f.WriteByte('\n')
}

// captured returns what body prints, which is not in the file then.
func (f *goFile) captured(body func()) string {
	before := f.String()
	f.Reset()
	body()
	code := f.String()
	f.Reset()
	f.WriteString(before)
	return code
}

func (f *goFile) use(paths ...string) {
	for _, p := range paths {
		if !slices.Contains(f.imports, p) {
			f.imports = append(f.imports, p)
		}
	}
}

// file begins a file. Names of messages may be anything, so they give way.
func (g *goCodec) file(name string) *goFile {
	for g.files[name+"_gen.go"] != nil {
		name += "_message"
	}
	f := &goFile{}
	g.files[name+"_gen.go"] = f
	return f
}

// prepare looks the parts of the frame up and refuses what Go code cannot be generated for.
func (g *goCodec) prepare() error {
	p := g.p
	g.plain = g.isPlain()
	g.nameStructs()
	for _, m := range p.Messages {
		if err := expressible(m.Name, m.Fields); err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	if !g.plain {
		return g.layouts()
	}
	g.op, g.length, g.id, g.body = p.Opcode(), p.Length(), p.Correlation(), p.Body()
	g.maxBody = p.MaxBody(nil)
	if w := g.length.Type.Width; w < 8 {
		g.maxBody = min(g.maxBody, 1<<(8*w)-1-uint64(g.counted()))
	}
	if g.maxBody > math.MaxUint32 {
		return fmt.Errorf("%s: a body of %d bytes is too large: give it a max of at most %d", p.ID, g.maxBody, uint32(math.MaxUint32))
	}
	for _, name := range []spec.CheckName{spec.CheckLength, spec.CheckOpcode, spec.CheckLayout, spec.CheckLimits} {
		if c := p.Check(name); c == nil || c.Error == nil {
			return fmt.Errorf("%s: checks: %q is missing or has no error", p.ID, name)
		}
	}
	stage := 0
	for _, c := range p.Checks {
		s := stageOf(c.Name)
		if s < stage {
			return fmt.Errorf("%s: checks: %q comes too late: what the header decides comes first, then early, layout and the rest", p.ID, c.Name)
		}
		stage = s
	}
	if g.errMsg = p.ErrorMessage(); g.errMsg != nil {
		for _, f := range g.errMsg.Fields {
			switch {
			case g.errCode == nil && f.Type.ErrorSet:
				g.errCode = f
			case g.errText == nil && f.If == nil && f.Type.Kind == spec.KindString:
				g.errText = f
			}
		}
		if g.errCode == nil {
			return fmt.Errorf("%s: %s needs a field for the code", p.ID, g.errMsg.Name)
		}
	}
	for _, m := range p.Messages {
		if m.From == spec.FromClient {
			g.clients = append(g.clients, m)
		} else {
			g.servers = append(g.servers, m)
		}
	}
	return nil
}

// stageOf orders the checks coarsely, as the bytes arrive and are understood.
func stageOf(c spec.CheckName) int {
	switch c {
	case spec.CheckLength, spec.CheckCorrelation, spec.CheckOpcode, spec.CheckState:
		return 0
	case spec.CheckEarly:
		return 1
	case spec.CheckLayout:
		return 2
	}
	return 3
}

// counted is the number of bytes of the header that the length counts.
func (g *goCodec) counted() int {
	n := 0
	for _, name := range g.length.Counts {
		for _, f := range g.p.Main().Fields {
			if f.Name == name && f != g.body {
				n += f.Type.Width
			}
		}
	}
	return n
}

// finish puts the heads on the files, formats them and looks for names that occur twice.
func (g *goCodec) finish() (map[string][]byte, error) {
	out := map[string][]byte{}
	declared := map[string]string{}
	for name, f := range g.files {
		var b strings.Builder
		fmt.Fprintf(&b, "// Code generated by wiregen from %s; DO NOT EDIT.\n\npackage %s\n\n", g.source(), g.pkg)
		if len(f.imports) > 0 {
			slices.SortFunc(f.imports, func(a, b string) int {
				if x, y := strings.Contains(a, "."), strings.Contains(b, "."); x != y {
					if x {
						return 1
					}
					return -1
				}
				return strings.Compare(a, b)
			})
			b.WriteString("import (\n")
			for i, p := range f.imports {
				if i > 0 && strings.Contains(p, ".") && !strings.Contains(f.imports[i-1], ".") {
					b.WriteByte('\n')
				}
				fmt.Fprintf(&b, "\t%q\n", p)
			}
			b.WriteString(")\n\n")
		}
		b.WriteString(f.String())
		src, err := format.Source([]byte(b.String()))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", g.p.ID, name, err)
		}
		out[name] = src
		if err := declarations(name, src, declared); err != nil {
			return nil, fmt.Errorf("%s: %w", g.p.ID, err)
		}
	}
	return out, nil
}

// source is the table's name as generated files tell it: its path in the repository.
func (g *goCodec) source() string {
	f := strings.ReplaceAll(g.p.File, `\`, "/")
	if path.IsAbs(f) || strings.HasPrefix(f, "..") || !strings.Contains(f, "/") {
		return "spec/" + path.Base(f)
	}
	return path.Clean(f)
}

// declarations notes what a file declares at its top level, methods included, and refuses what was declared before.
func declarations(name string, src []byte, declared map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	for _, n := range names {
		if n == "_" {
			continue
		}
		if other := declared[n]; other != "" {
			return fmt.Errorf("the table makes two things named %s in Go, in %s and %s", n, min(name, other), max(name, other))
		}
		declared[n] = name
	}
	return nil
}
