// Command scripted is a recogniser worker for end-to-end tests: it understands
// whatever its script says. Texts come from the arguments or, without any, from
// the lines of the environment variable TRUNKLINE_SCRIPT. The k-th utterance
// with sound in it is answered by the k-th text, so a test that cares should
// run one worker only. It speaks the protocol of package worker.
package main

import (
	"fmt"
	"os"
	"strings"

	"trunkline/speech/speechtest"
)

func main() {
	texts := os.Args[1:]
	if env := os.Getenv("TRUNKLINE_SCRIPT"); len(texts) == 0 && env != "" {
		texts = strings.Split(strings.TrimRight(env, "\n"), "\n")
	}
	if err := speechtest.RunScripted(texts, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scripted:", err)
		os.Exit(1)
	}
}
