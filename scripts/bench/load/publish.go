package main

import (
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
	conn      *net.TCPConn
	index     int
	published int64
	lag       []int64 // ns from intended to sent; only in an open loop
}

func newProducer(r *run, index int) (*producer, error) {
	conn, err := connect(r.plan.addr)
	if err != nil {
		return nil, err
	}
	return &producer{run: r, conn: conn, index: index}, nil
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
	answers := newResponses(p.conn)
	cmd := newCommand(plan.prefix, plan.batch, plan.bodyBytes)
	total, step := p.share()
	next, pending := p.index, 0
	for next < total || pending > 0 {
		if next < total && pending < plan.pipeline {
			first := plan.first + next/plan.topics*cmd.batch
			cmd.aim(next%plan.topics, uint64(first))
			if _, err := p.conn.Write(cmd.bytes); err != nil {
				return err
			}
			next += step
			pending++
			continue
		}
		if err := answers.expectOK(); err != nil {
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
	answers := newResponses(p.conn)
	for ; count > 0; count-- {
		if err := answers.expectOK(); err != nil {
			return err
		}
		p.published++
	}
	return nil
}
