package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSourceRunsWithTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewSource()
		begin := c.Now()
		<-time.After(20 * time.Millisecond)
		if got := c.Now().Sub(begin); got != 20*time.Millisecond {
			t.Fatalf("20 ms took %v", got)
		}
		if got := begin.Add(time.Second).Sub(begin); got != time.Second {
			t.Fatalf("a second later is %v later", got)
		}
	})
}

func TestNowDoesNotAllocate(t *testing.T) {
	c := NewSource()
	if n := testing.AllocsPerRun(100, func() { c.Now() }); n != 0 {
		t.Fatalf("Now allocates %v times, want 0", n)
	}
}
