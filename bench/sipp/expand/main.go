// Command expand prints a scenario of the collection as SIPp reads it, or the
// list of them with what each proves:
//
//	go run ./bench/sipp/expand basic > basic.xml
//	sipp -sf basic.xml -key audio 6000 -key audio2 6002 -s 100 -m 1 192.0.2.1
//
// It is a tool for people; nothing starts it.
package main

import (
	"fmt"
	"os"

	"trunkline/bench/sipp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "expand:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	for _, name := range names {
		text, err := sipp.Expand(name)
		if err != nil {
			return err
		}
		if _, err := os.Stdout.Write(text); err != nil {
			return err
		}
	}
	if len(names) > 0 {
		return nil
	}
	for _, name := range sipp.Names() {
		h, err := sipp.Describe(name)
		if err != nil {
			return err
		}
		fmt.Printf("%-24s %s  %s\n", name, h.Plays, h.Proves)
	}
	return nil
}
