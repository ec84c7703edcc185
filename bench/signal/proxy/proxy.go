// Package proxy is a stateful forwarder in the style of sipgo's example proxysip:
// a server transaction and a client transaction for each request, and nothing that
// a B2BUA has besides. It is what ours is compared with in the same run, since both
// stand on sipgo. The benchmark runs Serve in a process of its own; nothing here is
// part of the product.
package proxy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Serve forwards what comes to one address to another until it is killed.
func Serve(args []string) error {
	f := flag.NewFlagSet("proxy", flag.ContinueOnError)
	at := f.String("at", "127.0.0.1:5080", "where requests come to")
	to := f.String("to", "127.0.0.1:5090", "where they go")
	if err := f.Parse(args); err != nil {
		return err
	}
	return Forward(context.Background(), *at, *to, func() { fmt.Println("ready") })
}

// Forward forwards until ctx ends; it calls ready before it listens.
func Forward(ctx context.Context, at, to string, ready func()) error {
	quiet := slog.New(slog.DiscardHandler)
	sip.SetDefaultLogger(quiet)
	ua, err := sipgo.NewUA()
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientAddr(at), sipgo.WithClientLogger(quiet))
	if err != nil {
		return err
	}
	forward := func(req *sip.Request, tx sip.ServerTransaction) { pass(client, to, req, tx) }
	server.OnInvite(forward)
	server.OnBye(forward)
	server.OnCancel(forward)
	server.OnAck(func(req *sip.Request, _ sip.ServerTransaction) {
		req.RemoveHeader("Route")
		req.SetDestination(to)
		_ = client.WriteRequest(req, sipgo.ClientRequestAddVia) // lost: the 200 comes again
	})
	ready()
	return server.ListenAndServe(ctx, "udp", at)
}

// pass forwards a request and its responses.
func pass(client *sipgo.Client, to string, req *sip.Request, tx sip.ServerTransaction) {
	req.RemoveHeader("Route") // the one that led here
	req.SetDestination(to)
	onward, err := client.TransactionRequest(context.Background(), req, sipgo.ClientRequestAddVia, sipgo.ClientRequestAddRecordRoute)
	if err != nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 500, "", nil))
		return
	}
	defer onward.Terminate()
	for {
		select {
		case res := <-onward.Responses():
			res.SetDestination(req.Source())
			res.RemoveHeader("Via") // ours
			if err := tx.Respond(res); errors.Is(err, sip.ErrTransactionTerminated) {
				return
			}
			if !res.IsProvisional() {
				return
			}
		case <-onward.Done():
			return
		case <-tx.Done():
			return
		}
	}
}
