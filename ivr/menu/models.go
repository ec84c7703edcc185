package menu

import (
	"trunkline/nlu"
)

// Models keeps trained models from one start of the program to the next, by a fingerprint of
// everything they were made of. Both methods may be called from any goroutine. Neither can fail a
// load: what cannot be had is trained again.
type Models interface {
	Get(fingerprint string) ([]byte, bool)
	Put(fingerprint string, model []byte)
}

func trained(models Models, opts nlu.Options, examples []nlu.Example) (*nlu.Model, error) {
	return nlu.Train(opts, examples)
}
