package notebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"

	"pnclab/internal/process"
)

const (
	startLimit    = 60 * time.Second       // until a kernel answers its first request
	handshakeStep = 250 * time.Millisecond // until that request is repeated
	stopLimit     = 5 * time.Second        // until a kernel ends after a shutdown request
)

// kernel is a running GoNB process and the connection to it.
type kernel struct {
	codec
	cmd    *exec.Cmd
	pid    int    // of GoNB, which on Linux is a child of cmd
	dir    string // temporary; holds the sockets and everything that the kernel writes
	stderr tail

	language map[string]any // the kernel's own description of its language

	shell, control, iopub zmq4.Socket
	connected             bool          // all of the sockets are
	messages              chan message  // from shell and iopub; closed when the kernel has disconnected
	closing               chan struct{} // closed when messages are no longer read
	readers               sync.WaitGroup
	exited                chan struct{} // closed when the process has ended
	exit                  error         // its status, valid after exited is closed
}

// startKernel starts a kernel in the folder work, with the module in root available to
// the cells, and returns when it answers.
func startKernel(ctx context.Context, tools Tools, root, work string) (*kernel, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errNoGo
	}
	if _, err := exec.LookPath(tools.Gonb); err != nil {
		return nil, fmt.Errorf("starting the kernel: %w", err)
	}
	dir, err := os.MkdirTemp("", modulePath+"-")
	if err != nil {
		return nil, fmt.Errorf("%w; set TMPDIR to a folder for temporary files", err)
	}
	k := &kernel{
		codec: newCodec(), dir: dir,
		messages: make(chan message), closing: make(chan struct{}), exited: make(chan struct{}),
	}
	addr, err := k.launch(tools, root, work)
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("starting the kernel: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("no answer within %v", startLimit))
	defer cancel()
	// A killed kernel disconnects, which ends everything that waits for it below.
	stop := context.AfterFunc(ctx, func() { killKernel(k.cmd.Process) })
	defer stop()
	if err = k.dial(ctx, addr); err == nil {
		err = k.handshake(ctx)
	}
	if err != nil {
		k.close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("starting the kernel: %w", err)
	}
	return k, nil
}

// launch starts the process and returns the addresses of its channels.
func (k *kernel) launch(tools Tools, root, work string) (map[string]string, error) {
	tmp := filepath.Join(k.dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return nil, err
	}
	conn, addr, err := newConnection(filepath.Join(k.dir, "s"), string(k.key))
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(conn)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(k.dir, "kernel-"+k.session+".json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return nil, err
	}
	if err := canExecute(tmp); err != nil {
		return nil, err
	}
	startup := filepath.Join(k.dir, "startup.sh")
	// Lines that begin with ! get no input either; GoNB runs them with bash.
	if err := os.WriteFile(startup, []byte("exec </dev/null\nunset BASH_ENV\n"), 0o600); err != nil {
		return nil, err
	}
	module, err := goWork(root)
	if err != nil {
		return nil, err
	}
	k.cmd = tools.kept(tools.Gonb, "--kernel", file, "-raw_error", module)
	k.cmd.Dir = work
	k.cmd.Env = append(kernelEnv(os.Environ(), tools, tmp), "BASH_ENV="+startup, "PNCLAB_CELL="+k.began(), "PNCLAB_CELLS="+k.outline())
	k.cmd.Stderr = &k.stderr
	k.cmd.WaitDelay = time.Second
	ownGroup(k.cmd)
	if err := k.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		k.exit = k.cmd.Wait()
		close(k.exited)
	}()
	return addr, nil
}

// began returns the path of a file that is there while the program of a cell runs, and
// remains if it does not reach the end of the cell; cellgo sees to that.
func (k *kernel) began() string { return filepath.Join(k.dir, "cell") }

// outline returns the path of the file with the code of all cells; see cellgo.
func (k *kernel) outline() string { return filepath.Join(k.dir, "cells.json") }

// announce tells cellgo which cells will run, in their order, so that most of them can be
// built together. Cells that are to fail are left out.
func (k *kernel) announce(cells []*Cell) error {
	sources := make([]string, len(cells))
	for i, c := range cells {
		if !c.HasTag(raisesTag) {
			sources[i] = c.Source
		}
	}
	b, err := json.Marshal(sources)
	if err != nil {
		return err
	}
	return os.WriteFile(k.outline(), b, 0o600)
}

// findKernel returns the process id of GoNB, which cmd runs or is.
func (k *kernel) findKernel() int {
	all, _ := process.List()
	for _, p := range all {
		if p.Parent == k.cmd.Process.Pid && isKept {
			return p.PID
		}
	}
	return k.cmd.Process.Pid
}

// canExecute returns an error if programs in a folder are not run.
func canExecute(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	script := filepath.Join(dir, "try")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	defer os.Remove(script)
	if err := exec.Command(script).Run(); errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("programs in %s, where the cells are built, are not run; set TMPDIR to a folder that is not mounted with noexec", filepath.Dir(filepath.Dir(dir)))
	}
	return nil
}

// kernelEnv returns the environment of a kernel: goimports on PATH, a folder for
// temporary files that is removed later, no workspace and no startup file of the user, and
// a variable that tells cells that nobody can press buttons.
func kernelEnv(env []string, tools Tools, tmp string) []string {
	path := tools.Dir
	var out []string
	for _, kv := range env {
		switch name, value, _ := strings.Cut(kv, "="); {
		case name == "PATH":
			path += string(os.PathListSeparator) + value
		case name == "GOWORK", name == "GOFLAGS", name == "TMPDIR", name == "BASH_ENV", strings.HasPrefix(name, "GONB_"):
		default:
			out = append(out, kv)
		}
	}
	return append(out, "PATH="+path, "GOFLAGS="+tools.GoFlags, "TMPDIR="+tmp, "PNCLAB_HEADLESS=1")
}

// dial connects to the kernel's channels, which may not exist yet.
func (k *kernel) dial(ctx context.Context, addr map[string]string) error {
	options := []zmq4.Option{zmq4.WithDialerMaxRetries(0), zmq4.WithTimeout(stopLimit), zmq4.WithLogger(log.New(io.Discard, "", 0))}
	k.shell = zmq4.NewDealer(context.Background(), options...)
	k.control = zmq4.NewDealer(context.Background(), options...)
	k.iopub = zmq4.NewSub(context.Background(), options...)
	for name, socket := range map[string]zmq4.Socket{"shell": k.shell, "control": k.control, "iopub": k.iopub} {
		for socket.Dial(addr[name]) != nil {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-k.exited:
				return k.died()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		k.readers.Add(1)
		go k.read(socket)
	}
	go func() {
		k.readers.Wait()
		close(k.messages)
	}()
	k.connected = true
	return k.iopub.SetOption(zmq4.OptionSubscribe, "")
}

// read forwards the messages of one socket until the kernel disconnects.
func (k *kernel) read(socket zmq4.Socket) {
	defer k.readers.Done()
	for {
		raw, err := socket.Recv()
		if err != nil {
			return
		}
		m, err := k.decode(raw.Frames)
		if err != nil {
			continue // not from our kernel
		}
		select {
		case k.messages <- m:
		case <-k.closing:
		}
	}
}

// handshake requests the kernel's description until both the answer and the idle
// status arrive: the subscription to iopub takes effect with some delay, and what the
// kernel publishes before is lost.
func (k *kernel) handshake(ctx context.Context) error {
	for {
		step, cancel := context.WithTimeout(ctx, handshakeStep)
		reply, err := k.request(step, randomID(), "kernel_info_request", struct{}{}, func(message) {})
		cancel()
		if err == nil {
			k.language = object(reply.content["language_info"])
			k.pid = k.findKernel()
			return nil
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// request sends a request with the given id on the shell channel and waits for its
// reply and for the idle status, after which the kernel publishes nothing more about
// it. All other messages are passed to on.
func (k *kernel) request(ctx context.Context, id, kind string, content any, on func(message)) (reply message, err error) {
	if err := k.send(k.shell, id, kind, content); err != nil {
		return reply, err
	}
	for replied, idle := false, false; !replied || !idle; {
		select {
		case m, ok := <-k.messages:
			switch {
			case !ok:
				return reply, k.died()
			case m.parent.ID == id && strings.HasSuffix(m.header.Type, "_reply"):
				reply, replied = m, true
			case m.parent.ID == id && m.text("execution_state") == "idle":
				idle = true
			default:
				on(m)
			}
		case <-ctx.Done():
			return reply, ctx.Err()
		}
	}
	return reply, nil
}

func (k *kernel) send(socket zmq4.Socket, id, kind string, content any) error {
	frames, err := k.encode(id, kind, content)
	if err != nil {
		return err
	}
	return socket.SendMulti(zmq4.NewMsgFrom(frames...))
}

// interrupt asks the running cell to stop. If it does not, GoNB kills it after 5 s.
func (k *kernel) interrupt() {
	k.send(k.control, randomID(), "interrupt_request", struct{}{})
}

// died returns the error of a kernel that ended without being asked to.
func (k *kernel) died() error {
	select {
	case <-k.exited:
	case <-time.After(time.Second):
		return errors.New("the kernel disconnected")
	}
	if last := k.stderr.complaint(); last != "" {
		return fmt.Errorf("the kernel died (%v): %s", k.cmd.ProcessState, last)
	}
	return fmt.Errorf("the kernel died (%v)", k.cmd.ProcessState)
}

// close stops the kernel and everything that it started, and removes its files.
func (k *kernel) close() {
	if k.connected { // zmq4 would wait for a connection
		k.send(k.control, randomID(), "shutdown_request", map[string]bool{"restart": false})
		select {
		case <-k.exited:
		case <-time.After(stopLimit):
		}
	}
	killKernel(k.cmd.Process)
	<-k.exited
	close(k.closing)
	k.readers.Wait() // they end because the kernel has disconnected
	for _, s := range []zmq4.Socket{k.shell, k.control, k.iopub} {
		if s != nil {
			s.Close()
		}
	}
	for range 10 { // a compiler that was killed may still be writing
		if os.RemoveAll(k.dir) == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
}
