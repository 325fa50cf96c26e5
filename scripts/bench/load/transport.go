package main

import (
	"bytes"
	"compress/flate"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"

	"github.com/golang/snappy"
)

// transport names what a connection agrees on with IDENTIFY, if anything.
type transport string

const (
	transportPlain   transport = "plain"
	transportTLS     transport = "tls"
	transportSnappy  transport = "snappy"
	transportDeflate transport = "deflate"
)

// heartbeatMs is the longest interval that a broker allows, and no shorter than
// a run: who packs its bytes beforehand cannot answer heartbeats in between.
const heartbeatMs = 60_000

// upgrade sends IDENTIFY and goes on as it says.
func upgrade(conn net.Conn, kind transport) (net.Conn, error) {
	settings, err := json.Marshal(map[string]any{
		"client_id": "bench", "feature_negotiation": true, "heartbeat_interval": heartbeatMs,
		"tls_v1": kind == transportTLS, "snappy": kind == transportSnappy, "deflate": kind == transportDeflate,
	})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "IDENTIFY\n%s%s", sizePrefix(len(settings)), settings); err != nil {
		return nil, err
	}
	if _, err := newUnbufferedResponses(conn).next(); err != nil {
		return nil, err
	}
	switch kind {
	case transportTLS:
		// Handshakes are not measured, and the broker is our own.
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	case transportSnappy:
		conn = newSnappyConn(conn)
	case transportDeflate:
		conn, err = newDeflateConn(conn)
	default:
		err = fmt.Errorf("-transport %q: there are plain, tls, snappy and deflate", kind)
	}
	if err != nil {
		return nil, err
	}
	return conn, newUnbufferedResponses(conn).expectOK()
}

// packedConn compresses what is written and uncompresses what is read.
type packedConn struct {
	net.Conn
	reader io.Reader
	writer interface {
		io.Writer
		Flush() error
	}
	packed *bytes.Buffer // what writer writes to
}

func newSnappyConn(conn net.Conn) *packedConn {
	packed := &bytes.Buffer{}
	return &packedConn{conn, snappy.NewReader(conn), snappy.NewBufferedWriter(packed), packed}
}

func newDeflateConn(conn net.Conn) (*packedConn, error) {
	packed := &bytes.Buffer{}
	writer, err := flate.NewWriter(packed, flate.BestSpeed) // the broker is to be busy, not the generator
	return &packedConn{conn, flate.NewReader(conn), writer, packed}, err
}

func (c *packedConn) Read(into []byte) (int, error) { return c.reader.Read(into) }

func (c *packedConn) Write(data []byte) (int, error) {
	packed, err := c.pack(data)
	if err == nil {
		_, err = c.Conn.Write(packed)
	}
	return len(data), err
}

// pack gives what has to be sent for data, after all that was packed before;
// it is valid until the next call.
func (c *packedConn) pack(data []byte) ([]byte, error) {
	c.packed.Reset()
	if _, err := c.writer.Write(data); err != nil {
		return nil, err
	}
	err := c.writer.Flush()
	return c.packed.Bytes(), err
}
