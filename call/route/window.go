package route

import "time"

// Window is a When that is understood, for those who ask about times alone.
type Window struct{ w *window }

// Window understands w; holidays are the lists of dates it may name. What is
// wrong with it is told with the key it is about, such as hours[1].
func (w When) Window(holidays map[string][]string, fail func(key string, err error)) *Window {
	return &Window{parseWhen(w, holidays, fail)}
}

// Has reports whether a time lies within the window.
func (w *Window) Has(at time.Time) bool { return w.w.miss(at) == "" }

// Clocks are the minutes of a day at which the window may begin or end, as a
// clock on the wall shows them.
func (w *Window) Clocks() []int {
	list := []int{0}
	for _, h := range w.w.hours {
		list = append(list, h.from, h.until)
	}
	return list
}
