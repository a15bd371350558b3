package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A data directory holds the marker, which is written last, and the database.
const (
	markerName = "FORMAT"
	markerTemp = "FORMAT.new"
	dataName   = "db"
)

// format is the version of the layout of the directory and of the database.
const (
	format       = 1
	markerPrefix = "chatd data, format "
)

// readMarker reports whether there is a store in dir. It refuses a directory with
// anything else in it.
func readMarker(disk vfs.FS, dir string) (bool, error) {
	names, err := disk.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !slices.Contains(names, markerName) {
		for _, name := range names {
			if name != dataName && name != markerTemp { // left by an Open that was cut off
				return false, fmt.Errorf("%w: it holds %q and no file %s", ErrForeign, name, markerName)
			}
		}
		return false, nil
	}
	f, err := disk.Open(disk.PathJoin(dir, markerName))
	if err != nil {
		return false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 100))
	if err != nil {
		return false, err
	}
	version, ok := strings.CutPrefix(strings.TrimSpace(string(text)), markerPrefix)
	n, err := strconv.Atoi(version)
	switch {
	case !ok || err != nil || n < 1:
		return false, fmt.Errorf("%w: the file %s says %q", ErrDamaged, markerName, text)
	case n > format:
		return false, fmt.Errorf("%w: it has format %d, this one knows up to %d", ErrNewer, n, format)
	}
	return true, nil
}

// writeMarker says that there is a store in dir.
func writeMarker(disk vfs.FS, dir string) error {
	temp := disk.PathJoin(dir, markerTemp)
	f, err := disk.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s%d\n", markerPrefix, format)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := disk.Rename(temp, disk.PathJoin(dir, markerName)); err != nil {
		return err
	}
	return syncDirectory(disk, dir)
}

// makeDirectory makes dir with its parents, so that a crash does not undo it.
func makeDirectory(disk vfs.FS, dir string) error {
	if _, err := disk.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := disk.PathDir(dir)
	if parent != dir {
		if err := makeDirectory(disk, parent); err != nil {
			return err
		}
	}
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncDirectory(disk, parent)
}

func syncDirectory(disk vfs.FS, dir string) error {
	d, err := disk.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
