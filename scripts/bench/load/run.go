package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// graceAfterLast leaves time for a message too many to arrive and be counted.
	graceAfterLast = 100 * time.Millisecond
	// openLoopProcs: the pacing thread sleeps in the kernel and must not hold up the readers.
	openLoopProcs = 4
	// startDelay lets every goroutine stand at its mark before an open loop begins.
	startDelay = 20 * time.Millisecond
	// timedShare of the messages are on the clock. A broker may hold its very last
	// ones back for its output buffer's timeout (250 ms): that is no matter of speed.
	timedShare = 0.99
)

// run is one execution of a plan.
type run struct {
	plan      plan
	epoch     time.Time // zero of the clock that stamps bodies
	startNs   int64     // when the load begins, on that clock
	producers []*producer
	consumers []*consumer

	expected   int64
	timed      int64 // the clock of the consumers stops here
	received   atomic.Int64
	timedNs    atomic.Int64 // when it did
	timedCount atomic.Int64 // and what had been read by then
	receiveAll chan struct{}
}

// runLoad executes the plan given by args and reports counts and times.
func runLoad(args []string) (*result, error) {
	p, err := parsePlan(args)
	if err != nil {
		return nil, err
	}
	r := &run{plan: p, epoch: time.Now(), receiveAll: make(chan struct{})}
	if p.rate > 0 && runtime.GOMAXPROCS(0) < openLoopProcs {
		runtime.GOMAXPROCS(openLoopProcs)
	}
	defer r.close()
	if err := r.connect(); err != nil {
		return nil, err
	}
	return r.execute(), nil
}

func (r *run) connect() error {
	p := r.plan
	for topic := 0; topic < p.topics; topic++ {
		for i := 0; i < p.channels*p.consumers; i++ {
			c, err := newConsumer(r, topic, i%p.channels)
			if err != nil {
				return err
			}
			r.consumers = append(r.consumers, c)
		}
	}
	for i := 0; i < p.producers; i++ {
		producer, err := newProducer(r, i)
		if err != nil {
			return err
		}
		r.producers = append(r.producers, producer)
	}
	r.expected = int64(p.topics) * int64(p.channels) * int64(p.expect)
	r.timed = int64(timedShare * float64(r.expected))
	return nil
}

// execute starts everybody, waits for the end, an error or the time limit.
func (r *run) execute() *result {
	res := &result{Errors: []string{}}
	failures := make(chan error, 2*len(r.consumers)+len(r.producers)) // room for all: nobody may block
	cpuBefore := cpuSeconds()
	r.startNs = int64(time.Since(r.epoch))
	if r.plan.rate > 0 {
		r.startNs += int64(startDelay)
	}
	var reading, writing sync.WaitGroup
	for _, c := range r.consumers {
		if err := c.ready(); err != nil {
			failures <- err
		}
		start(&reading, failures, c.loop)
	}
	for _, p := range r.producers {
		start(&writing, failures, p.loop)
	}
	publishedAt := make(chan int64, 1)
	go func() {
		writing.Wait()
		publishedAt <- int64(time.Since(r.epoch))
	}()
	r.await(res, publishedAt, failures)
	res.CPUSeconds = cpuSeconds() - cpuBefore
	time.Sleep(graceAfterLast)
	r.stop()
	writing.Wait()
	reading.Wait()
	for len(failures) > 0 {
		if err := <-failures; !errors.Is(err, os.ErrDeadlineExceeded) { // those are stop's doing
			res.Errors = append(res.Errors, err.Error())
		}
	}
	r.tally(res)
	return res
}

// start runs one connection's loop and passes on its error.
func start(group *sync.WaitGroup, failures chan<- error, loop func() error) {
	group.Add(1)
	go func() {
		defer group.Done()
		if err := loop(); err != nil {
			failures <- err
		}
	}()
}

// await returns when everything was published and received, or something went wrong.
func (r *run) await(res *result, publishedAt <-chan int64, failures <-chan error) {
	deadline := time.NewTimer(r.plan.timeout)
	defer deadline.Stop()
	received := r.receiveAll
	if len(r.consumers) == 0 {
		received = nil
	}
	for publishedAt != nil || received != nil {
		select {
		case at := <-publishedAt:
			publishedAt = nil
			if len(r.producers) > 0 {
				res.PublishSeconds = float64(at-r.startNs) / 1e9
			}
		case <-received:
			received = nil
			res.ConsumeSeconds = float64(r.timedNs.Load()-r.startNs) / 1e9
			res.ConsumeTimed = r.timedCount.Load()
		case err := <-failures:
			res.Errors = append(res.Errors, err.Error())
			return
		case <-deadline.C:
			res.Errors = append(res.Errors, fmt.Sprintf("not done after %v", r.plan.timeout))
			return
		}
	}
}

// count adds messages read by one connection and stops the clock when it is time.
func (r *run) count(messages int64) {
	if messages == 0 {
		return
	}
	now := r.received.Add(messages)
	before := now - messages
	if now >= r.timed && before < r.timed {
		r.timedCount.Store(now)
		r.timedNs.Store(int64(time.Since(r.epoch)))
	}
	if now >= r.expected && before < r.expected {
		close(r.receiveAll)
	}
}

// stop ends the loops that still wait for the broker.
func (r *run) stop() {
	for _, c := range r.consumers {
		c.conn.SetReadDeadline(time.Unix(1, 0))
	}
	for _, p := range r.producers {
		p.conn.SetDeadline(time.Unix(1, 0))
	}
}

func (r *run) close() {
	for _, c := range r.consumers {
		c.conn.Close()
	}
	for _, p := range r.producers {
		p.conn.Close()
	}
}

// tally adds up the connections once all of them have ended.
func (r *run) tally(res *result) {
	var latency, lag []int64
	groups := map[int]*seen{}
	for _, c := range r.consumers {
		res.Received += c.received
		res.Duplicates += c.duplicates
		res.Strangers += c.strangers
		latency = append(latency, c.latency...)
		if known, ok := groups[c.group]; ok {
			res.Duplicates += known.merge(c.seen)
		} else {
			groups[c.group] = c.seen
		}
	}
	for _, p := range r.producers {
		res.Published += p.published
		lag = append(lag, p.lag...)
	}
	res.LatencyMs = spreadOf(latency)
	res.SendLagMs = spreadOf(lag)
}
