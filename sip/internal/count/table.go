package count

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// other is the label of what a table has no room for.
const other = "other"

// table has a T for each label. Finding one takes no lock. The zero value is
// ready.
type table[T any] struct {
	rows atomic.Pointer[map[string]*T] // replaced whole
	grow sync.Mutex
}

// get returns the T of a label, or that of all others when there are as many
// labels as may be.
func (t *table[T]) get(label string, limit int) *T {
	if row := t.load()[label]; row != nil {
		return row
	}
	t.grow.Lock()
	defer t.grow.Unlock()
	old := t.load()
	if len(old) >= limit {
		label = other
	}
	if row := old[label]; row != nil {
		return row
	}
	rows := map[string]*T{label: new(T)}
	maps.Copy(rows, old)
	t.rows.Store(&rows)
	return rows[label]
}

func (t *table[T]) load() map[string]*T {
	if rows := t.rows.Load(); rows != nil {
		return *rows
	}
	return nil
}

// each calls do for all labels in order.
func (t *table[T]) each(do func(label string, row *T)) {
	rows := t.load()
	for _, label := range slices.Sorted(maps.Keys(rows)) {
		do(label, rows[label])
	}
}
