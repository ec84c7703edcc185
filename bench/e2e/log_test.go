//go:build e2e

package e2e

import "os"

// logFile is where a server writes to, whatever becomes of it. A pipe would be
// held open by the processes that outlive it.
type logFile string

// String is what was written so far.
func (f logFile) String() string {
	text, _ := os.ReadFile(string(f))
	return string(text)
}
