package trunk

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkTags holds every value against the tags of its field and refuses what is
// wrong anywhere: negative numbers and control characters.
func (p *problems) checkTags(t *Trunk) {
	walk(reflect.ValueOf(t).Elem(), "", "", func(path string, tag reflect.StructTag, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			p.checkText(path, tag, v.String())
		case reflect.Int:
			most, err := strconv.ParseInt(tag.Get("maximum"), 10, 64)
			if n := v.Int(); n < 0 || err == nil && n > most {
				p.add(path, "%d: %s", n, between("0", tag.Get("maximum")))
			}
		case reflect.Float64:
			if v.Float() < 0 {
				p.add(path, "%v: at least 0", v.Float())
			}
		case reflect.Int64:
			if v.Int() < 0 {
				p.add(path, "%v: a duration is not negative", v.Interface())
			}
		default:
		}
	})
}

// maxText is the longest text a trunk may have anywhere.
const maxText = 1024

func (p *problems) checkText(path string, tag reflect.StructTag, text string) {
	if enum, ok := tag.Lookup("enum"); ok && text != "" && !strings.Contains(","+enum+",", ","+text+",") {
		p.add(path, "%q is not one of %s", text, strings.ReplaceAll(enum, ",", ", "))
		return
	}
	switch {
	case strings.ContainsFunc(text, unicode.IsControl):
		p.add(path, "%q has a control character", text)
	case !utf8.ValidString(text):
		p.add(path, "%q is not UTF-8", text)
	case len(text) > maxText:
		p.add(path, "longer than %d bytes", maxText)
	}
}

func between(least, most string) string {
	if most == "" {
		return "at least " + least
	}
	return least + " to " + most
}

// walk visits the values below v with their paths in the words of the data, and
// the tags of the fields they stand in.
func walk(v reflect.Value, path string, tag reflect.StructTag, visit func(string, reflect.StructTag, reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			walk(value, join(path, key(field)), field.Tag, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), tag, visit)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			walk(v.MapIndex(k), join(path, k.String()), tag, visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, tag, visit)
		}
	default:
		visit(path, tag, v)
	}
}

// key is the name a field has in the data.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
