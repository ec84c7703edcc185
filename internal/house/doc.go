// Package house holds the rules of this repository as tests: which way imports
// go, how long a function may be, what pure code must not touch.
//
// Every rule is a function from a tree of parsed files to complaints. One test
// applies it to the repository, another to a small bad example, so that a rule
// which can no longer fail is noticed. Files are read and parsed in this
// process, never by asking "go list": the test cache then knows when one of
// them changed.
//
// Nothing imports this package. Each complaint says what to do about it.
package house
