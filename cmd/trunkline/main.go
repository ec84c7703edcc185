// Command trunkline is a telephony media server and IVR engine.
//
// This package assembles the program: it is the only one that knows the
// configuration file and all the others. It holds no telephony of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"trunkline/cmd/trunkline/internal/menus"
)

// cli is the command line.
type cli struct {
	Serve     serveCmd      `cmd:"" help:"Answer and place calls until stopped."`
	Check     checkCmd      `cmd:"" help:"Check the configuration, every flow and every menu; start nothing."`
	Call      callCmd       `cmd:"" help:"A SIP phone: call somebody, or wait for calls with --listen."`
	RouteTest routeTestCmd  `cmd:"" help:"Say which route a call would take, and why."`
	Trunks    trunksCmd     `cmd:"" help:"Show how the trunks of a running server stand."`
	Trace     traceCmd      `cmd:"" help:"Show what SIP said in a call of a running server."`
	Doctor    doctorCmd     `cmd:"" help:"Place a test call through a trunk and say what works."`
	Deploy    deployCmd     `cmd:"" help:"Bring edited scripts to a running server's new calls, all of them or a share."`
	Calls     callsCmd      `cmd:"" help:"Show the calls of a running server, and what a call's flow did."`
	Recording recordingCmd  `cmd:"" help:"Decrypt and verify recordings."`
	Entity    entityCmd     `cmd:"" help:"Measure how well spoken values are read."`
	Menu      menus.Command `cmd:"" help:"Check, measure and try menus."`
	Flow      flowCmd       `cmd:"" help:"Test flows with scripted callers."`
	Media     mediaCmd      `cmd:"" hidden:"" help:"Run media threads; serve starts this by itself."`
	Version   versionCmd    `cmd:"" help:"Print the version."`
}

// Exit codes: 0 ok, 1 failed, 2 usage or configuration.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake of the one who started us.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("trunkline"),
		kong.Description("Telephony media server and IVR engine. See README.md for a first call."), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(os.Stderr, "trunkline:", err)
		return exitFailed
	}
	line, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "trunkline:", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line.BindTo(ctx, (*context.Context)(nil))
	err = line.Run()
	var usage usageError
	var mistake menus.Mistake
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage), errors.As(err, &mistake):
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	default:
		fmt.Fprintln(os.Stderr, "trunkline:", err)
		return exitFailed
	}
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("trunkline", version())
	return nil
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v = s.Value
		}
	}
	return v
}
