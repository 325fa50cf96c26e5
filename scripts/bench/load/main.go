// Command nsqload is the load generator of the benchmark. It speaks NSQ's V2
// wire format over raw sockets, so that the broker and not the client library
// is what gets measured.
//
//	nsqload load  publishes and consumes, alone or at once, and counts
//	nsqload idle  holds subscribed connections open until its stdin closes
//	nsqload lookup  registers producers with a lookupd and asks for them
//	nsqload post  publishes over HTTP
//	nsqload certificate  makes what a broker needs for TLS
//
// Each prints one JSON object on stdout; see result in result.go.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

// heapLimitBytes is where the garbage collector starts to work after all: the
// hot paths allocate nothing, so it normally never runs.
const heapLimitBytes = 4 << 30

func main() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(heapLimitBytes)
	if len(os.Args) < 2 {
		usage()
	}
	var answer any
	var err error
	switch os.Args[1] {
	case "load":
		answer, err = runLoad(os.Args[2:])
	case "idle":
		answer, err = runIdle(os.Args[2:])
	case "lookup":
		answer, err = runLookup(os.Args[2:])
	case "post":
		answer, err = runPost(os.Args[2:])
	case "certificate":
		answer, err = runCertificate(os.Args[2:])
	default:
		usage()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "nsqload:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, "nsqload:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: nsqload load|idle|lookup|post|certificate [flags]")
	os.Exit(2)
}
