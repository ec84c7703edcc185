package trunk

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEffective(t *testing.T) {
	tr := Trunk{
		Name: "a", Target: "b:5060", Transport: "tcp", Quirks: []string{"info_dtmf"},
		Register: []Registration{{User: "u"}}, Limits: Limits{Inbound: Limit{PerSecond: 2.5}, Outbound: Limit{PerSecond: 0.2}},
		Timer: Timer{Min: Duration(time.Hour)},
	}
	e := tr.Effective()
	if e.Target != "" || e.Transport != "" || !reflect.DeepEqual(e.Targets, []Target{{Host: "b:5060", Transport: "tcp"}}) {
		t.Errorf("targets %q %q %v", e.Target, e.Transport, e.Targets)
	}
	if e.DTMF != "info" || e.SRTP != "off" || e.Refer != "refuse" || e.Identity.Accept != "from" {
		t.Errorf("options %+v", e)
	}
	if e.Failover.Timeout != Duration(4*time.Second) || e.Failover.Attempts != 4 || len(e.Failover.Statuses) != 4 {
		t.Errorf("fail-over %+v", e.Failover)
	}
	if e.Register[0].Contact != "u" || e.Register[0].Expires != Duration(time.Hour) {
		t.Errorf("registration %+v", e.Register)
	}
	if e.Limits.Inbound.Burst != 2 || e.Limits.Outbound.Burst != 1 {
		t.Errorf("limits %+v", e.Limits)
	}
	if e.Timer.Expires != Duration(time.Hour) || e.Timer.Policy != "accept" {
		t.Errorf("timer %+v", e.Timer)
	}
	if e.Health.Interval != 0 || e.Health.Down != 3 || e.Health.Up != 2 {
		t.Errorf("health %+v", e.Health)
	}
	if tr.Register[0].Contact != "" || tr.Target == "" {
		t.Error("the trunk itself changed")
	}
	if found := e.Check(); found != nil {
		t.Errorf("the effective trunk is wrong: %v", found)
	}
	if twice := e.Effective(); !reflect.DeepEqual(e, twice) {
		t.Errorf("twice: %+v", twice)
	}
}

// Every option with a fixed set of values has one of them when it was left out,
// but those that depend on the far side.
func TestEffectiveLeavesNoOptionOpen(t *testing.T) {
	e := (&Trunk{}).Effective()
	open := map[string]bool{"transport": true, "session_timer.refresh": true}
	walk(reflect.ValueOf(e), "", "", func(path string, tag reflect.StructTag, v reflect.Value) {
		enum, ok := tag.Lookup("enum")
		if ok && !open[path] && !strings.Contains(","+enum+",", ","+v.String()+",") {
			t.Errorf("%s has no default: %q", path, v)
		}
	})
}

func TestCloneSharesNothing(t *testing.T) {
	var tr Trunk
	if err := json.Unmarshal([]byte(whole), &tr); err != nil {
		t.Fatal(err)
	}
	c := tr.Clone()
	if !reflect.DeepEqual(c, tr) {
		t.Fatalf("the copy is %+v", c)
	}
	apart(t, "", reflect.ValueOf(tr), reflect.ValueOf(c))
}

// apart sees that every slice, map and pointer is another one. Each must be set,
// else the comparison would prove nothing.
func apart(t *testing.T, path string, a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		if a.IsNil() {
			t.Errorf("%s is not in the whole trunk: add it", path)
		} else if a.UnsafePointer() == b.UnsafePointer() {
			t.Errorf("%s is shared", path)
		}
	case reflect.Struct:
		for field, value := range a.Fields() {
			apart(t, join(path, key(field)), value, b.FieldByIndex(field.Index))
		}
	default:
	}
}
