package main

import (
	"flag"
	"fmt"
	"time"
)

// plan says what one run of "load" does. Topics are PREFIX_0000, PREFIX_0001 …;
// channels are ch0, ch1 …; messages of a topic are numbered first … first+perTopic-1.
type plan struct {
	addr      string
	transport transport
	prefix    string
	topics    int
	channels  int
	producers int // connections that publish, over all topics
	consumers int // connections per topic and channel
	perTopic  int // messages published to each topic
	expect    int // messages to receive per topic and channel
	first     int // number of the first message published
	numbers   int // received numbers must be below this
	batch     int // messages per MPUB, 0 for PUB
	pipeline  int // commands sent ahead of their OK, per connection
	bodyBytes int
	rdy       int
	rate      int // messages per second, open loop; 0 for as fast as OKs come
	timeout   time.Duration
}

func parsePlan(args []string) (plan, error) {
	var p plan
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&p.addr, "addr", "127.0.0.1:4150", "broker's TCP address")
	kind := flags.String("transport", string(transportPlain), "plain, tls, snappy or deflate")
	flags.StringVar(&p.prefix, "prefix", "bench", "start of the topic names")
	flags.IntVar(&p.topics, "topics", 1, "number of topics")
	flags.IntVar(&p.channels, "channels", 1, "channels per topic to consume from")
	flags.IntVar(&p.producers, "producers", 0, "publishing connections")
	flags.IntVar(&p.consumers, "consumers", 0, "consuming connections per topic and channel")
	flags.IntVar(&p.perTopic, "per-topic", 0, "messages to publish to each topic")
	flags.IntVar(&p.expect, "expect", 0, "messages to receive per topic and channel (default: per-topic)")
	flags.IntVar(&p.first, "first", 0, "number of the first message published")
	flags.IntVar(&p.numbers, "numbers", 0, "numbers seen must be below this (default: first + per-topic)")
	flags.IntVar(&p.batch, "batch", 0, "messages per MPUB; 0 sends PUB")
	flags.IntVar(&p.pipeline, "pipeline", 1, "commands sent ahead of their OK, per connection")
	flags.IntVar(&p.bodyBytes, "size", 200, "bytes of a message body")
	flags.IntVar(&p.rdy, "rdy", 2500, "RDY of each consumer")
	flags.IntVar(&p.rate, "rate", 0, "messages per second in an open loop; 0: closed loop")
	flags.DurationVar(&p.timeout, "timeout", time.Minute, "give up after this long")
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	p.transport = transport(*kind)
	if p.numbers == 0 {
		p.numbers = p.first + p.perTopic
	}
	if p.expect == 0 {
		p.expect = p.perTopic
	}
	return p, p.check()
}

func (p plan) check() error {
	switch {
	case p.producers == 0 && p.consumers == 0:
		return fmt.Errorf("neither -producers nor -consumers: nothing to do")
	case p.topics < 1 || p.topics > 9999:
		return fmt.Errorf("-topics %d: must be 1 to 9999", p.topics)
	case p.bodyBytes < minBodyBytes:
		return fmt.Errorf("-size %d: a body needs at least %d bytes for its marks", p.bodyBytes, minBodyBytes)
	case p.batch > 0 && p.perTopic%p.batch != 0:
		return fmt.Errorf("-per-topic %d is no multiple of -batch %d", p.perTopic, p.batch)
	case p.rate > 0 && (p.batch > 0 || p.topics > 1):
		return fmt.Errorf("-rate is for PUB to one topic")
	case p.pipeline < 1:
		return fmt.Errorf("-pipeline %d: must be at least 1", p.pipeline)
	case p.consumers > 0 && p.expect < 1:
		return fmt.Errorf("-expect: nothing to receive")
	case p.expect > p.numbers:
		return fmt.Errorf("-expect %d is more than -numbers %d", p.expect, p.numbers)
	}
	return nil
}

// messagesPerCommand is 1 for PUB.
func (p plan) messagesPerCommand() int {
	if p.batch == 0 {
		return 1
	}
	return p.batch
}
