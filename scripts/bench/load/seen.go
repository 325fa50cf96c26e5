package main

import "math/bits"

// seen is a set of message numbers, one bit each. Every connection has its
// own, so marking needs no lock; they are compared after the clock stops.
type seen struct {
	words []uint64
	limit uint64
}

func newSeen(limit int) *seen {
	return &seen{words: make([]uint64, (limit+63)/64), limit: uint64(limit)}
}

// mark adds a number; fresh is false if it was there, known if it is in range.
func (s *seen) mark(number uint64) (fresh, known bool) {
	if number >= s.limit {
		return false, false
	}
	word, bit := number>>6, uint64(1)<<(number&63)
	fresh = s.words[word]&bit == 0
	s.words[word] |= bit
	return fresh, true
}

// merge adds other's numbers and says how many were in both.
func (s *seen) merge(other *seen) (both int64) {
	for i, word := range other.words {
		both += int64(bits.OnesCount64(s.words[i] & word))
		s.words[i] |= word
	}
	return both
}
