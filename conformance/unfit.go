package conformance

import "github.com/wirelaw/wirelaw/spec"

// Unfit says in a sentence why servers of a protocol cannot be judged by asking them and looking at their answers; "" if they can.
func Unfit(p *spec.Protocol) string {
	switch {
	case p.Fence.Send == nil:
		return "this table has no fence: silence cannot be told from slowness"
	case len(p.Frames) > 1:
		return "this table has frames of several layouts: only those of one layout can be judged"
	case len(p.Preface) > 0:
		return "this table has a preface, and both sides speak first: only servers that wait to be asked can be judged"
	case p.Length() == nil || p.Opcode() == nil:
		return "the frames of this table have no length or no opcode: where they end and what they are cannot be told"
	}
	return ""
}
