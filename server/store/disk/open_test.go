package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/server/store"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("DISK_TEST_HOLD"); dir != "" {
		s, err := Open(dir, Options{})
		fmt.Println(err)
		bufio.NewReader(os.Stdin).ReadByte() // until the test closes it
		if err == nil {
			s.Close()
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestBusy(t *testing.T) {
	dir := t.TempDir()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "DISK_TEST_HOLD="+dir)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "<nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	want := fmt.Sprintf("data directory %q is in use by another chatd", dir)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrBusy) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got error %v", err)
	}
	in.Close()
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrBusy) {
		t.Errorf("in one process: got error %v", err)
	}
}

// TestUnfit opens directories that must be refused, and left as they are.
func TestUnfit(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  error
	}{
		{"newer format", func(t *testing.T, dir string) { write(t, dir, "FORMAT", "chatd data, format 2\n") }, ErrNewer},
		{"no format", func(t *testing.T, dir string) { write(t, dir, "FORMAT", "chatd data, format x\n") }, ErrDamaged},
		{"empty marker", func(t *testing.T, dir string) { write(t, dir, "FORMAT", "") }, ErrDamaged},
		{"somebody else's files", func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "FORMAT"))
			write(t, dir, "thesis.txt", "…")
		}, ErrForeign},
		{"no database", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "db")) }, ErrDamaged},
		{"no manifest", func(t *testing.T, dir string) { each(t, dir, "MANIFEST-*", os.Remove) }, ErrDamaged},
		{"manifest of noise", func(t *testing.T, dir string) {
			each(t, dir, "MANIFEST-*", func(f string) error { return os.WriteFile(f, noise, 0o600) })
		}, ErrDamaged},
		{"a table is missing", func(t *testing.T, dir string) { each(t, dir, "*.sst", os.Remove) }, ErrDamaged},
		{"log damaged in the middle", func(t *testing.T, dir string) {
			each(t, dir, "*.log", func(f string) error {
				b, err := os.ReadFile(f)
				if len(b) > 64<<10 { // damage in the last 32 KiB looks like an unclean end
					copy(b[2000:], noise)
				}
				return errors.Join(err, os.WriteFile(f, b, 0o600))
			})
		}, ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			c.spoil(t, dir)
			before := files(t, dir)
			s, err := Open(dir, Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), fmt.Sprintf("%q", dir)) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			after := files(t, dir)
			for name, text := range before {
				if after[name] != text {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

var noise = []byte(strings.Repeat("noise ", 200))

// fill makes a store with a table and a log, as a crash leaves it.
func fill(t *testing.T, dir string) {
	made := t.TempDir()
	s, err := Open(made, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	create(t, s, "alice")
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := s.Create(background, fmt.Sprint(i), "name", string(noise)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir, name, text string) {
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// each does something to the files of the database that match.
func each(t *testing.T, dir, pattern string, do func(string) error) {
	list, err := filepath.Glob(filepath.Join(dir, "db", pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	for _, f := range list {
		if err := do(f); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, dir string) map[string]string {
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LOCK" {
			return err
		}
		b, err := os.ReadFile(path)
		m[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	create(t, s, "alice")
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if i.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, i.Mode())
		}
		seen++
		return nil
	})
	if err != nil || seen < 6 {
		t.Fatalf("saw %d files, error %v", seen, err)
	}
}

// TestNoDirectory has one sentence for what the file system refuses.
func TestNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "data")} {
		_, err := Open(dir, Options{Options: store.Options{}})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", dir)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %v", err)
		}
	}
}
