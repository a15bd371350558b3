package disk

import (
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// privateFS is the disk, with files that only their owner may read.
type privateFS struct{ vfs.FS }

func (p privateFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, c)
	if err != nil {
		return nil, err
	}
	return private(f, name)
}

func (p privateFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := p.FS.OpenReadWrite(name, c, o...)
	if err != nil {
		return nil, err
	}
	return private(f, name)
}

func (p privateFS) MkdirAll(dir string, perm os.FileMode) error {
	return p.FS.MkdirAll(dir, perm&0o700)
}

func (p privateFS) Lock(name string) (io.Closer, error) {
	l, err := p.FS.Lock(name)
	if err != nil {
		return nil, err
	}
	return private(l, name)
}

func (p privateFS) Unwrap() vfs.FS { return p.FS }

// private takes the rights of others from a file that was just opened, or closes it.
func private[F io.Closer](f F, name string) (F, error) {
	if err := os.Chmod(name, 0o600); err != nil {
		f.Close()
		var none F
		return none, err
	}
	return f, nil
}
