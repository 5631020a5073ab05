package notebook

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// message is a message of the Jupyter protocol, without the parts that are not used
// here: metadata and buffers.
type message struct {
	header, parent header
	content        map[string]any
}

type header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
}

const delimiter = "<IDS|MSG>"

// codec turns messages into signed ZeroMQ frames and back.
type codec struct {
	key     []byte
	session string
}

func newCodec() codec {
	return codec{key: []byte(randomID()), session: randomID()}
}

// encode returns the frames of a request: delimiter, signature, header, parent header,
// metadata, content.
func (c codec) encode(id, kind string, content any) ([][]byte, error) {
	h := header{
		ID: id, Session: c.session, Username: modulePath,
		Date: time.Now().UTC().Format(time.RFC3339Nano), Type: kind, Version: "5.3",
	}
	hb, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	cb, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	parts := [][]byte{hb, []byte("{}"), []byte("{}"), cb}
	return append([][]byte{[]byte(delimiter), []byte(c.sign(parts))}, parts...), nil
}

// decode checks the signature and parses the frames, which may start with routing
// identities or a topic.
func (c codec) decode(frames [][]byte) (message, error) {
	for len(frames) > 0 && string(frames[0]) != delimiter {
		frames = frames[1:]
	}
	if len(frames) < 6 {
		return message{}, errors.New("incomplete message")
	}
	if !hmac.Equal([]byte(c.sign(frames[2:6])), frames[1]) {
		return message{}, errors.New("wrong signature")
	}
	var m message
	if err := json.Unmarshal(frames[2], &m.header); err != nil {
		return message{}, err
	}
	if err := json.Unmarshal(frames[3], &m.parent); err != nil {
		return message{}, err
	}
	d := json.NewDecoder(bytes.NewReader(frames[5]))
	d.UseNumber() // measured values keep their digits
	return m, d.Decode(&m.content)
}

func (c codec) sign(parts [][]byte) string {
	mac := hmac.New(sha256.New, c.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// text returns a string field of the content, "" if there is none.
func (m message) text(field string) string {
	s, _ := m.content[field].(string)
	return s
}

// displayID returns the id by which later messages may update this output.
func (m message) displayID() string {
	id, _ := object(m.content["transient"])["display_id"].(string)
	return id
}

func randomID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
