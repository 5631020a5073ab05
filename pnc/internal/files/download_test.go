//go:build !js && !pnclab_cell

package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// envStall and envWindow hold the time limits of the program that downloads, in tests.
const envStall, envWindow = "PNC_TEST_STALL", "PNC_TEST_WINDOW"

// TestMain makes the test's program also the one that downloads for cells.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != Downloader {
		os.Exit(m.Run())
	}
	for name, limit := range map[string]*time.Duration{envStall: &stallTimeout, envWindow: &rateWindow} {
		if d, err := time.ParseDuration(os.Getenv(name)); err == nil {
			*limit = d
		}
	}
	if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ways returns the functions that download: in this program, and by another as in cells.
func ways(t *testing.T) map[string]downloader {
	t.Helper()
	all := map[string]downloader{"here": Download}
	if runtime.GOOS == "windows" { // there are no cells
		return all
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(own, filepath.Join(bin, Downloader)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv(envStall, stallTimeout.String())
	t.Setenv(envWindow, rateWindow.String())
	all["by another program"] = delegate
	return all
}

const content = "the content of a file"

// serve returns a File whose first address answers with an error and whose
// second is the handler.
func serve(t *testing.T, handler http.HandlerFunc) File {
	bad := httptest.NewServer(http.NotFoundHandler())
	good := httptest.NewServer(handler)
	t.Cleanup(bad.Close)
	t.Cleanup(good.Close)
	sum := sha256.Sum256([]byte(content))
	return File{
		Name: "file.bin", URLs: []string{bad.URL, good.URL},
		SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)),
	}
}

func TestGetDownloads(t *testing.T) {
	for way, download := range ways(t) {
		requests := 0
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) { requests++; io.WriteString(w, content) })
		s := Store{Cache: t.TempDir()}
		var told string
		for range 2 { // the second time it is there
			paths, err := s.get(t.Context(), Set{Name: "set"}, []File{f}, func(name string, done, total int64) { told = fmt.Sprint(name, done, total) }, download)
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			if got, err := os.ReadFile(paths[0]); err != nil || string(got) != content {
				t.Errorf("%s: %s holds %q, %v", way, paths[0], got, err)
			}
		}
		if want := fmt.Sprint(f.Name, f.Size, f.Size); requests != 1 || told != want {
			t.Errorf("%s: %d requests, progress up to %s, want %s", way, requests, told, want)
		}
		if s.FailedLately() {
			t.Errorf("%s: a success counts as a failure", way)
		}
	}
}

func TestGetOffline(t *testing.T) {
	f := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	s := Store{Cache: t.TempDir(), Offline: true}
	_, err := s.Get(t.Context(), Set{Name: "set"}, []File{f}, nil)
	if err == nil || !strings.Contains(err.Error(), "set: file.bin not found and downloads are off (PNC_OFFLINE)") {
		t.Errorf("got %v", err)
	}
}

func TestGetFails(t *testing.T) {
	patience := stallTimeout
	defer func() { stallTimeout = patience }()
	for _, test := range []struct {
		name, want string
		handler    http.HandlerFunc
	}{
		{"other content", "sent a different file", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a page to log in") }},
		{"too long", "sent a different file", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, content+content) }},
		{"broken off", "closed the connection early", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "21")
			io.WriteString(w, content[:5])
		}},
		{"stalled", "stopped sending data", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, content[:5])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"silent", "does not answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"gone", "answered 410", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if stallTimeout = patience; test.name == "stalled" || test.name == "silent" {
				stallTimeout = time.Second // a busy machine needs some time for the answer before it
			}
			f := serve(t, test.handler)
			said := map[string]string{}
			for way, download := range ways(t) {
				s := Store{Cache: t.TempDir()}
				_, err := s.get(t.Context(), Set{Name: "set"}, []File{f}, nil, download)
				said[way] = fmt.Sprint(err)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "set: file.bin could not be downloaded") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: got %v, want one line with %q", way, err, test.want)
				}
				if entries, _ := os.ReadDir(filepath.Join(s.Cache, "set")); len(entries) != 0 {
					t.Errorf("left behind: %v", entries)
				}
				if !s.FailedLately() {
					t.Errorf("%s: the failure is not noted", way)
				}
			}
			for way, line := range said {
				if line != said["here"] {
					t.Errorf("%s: got %s, want %s", way, line, said["here"])
				}
			}
		})
	}
}

// TestGetTrickles has a server that is never silent for long, and never done.
func TestGetTrickles(t *testing.T) {
	defer func(d time.Duration) { rateWindow = d }(rateWindow)
	rateWindow = 300 * time.Millisecond
	for way, download := range ways(t) {
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		})
		f.Size = 1000
		s := Store{Cache: t.TempDir()}
		_, err := s.get(t.Context(), Set{Name: "set"}, []File{f}, nil, download)
		if err == nil || !strings.Contains(err.Error(), "sends too slowly (") || !strings.Contains(err.Error(), "bytes in 300ms); or get it elsewhere") {
			t.Errorf("%s: got %v", way, err)
		}
		if !s.FailedLately() {
			t.Errorf("%s: the failure is not noted", way)
		}
	}
}

// TestFailedLately has failures of some time ago, and of a clock that was ahead.
func TestFailedLately(t *testing.T) {
	s := Store{Cache: t.TempDir()}
	if s.FailedLately() {
		t.Error("there was no failure")
	}
	s.noteFailure()
	for ago, want := range map[time.Duration]bool{time.Second: true, 9 * time.Minute: true, 11 * time.Minute: false, -time.Hour: false, -24 * 365 * time.Hour: false} {
		at := time.Now().Add(-ago)
		if err := os.Chtimes(s.failureNote(), at, at); err != nil {
			t.Fatal(err)
		}
		if got := s.FailedLately(); got != want {
			t.Errorf("%v ago: %v, want %v", ago, got, want)
		}
	}
}

// TestGetReplacesDamaged damages what was downloaded, in its size and, with the same size
// and later, in its content.
func TestGetReplacesDamaged(t *testing.T) {
	requests := 0
	f := serve(t, func(w http.ResponseWriter, _ *http.Request) { requests++; io.WriteString(w, content) })
	set, s := Set{Name: "set"}, Store{Cache: t.TempDir()}
	path := filepath.Join(s.Cache, "set", f.Name)
	for i, damage := range []string{"", "damn", strings.ToUpper(content)} {
		if damage != "" {
			write(t, damage, path)
			later := time.Now().Add(time.Duration(i) * time.Second)
			if err := os.Chtimes(path, later, later); err != nil {
				t.Fatal(err)
			}
			off := s
			off.Offline = true
			_, err := off.Get(t.Context(), set, []File{f}, nil)
			if want := "set: " + path + " is damaged ("; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), " instead of ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("offline: %v, want %s", err, want)
			}
		}
		if paths, ok := s.Find(set, []File{f}); ok {
			t.Errorf("found %v after %q", paths, damage)
		}
		paths, err := s.Get(t.Context(), set, []File{f}, nil)
		if err != nil || paths[0] != path {
			t.Fatalf("got %v, %v", paths, err)
		}
		if got, _ := os.ReadFile(path); string(got) != content || requests != i+1 {
			t.Errorf("after %q the file holds %q, %d requests", damage, got, requests)
		}
		if _, ok := s.Find(set, []File{f}); !ok {
			t.Errorf("not found after it was downloaded")
		}
	}
}

func TestGetCancelled(t *testing.T) {
	for way, download := range ways(t) {
		ctx, cancel := context.WithCancelCause(t.Context())
		left := make(chan struct{})
		f := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, content[:5])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(left)
		})
		stopped := errors.New("the user stopped it")
		s := Store{Cache: t.TempDir()}
		began := func(_ string, done, _ int64) {
			if done == 5 {
				cancel(stopped)
			}
		}
		_, err := s.get(ctx, Set{Name: "set"}, []File{f}, began, download)
		if !errors.Is(err, stopped) || !strings.HasPrefix(fmt.Sprint(err), "set: file.bin could not be downloaded: the user stopped it; ") {
			t.Errorf("%s: got %v", way, err)
		}
		<-left // the connection was closed
		if entries, _ := os.ReadDir(filepath.Join(s.Cache, "set")); len(entries) != 0 || s.FailedLately() {
			t.Errorf("%s: left behind: %v, failure noted: %v", way, entries, s.FailedLately())
		}
	}
}

// TestDownloaderFails has no program that downloads for cells, and wrong ones.
func TestDownloaderFails(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no cells")
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	for _, test := range []struct{ program, want string }{
		{"", "cells download by the program pncdownload, which is not on PATH; use 'go run . data get' in the checkout"},
		{"#!/bin/sh\nexit 3\n", "pncdownload: exit status 3"},
		{"#!/bin/sh\nread order\necho why >&2\nexit 3\n", "pncdownload: exit status 3: why"},
	} {
		if test.program != "" {
			if err := os.WriteFile(filepath.Join(bin, Downloader), []byte(test.program), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := delegate(t.Context(), File{Name: "file.bin"}, filepath.Join(t.TempDir(), "file.bin"), nil)
		if want := "file.bin could not be downloaded: " + test.want; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestServeOrphaned ends the program that wanted a file.
func TestServeOrphaned(t *testing.T) {
	in, order := io.Pipe()
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, content[:5])
		w.(http.Flusher).Flush()
		order.Close()
		<-r.Context().Done()
	})
	dir := t.TempDir()
	go json.NewEncoder(order).Encode(map[string]any{"File": f, "Path": filepath.Join(dir, "file.bin")})
	if err := Serve(t.Context(), in, io.Discard); err == nil || !strings.HasSuffix(err.Error(), "the program that wanted it has ended") {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}
