package main

import (
	"sort"
	"syscall"
	"time"
)

// result is what one run of "load" prints. Times are seconds unless the name
// says otherwise.
type result struct {
	Published      int64    `json:"published"`      // messages whose command was answered OK
	Received       int64    `json:"received"`       // messages read, duplicates included
	Duplicates     int64    `json:"duplicates"`     // numbers seen more than once on one channel
	Strangers      int64    `json:"strangers"`      // numbers that were never sent, bodies of a wrong size
	PublishSeconds float64  `json:"publishSeconds"` // from the first command to the last OK
	ConsumeSeconds float64  `json:"consumeSeconds"` // from RDY (or the first command) until consumeTimed messages were read
	ConsumeTimed   int64    `json:"consumeTimed"`
	CPUSeconds     float64  `json:"cpuSeconds"` // of this process, while the clock ran
	LatencyMs      *spread  `json:"latencyMs,omitempty"`
	SendLagMs      *spread  `json:"sendLagMs,omitempty"` // sent later than intended: the generator's own share
	Errors         []string `json:"errors"`
}

// spread is a distribution in milliseconds.
type spread struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// spreadOf sorts ns in place. It is nil when there is nothing to describe.
func spreadOf(ns []int64) *spread {
	if len(ns) == 0 {
		return nil
	}
	sort.Slice(ns, func(i, j int) bool { return ns[i] < ns[j] })
	at := func(share float64) float64 {
		return float64(ns[int(share*float64(len(ns)-1))]) / 1e6
	}
	return &spread{P50: at(0.5), P99: at(0.99), P999: at(0.999), Max: at(1)}
}

// cpuSeconds is the processor time this process has used so far.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	nanos := usage.Utime.Nano() + usage.Stime.Nano()
	return time.Duration(nanos).Seconds()
}
