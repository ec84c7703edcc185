// Package learn fits classifiers to sparse rows: support vector machines, one per label, and nets of
// one hidden layer. It also has the loops that apply what was learnt.
//
// It knows neither words nor labels, only numbers, and owns nothing: what goes in is left alone, what
// comes out belongs to the caller. Package nlu calls it from wherever it is called itself. The same
// rows and seed give the same bits on every processor.
package learn

// Vector is a sparse row, its columns in ascending order.
type Vector struct {
	Index []int32
	Value []float32
}
