// Package e2e drives the real binary as a process with foreign peers: SIPp,
// baresip, and our own phone as a further process. Its tests are behind the
// build tag e2e, since they need those programs: make e2e.
//
// Every test here asserts what was heard on both sides and that nothing is left
// of its calls: no call, dialog, session, port, goroutine or descriptor.
package e2e
