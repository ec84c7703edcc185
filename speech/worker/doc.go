// Package worker runs a speech recogniser as child processes and makes a
// speech.Recognizer of them. A recogniser that crashes, hangs or leaks then
// costs one utterance and one process, never the server.
//
// It owns the processes: it keeps up to Config.MaxWorkers of them warm, gives
// each one utterance at a time, replaces those that die, kills those that
// stop answering, and reaps all of them in Close. Children die with the
// parent. Any program that speaks the protocol below will do; the shipped one
// is in speech/pocketsphinx/worker, a scripted one for tests in
// speech/speechtest/scripted.
//
// # The protocol, version 1
//
// The parent writes frames to the worker's standard input: one byte of kind,
// four bytes of payload length (little endian, at most 1 MiB), the payload.
//
//	s  start   a JSON object: "id" (number, rising), "language" (BCP 47), and
//	           either "phrases" (strings) or the provider's own keys
//	a  audio   samples of the utterance started last: 16-bit signed little
//	           endian, 8 kHz, mono
//	e  end     no payload: the utterance is complete, send the final line
//	c  cancel  no payload: forget the utterance
//
// The worker writes one JSON object per line to its standard output:
//
//	{"ready":"name"}                             once, when loaded
//	{"id":1,"started":true}                      in answer to s
//	{"id":1,"partial":"i want to"}               when the text so far changes
//	{"id":1,"final":"i want to","confidence":0.8} in answer to e
//	{"id":1,"cancelled":true}                    in answer to c, always
//	{"id":1,"error":"what happened"}             instead of final, at any time
//	{"error":"what happened"}                    the worker is of no more use
//
// Lines that carry another id than the current utterance's are ignored. Lines longer than 64 KiB, or that are not
// JSON, end the worker. Standard error is free text; its tail is quoted when
// the worker dies. End of standard input means: exit.
package worker
