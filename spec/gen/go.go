package gen

import (
	"maps"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// goGenerator makes the Go codec.
var goGenerator = Generator{
	Kind: "go",
	Doc:  "the Go codec: messages, opcodes, states, errors",
	Out:  func(p *spec.Protocol) string { return "codec/" + p.ID },
	Owns: "*_gen.go",
	Generate: func(p *spec.Protocol) ([]File, error) {
		files, err := GoCodec(p, "github.com/wirelaw/wirelaw/codec/"+p.ID)
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
