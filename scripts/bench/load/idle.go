package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// dialsAtOnce bounds how many connections are being set up at the same time.
const dialsAtOnce = 32

// idleResult is what "idle" prints after its stdin was closed.
type idleResult struct {
	Connections int      `json:"connections"`
	Heartbeats  int64    `json:"heartbeats"`
	Errors      []string `json:"errors"` // one for each connection that did not live to the end
}

// idleCrowd holds the connections of one "idle" run.
type idleCrowd struct {
	addr, topic, channel string
	heartbeat            time.Duration
	conns                []net.Conn
	heartbeats           atomic.Int64
	lock                 sync.Mutex
	errors               []string
}

// runIdle subscribes, prints "ready", and answers heartbeats until stdin ends.
func runIdle(args []string) (*idleResult, error) {
	var crowd idleCrowd
	var count int
	flags := flag.NewFlagSet("idle", flag.ContinueOnError)
	flags.StringVar(&crowd.addr, "addr", "127.0.0.1:4150", "broker's TCP address")
	flags.StringVar(&crowd.topic, "topic", "bench_0000", "topic to subscribe to")
	flags.StringVar(&crowd.channel, "channel", "ch0", "channel to subscribe to")
	flags.IntVar(&count, "connections", 5000, "number of connections")
	flags.DurationVar(&crowd.heartbeat, "heartbeat", 20*time.Second, "heartbeat interval to ask for")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	crowd.open(count)
	defer crowd.close()
	var alive sync.WaitGroup
	for _, conn := range crowd.conns {
		alive.Add(1)
		go func(conn net.Conn) {
			defer alive.Done()
			crowd.attend(conn)
		}(conn)
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return nil, err
	}
	for _, conn := range crowd.conns {
		conn.SetReadDeadline(time.Unix(1, 0))
	}
	alive.Wait()
	if crowd.errors == nil {
		crowd.errors = []string{}
	}
	return &idleResult{len(crowd.conns), crowd.heartbeats.Load(), crowd.errors}, nil
}

// open sets up count connections, a few at a time.
func (c *idleCrowd) open(count int) {
	slots := make(chan struct{}, dialsAtOnce)
	var pending sync.WaitGroup
	for i := 0; i < count; i++ {
		slots <- struct{}{}
		pending.Add(1)
		go func() {
			defer pending.Done()
			defer func() { <-slots }()
			conn, err := c.openOne()
			if err != nil {
				c.fail(err)
				return
			}
			c.lock.Lock()
			c.conns = append(c.conns, conn)
			c.lock.Unlock()
		}()
	}
	pending.Wait()
}

func (c *idleCrowd) openOne() (net.Conn, error) {
	conn, err := connect(c.addr, transportPlain)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf(`{"client_id":"bench","heartbeat_interval":%d}`, c.heartbeat.Milliseconds())
	_, err = fmt.Fprintf(conn, "IDENTIFY\n%s%s", sizePrefix(len(settings)), settings)
	if err == nil {
		err = newResponses(conn).expectOK()
	}
	if err == nil {
		err = subscribe(conn, c.topic, c.channel)
	}
	if err == nil {
		_, err = io.WriteString(conn, "RDY 1\n")
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// attend answers one connection's heartbeats until the deadline is set.
func (c *idleCrowd) attend(conn net.Conn) {
	reader := bufio.NewReaderSize(conn, 64)
	heartbeat := make([]byte, frameHeaderBytes+len("_heartbeat_"))
	for {
		_, err := io.ReadFull(reader, heartbeat)
		if err == nil && string(heartbeat[frameHeaderBytes:]) != "_heartbeat_" {
			err = fmt.Errorf("broker sent %q to an idle connection", heartbeat)
		}
		if err == nil {
			_, err = conn.Write(nop)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			c.fail(err)
			return
		}
		c.heartbeats.Add(1)
	}
}

func (c *idleCrowd) fail(err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.errors = append(c.errors, err.Error())
}

func (c *idleCrowd) close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

func sizePrefix(size int) []byte {
	return []byte{byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}
}
