package notebook

import (
	"fmt"
	"net"
	"runtime"
)

// The longest path of a Unix socket is 103 bytes on macOS and 107 on Linux.
const maxSocketPath = 103

// newConnection chooses the addresses on which the kernel listens. It returns the
// contents of the connection file and the address of each channel: Unix sockets whose
// paths begin with prefix, or TCP ports where there are no Unix sockets or the path
// is too long.
func newConnection(prefix, key string) (file map[string]any, addr map[string]string, err error) {
	channels := []string{"shell", "iopub", "stdin", "control", "hb"}
	file = map[string]any{"key": key, "signature_scheme": "hmac-sha256"}
	addr = map[string]string{}
	if runtime.GOOS != "windows" && len(prefix)+len("-1") <= maxSocketPath {
		file["transport"], file["ip"] = "ipc", prefix
		for i, c := range channels {
			file[c+"_port"] = i + 1
			addr[c] = fmt.Sprintf("ipc://%s-%d", prefix, i+1)
		}
		return file, addr, nil
	}
	const host = "127.0.0.1"
	file["transport"], file["ip"] = "tcp", host
	for _, c := range channels {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			return nil, nil, err
		}
		defer l.Close() // all ports stay taken until the last is chosen
		port := l.Addr().(*net.TCPAddr).Port
		file[c+"_port"] = port
		addr[c] = fmt.Sprintf("tcp://%s:%d", host, port)
	}
	return file, addr, nil
}
