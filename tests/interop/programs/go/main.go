// Command interop runs one job with go-nsq: a JSON object in the first argument says what to
// publish or to consume, JSON lines on stdout say what happened. tests/interop/job.ts describes both.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsqio/go-nsq"
)

type job struct {
	Action       string   `json:"action"`
	Address      string   `json:"address"`
	Topic        string   `json:"topic"`
	Channel      string   `json:"channel"`
	Bodies       [][]byte `json:"bodies"`
	Mode         string   `json:"mode"`
	DelayMs      int      `json:"delayMs"`
	MaxInFlight  int      `json:"maxInFlight"`
	MsgTimeoutMs int      `json:"msgTimeoutMs"`
	MaxAttempts  uint16   `json:"maxAttempts"`
	Expect       int      `json:"expect"`
	TLSCA        string   `json:"tlsCa"`
	TLSCert      string   `json:"tlsCert"`
	TLSKey       string   `json:"tlsKey"`
	Compression  string   `json:"compression"`
	AuthSecret   string   `json:"authSecret"`
	Lookupds     []string `json:"lookupdHttpAddresses"`
}

// How often lookupds are asked for brokers.
const lookupInterval = time.Second

type event struct {
	Event    string `json:"event"`
	Body     []byte `json:"body,omitempty"`
	Attempts uint16 `json:"attempts,omitempty"`
	ID       string `json:"id,omitempty"`
	AtMs     int64  `json:"atMs"`
	Count    int    `json:"count,omitempty"`
}

var printing sync.Mutex

func report(e event) {
	printing.Lock()
	defer printing.Unlock()
	e.AtMs = time.Now().UnixMilli()
	line, err := json.Marshal(e)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func main() {
	log.SetFlags(0)
	var j job
	if err := json.Unmarshal([]byte(os.Args[1]), &j); err != nil {
		log.Fatalf("bad job: %v", err)
	}
	config := nsq.NewConfig()
	config.MaxInFlight = j.MaxInFlight
	config.MsgTimeout = time.Duration(j.MsgTimeoutMs) * time.Millisecond
	config.MaxAttempts = j.MaxAttempts
	config.LookupdPollInterval = lookupInterval
	err := secure(j, config)
	if err != nil {
		log.Fatal(err)
	}
	if j.Action == "publish" {
		err = publish(j, config)
	} else {
		err = consume(j, config)
	}
	if err != nil {
		log.Fatal(err)
	}
	report(event{Event: "closed"})
}

// secure sets up authorization, TLS and compression as the job asks for them.
func secure(j job, config *nsq.Config) error {
	config.AuthSecret = j.AuthSecret
	config.Snappy = j.Compression == "snappy"
	config.Deflate = j.Compression == "deflate"
	if j.TLSCA == "" {
		return nil
	}
	pem, err := os.ReadFile(j.TLSCA)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config.TlsV1 = true
	config.TlsConfig = &tls.Config{RootCAs: pool, ServerName: "localhost"}
	if j.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(j.TLSCert, j.TLSKey)
		if err != nil {
			return err
		}
		// Shown even if it does not come from an authority that the server names.
		config.TlsConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &pair, nil
		}
	}
	return nil
}

func publish(j job, config *nsq.Config) error {
	config.MaxInFlight = 1
	producer, err := nsq.NewProducer(j.Address, config)
	if err != nil {
		return err
	}
	defer producer.Stop()
	if j.Mode == "multi" {
		if err := producer.MultiPublish(j.Topic, j.Bodies); err != nil {
			return err
		}
	}
	for _, body := range j.Bodies {
		switch j.Mode {
		case "single":
			err = producer.Publish(j.Topic, body)
		case "deferred":
			err = producer.DeferredPublish(j.Topic, time.Duration(j.DelayMs)*time.Millisecond, body)
		}
		if err != nil {
			return err
		}
	}
	report(event{Event: "published", Count: len(j.Bodies)})
	return nil
}

// consumer does with each message what the first word of its body asks for.
type consumer struct {
	job  job
	done chan struct{} // one value for each message that is finished or given up

	mu       sync.Mutex
	held     int
	released chan struct{} // closed when maxInFlight messages are held
}

func (c *consumer) HandleMessage(m *nsq.Message) error {
	m.DisableAutoResponse()
	report(event{Event: "message", Body: m.Body, Attempts: m.Attempts, ID: string(m.ID[:])})
	word, _, _ := strings.Cut(string(m.Body), "|")
	instruction, argument, _ := strings.Cut(word, ":")
	number, _ := strconv.Atoi(argument)
	switch instruction {
	case "fail":
		m.RequeueWithoutBackoff(0)
		return nil
	case "requeue":
		if m.Attempts == 1 {
			m.RequeueWithoutBackoff(time.Duration(number) * time.Millisecond)
			return nil
		}
	case "touch":
		for i := 0; i < number; i++ {
			time.Sleep(time.Duration(c.job.MsgTimeoutMs/2) * time.Millisecond)
			m.Touch()
		}
	case "hold":
		<-c.hold()
	}
	m.Finish()
	c.done <- struct{}{}
	return nil
}

func (c *consumer) hold() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	released := c.released
	c.held++
	if c.held == c.job.MaxInFlight {
		report(event{Event: "held", Count: c.held})
		c.held = 0
		c.released = make(chan struct{})
		close(released)
	}
	return released
}

// LogFailedMessage is called by go-nsq, which then finishes the message, when attempts pass the limit.
func (c *consumer) LogFailedMessage(m *nsq.Message) {
	report(event{Event: "discarded", Body: m.Body, Attempts: m.Attempts, ID: string(m.ID[:])})
	c.done <- struct{}{}
}

func consume(j job, config *nsq.Config) error {
	c := &consumer{job: j, done: make(chan struct{}, j.Expect+j.MaxInFlight), released: make(chan struct{})}
	reader, err := nsq.NewConsumer(j.Topic, j.Channel, config)
	if err != nil {
		return err
	}
	reader.AddConcurrentHandlers(c, j.MaxInFlight)
	if len(j.Lookupds) > 0 {
		err = reader.ConnectToNSQLookupds(j.Lookupds)
	} else {
		err = reader.ConnectToNSQD(j.Address)
	}
	if err != nil {
		return err
	}
	for i := 0; i < j.Expect; i++ {
		<-c.done
	}
	reader.Stop()
	<-reader.StopChan
	return nil
}
