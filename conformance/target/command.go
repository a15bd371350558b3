package target

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// A Command starts targets. In its words {addr}, {host}, {port} and {dir} are filled in.
type Command struct {
	Words     []string
	Transport Transport
	Patience  time.Duration // for starting up; 0: two minutes
}

// DefaultPatience is how long a target may take to start: it may have to be compiled.
const DefaultPatience = 2 * time.Minute

// ParseCommand cuts a command line into words. Blanks separate; single and double quotes protect; no shell looks at it.
func ParseCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	open := false
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, open = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteRune(c)
			open = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote does not end in %q", line)
	}
	if open {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("the command line is empty")
	}
	if !strings.Contains(line, "{addr}") && !strings.Contains(line, "{port}") {
		return nil, fmt.Errorf("the command line %q says nowhere where to listen: write {addr}, or {host} and {port}", line)
	}
	return words, nil
}

// fill puts an address and a directory into the words.
func (c *Command) fill(addr, dir string) []string {
	host, port, _ := net.SplitHostPort(addr)
	r := strings.NewReplacer("{addr}", addr, "{host}", host, "{port}", port, "{dir}", dir)
	out := make([]string, len(c.Words))
	for i, w := range c.Words {
		out[i] = r.Replace(w)
	}
	return out
}
