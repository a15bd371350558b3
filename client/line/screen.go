package line

import (
	"os"

	"golang.org/x/term"
)

// OpenScreen puts a terminal into raw mode, until restore is called. It returns nil and no error if in and out are not both a terminal.
func OpenScreen(in, out *os.File) (s Screen, restore func(), err error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, func() {}, nil
	}
	old, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, nil, err
	}
	return &fileScreen{in, out}, func() { term.Restore(int(in.Fd()), old) }, nil
}

type fileScreen struct{ in, out *os.File }

func (s *fileScreen) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *fileScreen) Write(p []byte) (int, error) { return s.out.Write(p) }
func (s *fileScreen) Size() (int, int, error)     { return term.GetSize(int(s.out.Fd())) }
