package main

import (
	"encoding/binary"
	"fmt"
)

const (
	sequenceOffset = 0  // in a body: the number of the message within its topic
	intendedOffset = 8  // in a body: when it was to be sent, ns on the clock of this process
	minBodyBytes   = 16 // room for both
)

// command is a PUB or MPUB built once and sent many times: only the topic's
// digits and the marks inside the bodies are overwritten.
type command struct {
	bytes      []byte
	digitsAt   int // where the four digits of the topic start
	firstBody  int
	bodyStride int
	batch      int
}

// newCommand builds a PUB (batch 0) or an MPUB of batch messages.
func newCommand(prefix string, batch, bodyBytes int) *command {
	verb := "PUB"
	if batch > 0 {
		verb = "MPUB"
	}
	line := fmt.Sprintf("%s %s\n", verb, topicName(prefix, 0))
	c := &command{digitsAt: len(line) - 5, bodyStride: 4 + bodyBytes, batch: batch}
	c.bytes = append(c.bytes, line...)
	messages := 1
	if batch > 0 {
		messages = batch
		c.bytes = binary.BigEndian.AppendUint32(c.bytes, uint32(4+batch*c.bodyStride))
		c.bytes = binary.BigEndian.AppendUint32(c.bytes, uint32(batch))
	}
	c.firstBody = len(c.bytes) + 4
	text := newText()
	for i := 0; i < messages; i++ {
		c.bytes = binary.BigEndian.AppendUint32(c.bytes, uint32(bodyBytes))
		c.bytes = append(c.bytes, text.next(bodyBytes)...)
	}
	c.batch = messages
	return c
}

// aim directs the command at a topic and numbers its messages from first.
func (c *command) aim(topic int, first uint64) {
	for i := 3; i >= 0; i-- {
		c.bytes[c.digitsAt+i] = byte('0' + topic%10)
		topic /= 10
	}
	at := c.firstBody + sequenceOffset
	for i := 0; i < c.batch; i++ {
		binary.BigEndian.PutUint64(c.bytes[at:], first+uint64(i))
		at += c.bodyStride
	}
}

// stamp writes the intended send time into the (only) message of a PUB.
func (c *command) stamp(intendedNs int64) {
	binary.BigEndian.PutUint64(c.bytes[c.firstBody+intendedOffset:], uint64(intendedNs))
}
