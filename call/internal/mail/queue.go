package mail

// How much a Queue holds: in all, and of it what its channel does. Most need little
// room, some none.
const (
	queueSize  = 256
	queueReady = 8
)

// Queue hands things on in order to whoever reads Ready, and keeps what it does not
// come for. It belongs to the goroutine that fills it.
type Queue[T any] struct {
	ready chan T
	ahead []T // behind those in the channel
}

// NewQueue makes an empty Queue.
func NewQueue[T any]() *Queue[T] { return &Queue[T]{ready: make(chan T, queueReady)} }

// Ready yields what was pushed. It is never closed.
func (q *Queue[T]) Ready() <-chan T { return q.ready }

// Push adds x, or reports that there is no room for it.
func (q *Queue[T]) Push(x T) bool {
	if len(q.ahead) == 0 {
		select {
		case q.ready <- x:
			return true
		default:
		}
	}
	if len(q.ahead) == queueSize-queueReady {
		return false
	}
	q.ahead = append(q.ahead, x)
	return true
}

// Force adds x in any case: where there is no room, in place of the oldest that is
// not in the channel yet. It reports whether one had to give way.
func (q *Queue[T]) Force(x T) (lost bool) {
	if q.Push(x) {
		return false
	}
	q.ahead = append(q.ahead[1:], x)
	return true
}

// Next is what Ready waits for: a channel to send to, and what. The channel is nil
// when there is nothing. Whoever has sent it says so by Sent.
func (q *Queue[T]) Next() (chan<- T, T) {
	var next T
	if len(q.ahead) == 0 {
		q.ahead = nil
		return nil, next
	}
	return q.ready, q.ahead[0]
}

// Sent takes note that what Next returned is with the reader.
func (q *Queue[T]) Sent() { q.ahead = q.ahead[1:] }
