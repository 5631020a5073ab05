//go:build unix

package gonb

import (
	"os"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Headless reports whether whoever started the kernel said that nobody looks at the
// notebook while it runs.
func Headless() bool { return os.Getenv("PNCLAB_HEADLESS") != "" }

// Reachable reports whether a page could send something to the program: a server that
// has an address for the kernel started it, and the notebook is not headless.
func Reachable() bool { return Connected() && KernelID() != "" && !Headless() }

// KernelID returns the name that the Jupyter server has for the kernel, "" if there is
// no server.
func KernelID() string { return os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) }

var (
	mu        sync.Mutex
	listeners = map[string]func(string){}
)

// Packages are initialised in the order of their paths: gonbui/comms, if the program
// has it, set its own function before.
func init() {
	others := gonbui.OnCommValueUpdate
	gonbui.OnCommValueUpdate = func(m *protocol.CommValue) { deliver(m, others) }
}

// Listen calls receive with every text that a page sends to an address, one after the
// other in the order in which the kernel delivers them, which is not always that in
// which they were sent. receive must not block.
//
// The kernel's own client package gonbui/comms is not used: it delivers every message
// in a goroutine, and for an address without a subscriber it returns with its lock held.
// The kernel tries for up to 3 s to reach a page, during which nothing else is shown.
func Listen(address string, receive func(text string)) {
	mu.Lock()
	listeners[address] = receive
	mu.Unlock()
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommSubscribe: &protocol.CommSubscription{Address: address},
	}})
}

// deliver passes a message to the listener of its address, and messages to addresses
// that nobody listens to here to others.
func deliver(m *protocol.CommValue, others func(*protocol.CommValue)) {
	mu.Lock()
	receive := listeners[m.Address]
	mu.Unlock()
	if receive == nil {
		if others != nil {
			others(m)
		}
		return
	}
	if text, ok := m.Value.(string); ok {
		receive(text)
	}
}

// Tell sends a text to an address of the page. It may only be called soon after
// something has arrived: after a second of silence the kernel first makes sure that
// the page is there, and shows nothing else for up to 4 s if it is not.
func Tell(address, text string) {
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommValue: &protocol.CommValue{Address: address, Value: text},
	}})
}
