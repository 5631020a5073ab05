//go:build !js && !pnclab_cell

package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"pnclab/internal/atomicfile"
)

// Time limits for a server to accept a connection, to answer or continue, and to send
// leastBytes more.
var (
	connectTimeout = 5 * time.Second
	stallTimeout   = 30 * time.Second
	rateWindow     = time.Minute
)

// leastBytes are 4 kB per second in a minute, less than a telephone line has. The largest
// file takes half a day at that rate; it can be got elsewhere sooner.
const leastBytes = 240_000

// Download downloads a file to path, trying its URLs in order. The file appears there
// complete and with the right checksum, or not at all. A server is given up that does
// not accept a connection within 5 s, is silent for 30 s, or sends less than 240 kB in a
// minute.
func Download(ctx context.Context, f File, path string, progress Progress) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	err := errors.New("no address is known")
	for _, address := range f.URLs {
		err = atomicfile.Write(path, func(w io.Writer) error { return fetch(ctx, f, address, w, progress) })
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s could not be downloaded: %w", f.Name, err)
	}
	return nil
}

// fetch writes the file at an address to w. It returns an error if the file is not the
// expected one.
func fetch(ctx context.Context, f File, address string, w io.Writer, progress Progress) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, err := request(ctx, address)
	if err != nil {
		return err
	}
	defer body.Close()

	host := hostOf(address)
	watchdog := time.AfterFunc(stallTimeout, func() { cancel(fmt.Errorf("%s stopped sending data", host)) })
	defer watchdog.Stop()
	var arrived atomic.Int64
	go func() {
		window := time.NewTicker(rateWindow)
		defer window.Stop()
		for last := int64(0); ; {
			select {
			case <-ctx.Done():
				return
			case <-window.C:
			}
			n := arrived.Load()
			if n-last < leastBytes {
				cancel(fmt.Errorf("%s sends too slowly (%d bytes in %v)", host, n-last, rateWindow))
				return
			}
			last = n
		}
	}()
	sum := &counter{hash: sha256.New(), after: func(done int64) {
		watchdog.Reset(stallTimeout)
		arrived.Store(done)
		if progress != nil {
			progress(f.Name, done, f.Size)
		}
	}}
	// One byte more than expected is enough to recognise a wrong file.
	if _, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(body, f.Size+1)); err != nil {
		return brief(ctx, host, err)
	}
	if got := hex.EncodeToString(sum.hash.Sum(nil)); sum.n != f.Size || got != f.SHA256 {
		return fmt.Errorf("%s sent a different file (%d bytes with SHA-256 %.8s…, expected %d with %.8s…)", host, sum.n, got, f.Size, f.SHA256)
	}
	return nil
}

// request sends a GET request and returns the body of a successful response.
func request(ctx context.Context, address string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: stallTimeout,
		DisableKeepAlives:     true, // one file, one connection
		DisableCompression:    true, // checksums are of what is sent
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, brief(ctx, hostOf(address), err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s answered %s", hostOf(address), resp.Status)
	}
	return resp.Body, nil
}

// brief describes a network error in a few words.
func brief(ctx context.Context, host string, err error) error {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &dns):
		return fmt.Errorf("%s was not found (is there a network?)", host)
	case errors.As(err, &netErr) && netErr.Timeout():
		return fmt.Errorf("%s does not answer", host)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s closed the connection early", host)
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s: %w", host, err)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// counter hashes and counts the bytes written to it.
type counter struct {
	hash  hash.Hash
	n     int64
	after func(n int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.hash.Write(p)
	c.n += int64(len(p))
	c.after(c.n)
	return len(p), nil
}
