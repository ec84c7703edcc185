// Package dtmf holds our detector of keys against another that the field
// trusts: spandsp's dtmf_rx, run as a little C program (spandsp/rx.c). Both
// hear the very same sounds; one table shows what each made of them. Its tests
// are behind the build tag e2e, since they need gcc, libspandsp-dev and
// espeak-ng. They fail where ours is worse by more than chance.
//
// All sounds are made here, from seeds: a run is repeatable. A short run is
// part of make e2e; -full, as in "go test -tags e2e ./bench/dtmf -v -full",
// makes the table of docs/dtmf.md.
//
// Nothing imports this package.
package dtmf
