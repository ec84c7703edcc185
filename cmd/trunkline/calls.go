package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"trunkline/api"
	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/client"
)

// callsCmd shows calls of a running server.
type callsCmd struct {
	List callsListCmd `cmd:"" default:"withargs" help:"The calls that live."`
	Show callsShowCmd `cmd:"" help:"One call, and what its flow did, step by step."`
}

// callsListCmd lists the calls that live.
type callsListCmd struct{ client.Flags }

// Run prints a table.
func (c callsListCmd) Run(ctx context.Context) error {
	body, err := c.Get(ctx, "/v1/calls")
	if err != nil {
		return err
	}
	var list api.CallList
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("read the list of calls: %w", err)
	}
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CALL\tDIRECTION\tTRUNK\tFROM\tTO\tFLOW\tSTATE\tNODE")
	for _, c := range list.Calls {
		node := "-"
		if c.Node != "" {
			node = c.Node
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Direction, c.Trunk, c.From, c.To, c.Flow, c.State, node)
	}
	return t.Flush()
}

// callsShowCmd shows one call.
type callsShowCmd struct {
	client.Flags
	ID string `arg:"" help:"The call's id."`
}

// Run prints what is known of the call, and the steps of its flow.
func (c callsShowCmd) Run(ctx context.Context) error {
	path := "/v1/calls/" + url.PathEscape(c.ID)
	if body, err := c.Get(ctx, path); err == nil { // one that ended long ago is known by its flow alone
		var call event.Call
		if err := json.Unmarshal(body, &call); err != nil {
			return fmt.Errorf("read the call: %w", err)
		}
		if err := writeCall(os.Stdout, call); err != nil {
			return err
		}
	}
	body, err := c.Get(ctx, path+"/flow")
	if err != nil {
		return err
	}
	var t api.FlowTrace
	if err := json.Unmarshal(body, &t); err != nil {
		return fmt.Errorf("read the trace: %w", err)
	}
	return writeFlow(os.Stdout, t)
}

func writeCall(w io.Writer, c event.Call) error {
	_, err := fmt.Fprintf(w, "%s  %s through %s: %s to %s, %s\n", c.ID, c.Direction, c.Trunk, c.From, c.To, c.State)
	return err
}

// writeFlow writes a line for each step: when, where, what, how long, what came
// of it.
func writeFlow(w io.Writer, t api.FlowTrace) error {
	state := "runs"
	if t.Over {
		state = "is over"
	}
	fmt.Fprintf(w, "flow %s of version %s %s\n", t.Flow, t.Version, state)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range t.Steps {
		mark := "→"
		if s.Failed {
			mark = "✗"
		}
		result, more, cut := strings.Cut(s.Result, "\n")
		if cut && more != "" {
			result += " …"
		}
		fmt.Fprintf(tab, "%8.3f\t%s\t%s\t%s\t%s %s\n", seconds(s.AtMS), s.Where, s.What, milliseconds(s.TookMS), mark, result)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if t.Dropped > 0 {
		_, err := fmt.Fprintf(w, "and %d steps more\n", t.Dropped)
		return err
	}
	return nil
}

func seconds(ms int64) float64 { return float64(ms) / 1000 }

func milliseconds(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }
