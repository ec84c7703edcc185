package trunk

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
)

func TestEveryQuirkSetsTheOptionItNames(t *testing.T) {
	var names []string
	for _, q := range Quirks() {
		bare := Trunk{Name: "a", Target: "b", Networks: []string{"192.0.2.0/24"}, Quirks: []string{q.Name}}
		if q.Option == "numbers.called" {
			bare.Numbers.Region = "DE"
		}
		if found := bare.Check(); found != nil {
			t.Errorf("%s: %v", q.Name, found)
		}
		bent := bare.Apply()
		if got := bent.option(q.Option); got != q.Value {
			t.Errorf("%s sets %s to %q, and says %q", q.Name, q.Option, got, q.Value)
		}
		if found := bent.Check(); found != nil {
			t.Errorf("%s applied: %v", q.Name, found)
		}
		if twice := bent.Apply(); !reflect.DeepEqual(bent, twice) {
			t.Errorf("%s applied twice is another trunk", q.Name)
		}
		if !regexp.MustCompile(`^RFC \d+( §[\d.]+)?$`).MatchString(q.Clause) || q.Why == "" {
			t.Errorf("%s: which clause does it bend, and why?", q.Name)
		}
		names = append(names, q.Name)
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(Quirks()) {
		t.Errorf("a name is there twice: %v", names)
	}
}

func TestApplyLeavesTheRest(t *testing.T) {
	tr := Trunk{Name: "a", Quirks: []string{"private_sdp", "unheard_of"}}
	want := tr.Clone()
	want.NAT = true
	if got := tr.Apply(); !reflect.DeepEqual(got, want) || tr.NAT {
		t.Errorf("got %+v", got)
	}
}
