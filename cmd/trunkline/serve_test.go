package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/cmd/trunkline/internal/phone"
	"trunkline/store"
)

// TestCloseEndsCalls: a server that stops without draining, because something
// else went wrong, still ends its calls and keeps their records.
func TestCloseEndsCalls(t *testing.T) {
	data := t.TempDir()
	cfg, err := config.Parse("test.yaml", fmt.Appendf(nil, `
sip: {listen: ["udp:127.0.0.1:0"]}
media: {ports: 27000-27099}
api: {listen: ""}
data: %s
trunks: [{name: local, networks: [127.0.0.0/8]}]
routes: [{to: hotline, flow: hotline, vars: {lang: en}}]
`, data))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := start(ctx, cfg, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	events := s.bus.Subscribe(0)
	hungUp := make(chan error, 1)
	go func() {
		_, err := phone.Run(ctx, phone.Config{To: "sip:hotline@" + s.endpoint.Addrs()[0].Addr.String()})
		hungUp <- err
	}()
	for {
		e, err := events.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, up := e.Data.(event.LegAnswered); up {
			break
		}
	}
	s.close()
	if err := <-hungUp; err != nil {
		t.Errorf("the caller: %v", err)
	}
	db, err := store.Open(ctx, filepath.Join(data, "trunkline.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cdrs, err := db.CDRs(ctx, store.CDRQuery{})
	if err != nil || len(cdrs) != 1 || cdrs[0].Cause.By != "system" || cdrs[0].Cause.Code != "normal" {
		t.Errorf("records %+v, %v", cdrs, err)
	}
}
