package main

import (
	"fmt"
	"math/rand"
)

// textSeed makes every run send the same bodies.
const textSeed = 1

// text writes bodies that compress as the usual event in JSON does: to a half
// on its own, and to a third or so next to others.
type text struct {
	random *rand.Rand
}

func newText() *text {
	return &text{rand.New(rand.NewSource(textSeed))}
}

// next gives a body of exactly so many bytes, all ASCII.
func (t *text) next(count int) []byte {
	var body []byte
	for len(body) < count {
		body = fmt.Appendf(body,
			`0123456789abcdef{"event":"page_view","session":"%016x","path":"/products/%d/reviews",`+
				`"referrer":"https://www.example.com/search?q=%x","agent":"Mozilla/5.0 (X11; Linux x86_64)","ms":%d}`,
			t.random.Uint64(), t.random.Intn(100_000), t.random.Uint32(), t.random.Intn(1_000))
	}
	return body[:count]
}
