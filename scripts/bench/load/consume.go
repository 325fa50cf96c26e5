package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

const (
	wideReadBytes     = 1 << 20  // read buffer when there are few connections
	narrowReadBytes   = 64 << 10 // and when there are many
	manyConnections   = 16
	finBytes          = len("FIN ") + messageIDBytes + 1
	finsPerWriteLimit = 64 << 10
)

// consumer is one subscribed connection that finishes every message. It reads
// in large pieces, parses in place and answers each read with one write.
type consumer struct {
	run     *run
	conn    net.Conn
	buffer  []byte
	fins    []byte
	seen    *seen
	group   int // topic × channel, for comparing what connections saw
	body    int
	latency []int64 // ns; only kept in an open loop
	timed   uint64  // numbers from here on are off the clock, see timedShare

	received   int64
	duplicates int64
	strangers  int64
}

func newConsumer(r *run, topic, channel int) (*consumer, error) {
	conn, err := connect(r.plan.addr, r.plan.transport)
	if err != nil {
		return nil, err
	}
	if err := subscribe(conn, topicName(r.plan.prefix, topic), fmt.Sprintf("ch%d", channel)); err != nil {
		conn.Close()
		return nil, fmt.Errorf("SUB: %w", err)
	}
	readBytes := wideReadBytes
	if r.plan.topics*r.plan.channels*r.plan.consumers > manyConnections {
		readBytes = narrowReadBytes
	}
	if least := 2 * (r.plan.bodyBytes + frameHeaderBytes + messageHeaderBytes); readBytes < least {
		readBytes = least
	}
	c := &consumer{
		run: r, conn: conn, body: r.plan.bodyBytes,
		buffer: make([]byte, readBytes),
		fins:   make([]byte, 0, finsPerWriteLimit+finBytes),
		seen:   newSeen(r.plan.numbers),
		group:  topic*r.plan.channels + channel,
	}
	if r.plan.rate > 0 {
		c.latency = make([]int64, 0, r.plan.expect)
		c.timed = uint64(timedShare * float64(r.plan.numbers))
	}
	return c, nil
}

// ready lets messages come.
func (c *consumer) ready() error {
	_, err := fmt.Fprintf(c.conn, "RDY %d\n", c.run.plan.rdy)
	return err
}

// loop reads until the run stops it; any other end is an error.
func (c *consumer) loop() error {
	filled := 0
	for {
		n, err := c.conn.Read(c.buffer[filled:])
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil
			}
			return fmt.Errorf("consumer: %w", err)
		}
		filled += n
		before := c.received
		used, err := c.parse(c.buffer[:filled])
		if err != nil {
			return fmt.Errorf("consumer: %w", err)
		}
		if err := c.flush(); err != nil {
			return fmt.Errorf("consumer: %w", err)
		}
		c.run.count(c.received - before)
		filled = copy(c.buffer, c.buffer[used:filled])
	}
}

// parse handles all whole frames and says how many bytes they took.
func (c *consumer) parse(data []byte) (used int, err error) {
	var now int64
	if c.latency != nil {
		now = int64(time.Since(c.run.epoch))
	}
	for len(data)-used >= frameHeaderBytes {
		frame := data[used:]
		total := 4 + int(binary.BigEndian.Uint32(frame))
		if total < frameHeaderBytes || total > len(c.buffer) {
			return used, fmt.Errorf("frame claims %d bytes", total)
		}
		if len(frame) < total {
			break
		}
		used += total
		if binary.BigEndian.Uint32(frame[4:]) != frameMessage {
			if err := c.control(frame[:total]); err != nil {
				return used, err
			}
			continue
		}
		if err := c.message(frame[:total], now); err != nil {
			return used, err
		}
	}
	return used, nil
}

func (c *consumer) message(frame []byte, now int64) error {
	if len(frame) < frameHeaderBytes+messageHeaderBytes {
		return fmt.Errorf("message frame of %d bytes", len(frame))
	}
	c.received++
	c.fins = append(c.fins, "FIN "...)
	c.fins = append(c.fins, frame[messageIDOffset:messageIDOffset+messageIDBytes]...)
	c.fins = append(c.fins, '\n')
	body := frame[frameHeaderBytes+messageHeaderBytes:]
	if len(body) != c.body {
		c.strangers++
	} else {
		number := binary.BigEndian.Uint64(body[sequenceOffset:])
		fresh, known := c.seen.mark(number)
		if !known {
			c.strangers++
		} else if !fresh {
			c.duplicates++
		}
		if number < c.timed {
			c.latency = append(c.latency, now-int64(binary.BigEndian.Uint64(body[intendedOffset:])))
		}
	}
	if len(c.fins) >= finsPerWriteLimit {
		return c.flush()
	}
	return nil
}

// control handles what is no message: a heartbeat is answered, an error ends the run.
func (c *consumer) control(frame []byte) error {
	body := frame[frameHeaderBytes:]
	if binary.BigEndian.Uint32(frame[4:]) == frameError {
		return fmt.Errorf("broker answered %s", body)
	}
	if string(body) == "_heartbeat_" {
		c.fins = append(c.fins, nop...)
	}
	return nil
}

func (c *consumer) flush() error {
	if len(c.fins) == 0 {
		return nil
	}
	_, err := c.conn.Write(c.fins)
	c.fins = c.fins[:0]
	return err
}
