package main

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"
)

// burstLimit bounds how many PUBs an open loop sends in one write to catch up.
const burstLimit = 64

// producer is one publishing connection; index says which share of the
// commands is its own.
type producer struct {
	run       *run
	conn      net.Conn
	answers   *responses
	packed    [][]byte // the commands as they are sent, if the connection packs them
	index     int
	published int64
	lag       []int64 // ns from intended to sent; only in an open loop
}

func newProducer(r *run, index int) (*producer, error) {
	conn, err := connect(r.plan.addr, r.plan.transport)
	if err != nil {
		return nil, err
	}
	p := &producer{run: r, conn: conn, answers: newResponses(conn), index: index}
	if packer, ok := conn.(*packedConn); ok {
		err = p.pack(packer)
	}
	return p, err
}

// pack prepares what this producer sends before the clock runs: compression is
// work for which the broker is not to wait.
func (p *producer) pack(packer *packedConn) error {
	cmd := newCommand(p.run.plan.prefix, p.run.plan.batch, p.run.plan.bodyBytes)
	total, step := p.share()
	for next := p.index; next < total; next += step {
		p.aim(cmd, next)
		packed, err := packer.pack(cmd.bytes)
		if err != nil {
			return err
		}
		p.packed = append(p.packed, bytes.Clone(packed))
	}
	p.conn = packer.Conn
	p.answers = newResponses(packer)
	return nil
}

// aim makes cmd the command of this number.
func (p *producer) aim(cmd *command, number int) {
	plan := p.run.plan
	cmd.aim(number%plan.topics, uint64(plan.first+number/plan.topics*cmd.batch))
}

// send writes the command of this number.
func (p *producer) send(cmd *command, number int) error {
	data := cmd.bytes
	if p.packed != nil {
		data = p.packed[number/p.run.plan.producers]
	} else {
		p.aim(cmd, number)
	}
	_, err := p.conn.Write(data)
	return err
}

// share gives the commands of this producer as index, index+step, … below total.
func (p *producer) share() (total, step int) {
	plan := p.run.plan
	return plan.topics * (plan.perTopic / plan.messagesPerCommand()), plan.producers
}

// loop publishes its share and returns when all of it was answered.
func (p *producer) loop() error {
	var err error
	if p.run.plan.rate > 0 {
		err = p.openLoop()
	} else {
		err = p.closedLoop()
	}
	if err != nil {
		return fmt.Errorf("producer: %w", err)
	}
	return nil
}

// closedLoop keeps up to pipeline commands unanswered.
func (p *producer) closedLoop() error {
	plan := p.run.plan
	cmd := newCommand(plan.prefix, plan.batch, plan.bodyBytes)
	total, step := p.share()
	next, pending := p.index, 0
	for next < total || pending > 0 {
		if next < total && pending < plan.pipeline {
			if err := p.send(cmd, next); err != nil {
				return err
			}
			next += step
			pending++
			continue
		}
		if err := p.answers.expectOK(); err != nil {
			return err
		}
		pending--
		p.published += int64(cmd.batch)
	}
	return nil
}

// openLoop sends each PUB at its appointed time whatever the broker does, and
// stamps it with that time: a stall of broker or generator shows in full.
func (p *producer) openLoop() error {
	plan := p.run.plan
	total, step := p.share()
	mine := (total - p.index + step - 1) / step
	answered := make(chan error, 1)
	go func() { answered <- p.readAnswers(mine) }()

	runtime.LockOSThread() // nanosleep holds its thread; the timers of the runtime are too coarse
	defer runtime.UnlockOSThread()
	cmd := newCommand(plan.prefix, 0, plan.bodyBytes)
	p.lag = make([]int64, 0, mine)
	burst := make([]byte, 0, burstLimit*len(cmd.bytes))
	intended := func(command int) int64 {
		return p.run.startNs + int64(float64(command)*1e9/float64(plan.rate))
	}
	for next := p.index; next < total; {
		now := int64(time.Since(p.run.epoch))
		if wait := intended(next) - now; wait > 0 {
			pause := syscall.NsecToTimespec(wait)
			if err := syscall.Nanosleep(&pause, nil); err != nil && err != syscall.EINTR {
				return err
			}
			continue
		}
		burst = burst[:0]
		for sent := 0; sent < burstLimit && next < total && intended(next) <= now; sent++ {
			cmd.aim(0, uint64(plan.first+next))
			cmd.stamp(intended(next))
			p.lag = append(p.lag, now-intended(next))
			burst = append(burst, cmd.bytes...)
			next += step
		}
		if _, err := p.conn.Write(burst); err != nil {
			return err
		}
	}
	return <-answered
}

func (p *producer) readAnswers(count int) error {
	for ; count > 0; count-- {
		if err := p.answers.expectOK(); err != nil {
			return err
		}
		p.published++
	}
	return nil
}
