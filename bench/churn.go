package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

// serveChurn is a program that does nothing but replace its heap, of as many MiB
// as it is told, until its input ends.
func serveChurn(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("churn: how many MiB?")
	}
	mib, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	go churn(mib) // ends with the process
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1)) // until the other side closes it
	return nil
}

// rubbish is what a busy control plane leaves behind: pointers, text, now and then a map.
type rubbish struct {
	text  string
	other *rubbish
	table map[int]*rubbish
	_     [4]uint64
}

// churn keeps about mib MiB of live heap full of pointers and goes on replacing
// it, with a breath now and then, on four goroutines. It never returns.
func churn(mib int) {
	const goroutines, size = 4, 220 // bytes of one, with its text
	for g := range goroutines {
		go func() {
			heap := make([]*rubbish, mib<<20/goroutines/size)
			random := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range heap {
				heap[i] = newRubbish(random)
			}
			for {
				for range 1000 {
					r := newRubbish(random)
					r.other = heap[random.IntN(len(heap))]
					r.other.other = nil
					heap[random.IntN(len(heap))] = r
				}
				time.Sleep(200 * time.Microsecond)
			}
		}()
	}
	select {}
}

func newRubbish(random *rand.Rand) *rubbish {
	r := &rubbish{text: string(make([]byte, 64+random.IntN(64)))}
	if random.IntN(8) == 0 {
		r.table = map[int]*rubbish{1: r}
	}
	return r
}
