package files

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"pnclab/internal/atomicfile"
)

// Check returns in which way the file at path is not the published one, such as "4 bytes
// instead of 28881"; "" if it is, or if that cannot be told: of files that are unpacked or
// not published, no checksum is known. It reads the file once: the checksum is remembered
// in the cache until the size or the time of the file changes.
func (s Store) Check(f File, path string) (differs string) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || f.SHA256 == "" || filepath.Ext(path) != filepath.Ext(f.Name) {
		return ""
	}
	c := s.recall(path)
	if c.Size != info.Size() || c.ModTime != info.ModTime().UnixNano() {
		sum, err := sumFile(path)
		if err != nil {
			return "" // whatever reads it will say why that fails
		}
		c = checked{Path: path, Size: info.Size(), ModTime: info.ModTime().UnixNano(), SHA256: sum}
		s.remember(c)
	}
	switch {
	case c.Size != f.Size:
		return fmt.Sprintf("%d bytes instead of %d", c.Size, f.Size)
	case c.SHA256 != f.SHA256:
		return fmt.Sprintf("SHA-256 %.8s… instead of %.8s…", c.SHA256, f.SHA256)
	}
	return ""
}

// Mention reports whether it is the first time that it is called about a file since that
// was checked: users need not be told again by every program, such as every cell of a
// notebook, that a file differs.
func (s Store) Mention(path string) bool {
	mentioning.Lock()
	defer mentioning.Unlock()
	c := s.recall(path)
	if c.Mentioned {
		return false
	}
	c.Path, c.Mentioned = path, true
	s.remember(c)
	return true
}

var mentioning sync.Mutex // experiments of a sweep read the same files at once

// checked is the checksum of a file as it was.
type checked struct {
	Path          string
	Size, ModTime int64 // in bytes, and in ns since 1970
	SHA256        string
	Mentioned     bool // see Mention
}

// remember records a checksum. Without the record, the file is read again the next time.
func (s Store) remember(c checked) {
	if s.Cache == "" {
		return
	}
	b, err := json.Marshal(c)
	if err != nil {
		return
	}
	path := s.checkedPath(c.Path)
	if os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = atomicfile.WriteFile(path, b)
	}
}

// recall returns what is recorded of a file, or nothing.
func (s Store) recall(path string) checked {
	var c checked
	if s.Cache == "" {
		return c
	}
	b, err := os.ReadFile(s.checkedPath(path))
	if err != nil || json.Unmarshal(b, &c) != nil || c.Path != path {
		return checked{}
	}
	return c
}

func (s Store) checkedPath(path string) string {
	return filepath.Join(s.Cache, "checked", fmt.Sprintf("%x", sha256.Sum256([]byte(path)))[:16]+".json")
}

// Damaged returns the path of one of the files in the cache that is not what was
// downloaded, and in which way; "" if there is none.
func (s Store) Damaged(set Set, want []File) (path, differs string) {
	if s.Cache == "" {
		return "", ""
	}
	for _, f := range want {
		path := filepath.Join(s.Cache, set.Name, f.Name)
		if differs := s.Check(f, path); differs != "" {
			return path, differs
		}
	}
	return "", ""
}
