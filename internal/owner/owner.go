// Package owner notices when state that belongs to one locked OS thread is
// touched from another.
//
// Single ownership is the media plane's only concurrency rule, and nothing in
// the language enforces it inside a package. In -race builds a Mark compares
// thread ids and panics; in all other builds it is empty and costs nothing. It
// means something only on a goroutine that called runtime.LockOSThread, and it
// never replaces the race detector, which sees what a Mark is not asked about.
package owner
