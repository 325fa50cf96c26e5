package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

const (
	magic = "  V2"

	frameResponse = 0
	frameError    = 1
	frameMessage  = 2

	frameHeaderBytes   = 8      // size, frame type
	messageHeaderBytes = 26     // timestamp 8, attempts 2, id 16
	messageIDOffset    = 8 + 10 // from the start of the frame
	messageIDBytes     = 16
	maxResponseBytes   = 64 << 10
)

var nop = []byte("NOP\n")

// connect opens a connection and announces protocol V2. A plain one sends no IDENTIFY.
func connect(addr string, kind transport) (net.Conn, error) {
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := raw
	_, err = io.WriteString(raw, magic)
	if err == nil && kind != transportPlain {
		conn, err = upgrade(raw, kind)
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

// subscribe sends SUB and waits for its OK. The reader must be the only one of
// this connection until RDY is sent, so nothing after OK can be lost in it.
func subscribe(conn net.Conn, topic, channel string) error {
	if _, err := fmt.Fprintf(conn, "SUB %s %s\n", topic, channel); err != nil {
		return err
	}
	return newResponses(conn).expectOK()
}

// responses reads the answers to commands; a heartbeat is answered on the way.
type responses struct {
	conn   net.Conn
	reader io.Reader
	head   [frameHeaderBytes]byte
	body   []byte
}

func newResponses(conn net.Conn) *responses {
	return &responses{conn: conn, reader: bufio.NewReader(conn), body: make([]byte, 0, 256)}
}

// newUnbufferedResponses reads no byte more than was asked for: what follows
// may belong to another transport.
func newUnbufferedResponses(conn net.Conn) *responses {
	return &responses{conn: conn, reader: conn}
}

// next gives the next response that is no heartbeat; it is valid until the next call.
func (r *responses) next() ([]byte, error) {
	for {
		if _, err := io.ReadFull(r.reader, r.head[:]); err != nil {
			return nil, err
		}
		size := int(binary.BigEndian.Uint32(r.head[:])) - 4
		kind := binary.BigEndian.Uint32(r.head[4:])
		if size < 0 || size > maxResponseBytes {
			return nil, fmt.Errorf("frame of %d bytes where a response was due", size)
		}
		if cap(r.body) < size {
			r.body = make([]byte, 0, size)
		}
		body := r.body[:size]
		if _, err := io.ReadFull(r.reader, body); err != nil {
			return nil, err
		}
		switch {
		case kind == frameError:
			return nil, fmt.Errorf("broker answered %s", body)
		case kind != frameResponse:
			return nil, fmt.Errorf("frame of type %d where a response was due", kind)
		case string(body) == "_heartbeat_":
			if _, err := r.conn.Write(nop); err != nil {
				return nil, err
			}
		default:
			return body, nil
		}
	}
}

// expectOK reads one response and fails if it is not OK.
func (r *responses) expectOK() error {
	body, err := r.next()
	if err != nil {
		return err
	}
	if string(body) != "OK" {
		return fmt.Errorf("broker answered %q where OK was due", body)
	}
	return nil
}

// topicName gives names of one width, so that a built command can be re-aimed
// by overwriting the digits.
func topicName(prefix string, index int) string {
	return fmt.Sprintf("%s_%04d", prefix, index)
}
