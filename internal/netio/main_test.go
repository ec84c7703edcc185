package netio

import (
	"os"
	"testing"
)

// role is the environment variable that makes the test binary something else:
// see relay and inside.
const role = "NETIO_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "relay":
		relay()
	case inside:
		enter()
		os.Exit(m.Run())
	default:
		os.Exit(m.Run())
	}
}
