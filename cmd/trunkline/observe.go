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

	"trunkline/api"
	"trunkline/cmd/trunkline/internal/client"
)

// traceCmd shows what SIP said in a call.
type traceCmd struct {
	client.Flags
	Call   string `arg:"" help:"Id of a call, live or ended."`
	Format string `enum:"ladder,text,json" default:"ladder" help:"ladder, text (whole messages) or json."`
	PCAP   string `name:"pcap" type:"path" placeholder:"FILE" help:"Write a capture file for Wireshark instead."`
}

// Run prints the trace, or writes the file.
func (c traceCmd) Run(ctx context.Context) error {
	format := c.Format
	if c.PCAP != "" {
		format = "pcap"
	}
	body, err := c.Get(ctx, "/v1/calls/"+url.PathEscape(c.Call)+"/trace?format="+format)
	if err != nil {
		return err
	}
	if c.PCAP != "" {
		return os.WriteFile(c.PCAP, body, 0o600) // numbers of people are in it
	}
	_, err = os.Stdout.Write(body)
	return err
}

// trunksCmd shows how trunks stand.
type trunksCmd struct {
	client.Flags
}

// Run prints a table.
func (c trunksCmd) Run(ctx context.Context) error {
	body, err := c.Get(ctx, "/v1/trunks")
	if err != nil {
		return err
	}
	var list api.TrunkList
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("read the list of trunks: %w", err)
	}
	return writeTrunks(os.Stdout, list.Trunks)
}

// writeTrunks writes a line for each trunk, and one for each target that is down
// and each registration below it.
func writeTrunks(w io.Writer, trunks []api.Trunk) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TRUNK\tSTATE\tIN\tOUT\tTARGETS\tFROM")
	for _, tr := range trunks {
		var targets []string
		for _, g := range tr.Status.Targets {
			targets = append(targets, g.Transport+":"+g.Address+" "+g.State)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", tr.Name, tr.Status.State, used(tr.Inbound, tr.Config.Limits.Inbound.Calls),
			used(tr.Outbound, tr.Config.Limits.Outbound.Calls), orNone(strings.Join(targets, ", ")), tr.Origin)
		for _, r := range tr.Status.Registrations {
			line := fmt.Sprintf("  registration %s\t%s", r.User, r.State)
			if r.Text != "" {
				line += fmt.Sprintf(" (%d %s)", r.Status, r.Text)
			}
			fmt.Fprintln(t, line+"\t\t\t"+orNone(r.Registrar)+"\t")
		}
		if tr.Status.Fault != "" {
			fmt.Fprintf(t, "  %s\t\t\t\t\t\n", tr.Status.Fault)
		}
	}
	return t.Flush()
}

// used is how many calls there are, and of how many there may be.
func used(u api.TrunkUse, limit int) string {
	if limit == 0 {
		return fmt.Sprint(u.Calls)
	}
	return fmt.Sprintf("%d/%d", u.Calls, limit)
}

func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
