package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// lookupChannels is how many channels each topic has.
const lookupChannels = 4

// lookupResult is what "lookup" prints.
type lookupResult struct {
	Answers int     `json:"answers"`
	Seconds float64 `json:"seconds"`
}

// lookupLoad is the plan of one "lookup" run.
type lookupLoad struct {
	tcp, http                               string
	topics, producers, connections, lookups int
}

// runLookup registers producers with a lookupd and asks for their topics, on
// connections that are kept open.
func runLookup(args []string) (*lookupResult, error) {
	var load lookupLoad
	flags := flag.NewFlagSet("lookup", flag.ContinueOnError)
	flags.StringVar(&load.tcp, "tcp", "127.0.0.1:4160", "lookupd's TCP address")
	flags.StringVar(&load.http, "http", "127.0.0.1:4161", "lookupd's HTTP address")
	flags.IntVar(&load.topics, "topics", 1000, "topics that each producer registers")
	flags.IntVar(&load.producers, "producers", 20, "producers")
	flags.IntVar(&load.connections, "connections", 8, "connections that ask at once")
	flags.IntVar(&load.lookups, "lookups", 20000, "lookups in all")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	for number := 0; number < load.producers; number++ {
		conn, err := load.register(number)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
	}
	return load.askAll()
}

// register makes one producer known with all topics, and waits until it is.
func (load *lookupLoad) register(number int) (net.Conn, error) {
	conn, err := net.Dial("tcp", load.tcp)
	if err != nil {
		return nil, err
	}
	host := fmt.Sprintf("host-%d.example.com", number)
	body, err := json.Marshal(map[string]any{
		"hostname": host, "broadcast_address": host, "tcp_port": 4150, "http_port": 4151, "version": "1.3.0",
	})
	if err != nil {
		return conn, err
	}
	answers := bufio.NewReader(conn)
	identify := binary.BigEndian.AppendUint32([]byte("  V1IDENTIFY\n"), uint32(len(body)))
	if _, err := conn.Write(append(identify, body...)); err != nil {
		return conn, err
	}
	if err := skipAnswer(answers); err != nil {
		return conn, err
	}
	for topic := 0; topic < load.topics; topic++ {
		for channel := 0; channel < lookupChannels; channel++ {
			fmt.Fprintf(conn, "REGISTER topic-%d channel-%d\n", topic, channel)
			if err := skipAnswer(answers); err != nil {
				return conn, err
			}
		}
	}
	return conn, nil
}

// skipAnswer reads one answer of lookupd: a size, and as many bytes.
func skipAnswer(answers *bufio.Reader) error {
	head, err := answers.Peek(4)
	if err != nil {
		return err
	}
	_, err = answers.Discard(4 + int(binary.BigEndian.Uint32(head)))
	return err
}

// askAll asks on all connections and checks that every answer is complete.
func (load *lookupLoad) askAll() (*lookupResult, error) {
	each := load.lookups / load.connections
	errs := make(chan error, load.connections)
	start := time.Now()
	var done sync.WaitGroup
	for number := 0; number < load.connections; number++ {
		done.Add(1)
		go func(number int) {
			defer done.Done()
			errs <- load.ask(number, each)
		}(number)
	}
	done.Wait()
	seconds := time.Since(start).Seconds()
	for number := 0; number < load.connections; number++ {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	return &lookupResult{Answers: each * load.connections, Seconds: seconds}, nil
}

// ask sends lookups one after the other; all answers but for a few bytes must
// be as long as a producer's entry times their number.
func (load *lookupLoad) ask(number, count int) error {
	conn, err := net.Dial("tcp", load.http)
	if err != nil {
		return err
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for i := 0; i < count; i++ {
		topic := (number + i*7) % load.topics
		fmt.Fprintf(conn, "GET /lookup?topic=topic-%d HTTP/1.1\r\nHost: lookupd\r\n\r\n", topic)
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		length, err := io.Copy(io.Discard, response.Body)
		if err != nil {
			return err
		}
		const producerBytes = 150 // fewer than any entry has
		if response.StatusCode != 200 || length < int64(load.producers*producerBytes) {
			return fmt.Errorf("lookup of topic-%d: status %d, %d bytes", topic, response.StatusCode, length)
		}
	}
	return nil
}
