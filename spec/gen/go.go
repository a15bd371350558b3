package gen

import (
	"maps"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// goGenerator makes the Go codec.
var goGenerator = Generator{
	Kind: "go",
	Doc:  "the Go codec: messages, opcodes, states, errors",
	Out:  goFolder,
	Owns: "*_gen.go",
	Generate: func(p *spec.Protocol) ([]File, error) {
		files, err := GoCodec(p, "github.com/wirelaw/wirelaw/"+goFolder(p))
		if err != nil {
			return nil, err
		}
		var out []File
		for _, name := range slices.Sorted(maps.Keys(files)) {
			out = append(out, File{Path: name, Data: files[name]})
		}
		return out, nil
	},
}

// goFolder is codec/ID; for a table that is there for tests, codec/internal/ID.
func goFolder(p *spec.Protocol) string {
	for _, part := range strings.Split(strings.ReplaceAll(p.File, `\`, "/"), "/") {
		if part == "testdata" || part == "internal" {
			return "codec/internal/" + p.ID
		}
	}
	return "codec/" + p.ID
}
