package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// postResult is what "post" prints.
type postResult struct {
	Published  int64   `json:"published"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpuSeconds"` // of this process
}

// postLoad is the plan of one "post" run.
type postLoad struct {
	http, topic                             string
	connections, messages, batch, bodyBytes int
}

// runPost publishes over HTTP, on connections that are kept open, one request
// at a time on each. It speaks no more HTTP than it needs: the broker is to be
// measured, not a client.
func runPost(args []string) (*postResult, error) {
	var load postLoad
	flags := flag.NewFlagSet("post", flag.ContinueOnError)
	flags.StringVar(&load.http, "http", "127.0.0.1:4151", "broker's HTTP address")
	flags.StringVar(&load.topic, "topic", "bench_0000", "topic to publish to")
	flags.IntVar(&load.connections, "connections", 1, "connections")
	flags.IntVar(&load.messages, "messages", 10000, "messages in all")
	flags.IntVar(&load.batch, "batch", 0, "messages per /mpub; 0 for /pub")
	flags.IntVar(&load.bodyBytes, "size", 200, "bytes of a message")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	request := load.request()
	each := load.messages / max(load.batch, 1) / load.connections
	errs := make(chan error, load.connections)
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	for i := 0; i < load.connections; i++ {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			conn, err := net.Dial("tcp", load.http)
			ready.Done()
			<-begin
			if err == nil {
				defer conn.Close()
				err = post(conn, request, each)
			}
			errs <- err
		}()
	}
	ready.Wait()
	cpuBefore := cpuSeconds()
	start := time.Now()
	close(begin)
	done.Wait()
	seconds := time.Since(start).Seconds()
	for i := 0; i < load.connections; i++ {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	published := int64(each * load.connections * max(load.batch, 1))
	return &postResult{published, seconds, cpuSeconds() - cpuBefore}, nil
}

// request is the whole of one, head and body.
func (load *postLoad) request() []byte {
	text := newText()
	var body []byte
	target := "/pub?topic=" + load.topic
	if load.batch == 0 {
		body = append(body, text.next(load.bodyBytes)...)
	} else {
		target = "/mpub?binary=true&topic=" + load.topic
		body = binary.BigEndian.AppendUint32(body, uint32(load.batch))
		for i := 0; i < load.batch; i++ {
			body = binary.BigEndian.AppendUint32(body, uint32(load.bodyBytes))
			body = append(body, text.next(load.bodyBytes)...)
		}
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: broker\r\nContent-Length: %d\r\n\r\n", target, len(body))
	return append([]byte(head), body...)
}

// post sends a request so many times and reads the answers.
func post(conn net.Conn, request []byte, count int) error {
	reader := bufio.NewReader(conn)
	for i := 0; i < count; i++ {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if err := expectOK(reader); err != nil {
			return err
		}
	}
	return nil
}

var contentLength = []byte("content-length:")

// expectOK reads one answer, which has a Content-Length.
func expectOK(reader *bufio.Reader) error {
	status, err := reader.ReadString('\n')
	if err != nil {
		return err
	}
	if len(status) < 12 || status[9:12] != "200" {
		return fmt.Errorf("broker answered %q", status)
	}
	length := 0
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if n := len(contentLength); len(line) > n && bytes.EqualFold(line[:n], contentLength) {
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[n:])))
			if err != nil {
				return err
			}
		}
	}
	_, err = reader.Discard(length)
	return err
}
