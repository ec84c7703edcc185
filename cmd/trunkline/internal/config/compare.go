package config

import (
	"reflect"
	"strings"
)

// Live reports whether a key can be changed while calls live.
func Live(key string) bool {
	switch key {
	case "trunks", "groups", "holidays", "routes", "dialing":
		return true
	}
	return false
}

// Differences returns the keys that two configurations differ in, in the order of
// the file: "trunks", "sip.listen".
func Differences(a, b *Config) []string {
	return differences("", reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
}

func differences(above string, a, b reflect.Value) (keys []string) {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		x, y := a.Field(i), b.Field(i)
		switch {
		case above == "" && f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == a.Type().PkgPath():
			keys = append(keys, differences(name+".", x, y)...)
		case empty(x) && empty(y): // a list that is empty is one that is left out
		case !reflect.DeepEqual(x.Interface(), y.Interface()):
			keys = append(keys, above+name)
		}
	}
	return keys
}

func empty(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}
