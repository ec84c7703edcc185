package crew

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Crew
		stay, ran := make(chan struct{}), make(chan struct{})
		if !c.Begin(func() { close(ran); <-stay }) {
			t.Fatal("not begun")
		}
		<-ran
		leave, ok := c.Enter()
		if !ok {
			t.Fatal("not entered")
		}
		c.Dismiss()
		if _, ok := c.Enter(); ok || c.Begin(func() { t.Error("begun after the end") }) {
			t.Error("it takes more after the end")
		}
		if err := c.Dismissed(time.Second); !errors.Is(err, ErrStuck) {
			t.Errorf("waited for a stuck one: %v", err)
		}
		close(stay)
		leave()
		if err := c.Dismissed(time.Second); err != nil {
			t.Error(err)
		}
	})
}
