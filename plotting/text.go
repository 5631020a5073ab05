package plotting

import "strings"

// Text returns a name from outside, such as that of a file or of a layer, as MathText
// that is typeset as it is written: "block_1" has no subscript and "C:\net" keeps its
// backslash. What is between two dollars is a formula still.
func Text(name string) string {
	parts := strings.Split(name, "$")
	if len(parts)%2 == 0 { // a dollar without another one is a dollar
		last := len(parts) - 1
		parts = append(parts[:last-1], parts[last-1]+"\x00"+parts[last])
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 {
			b.WriteString("$" + part + "$")
			continue
		}
		for _, c := range part {
			switch c {
			case '_', '^', '{', '}', '\\':
				b.WriteByte('\\')
			case '\x00':
				b.WriteString(`\$`)
				continue
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}
