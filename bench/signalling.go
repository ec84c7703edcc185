package main

import "trunkline/bench/signal/measure"

// signalling measures calls without sound.
func signalling(b *bench) error {
	return measure.Run(measure.Bench{
		Ctx: b.ctx, Report: b.report, Quick: b.quick, Dir: b.dir, Product: b.bin, Self: b.self,
		Start: func(measured bool, args ...string) (measure.Program, error) {
			if !measured {
				return b.start(generatorCPU, patience, args...)
			}
			p, err := b.start(productCPU, budget, args...)
			if err == nil {
				p.deaf = true
			}
			return p, err
		},
	})
}

// Until skips lines to one that begins with word and returns its rest.
func (p *program) Until(word string) (string, error) { return p.until(word, func(string) {}) }

// PID names the program to the system.
func (p *program) PID() int { return p.cmd.Process.Pid }

// End ends the program.
func (p *program) End() { p.end() }
