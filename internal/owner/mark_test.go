//go:build !race

package owner

import (
	"testing"
	"unsafe"
)

func TestMarkCostsNothingInProduction(t *testing.T) {
	if size := unsafe.Sizeof(Mark{}); size != 0 {
		t.Fatalf("a Mark takes %d bytes, want 0", size)
	}
}
