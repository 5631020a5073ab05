package pnc

// Describe returns [Dataset.String] and, for a stand-in, a second line that says which
// data it replaces and how to get those, or for other files than those published, in
// which way they differ.
func (d *Dataset) Describe() string {
	switch {
	case d.Differs != "":
		return d.String() + "\nThe files are not those that were published: " + d.Differs + "."
	case d.StandIn == "":
		return d.String()
	}
	text := d.String() + "\nThese are not " + d.StandIn + ": what is said about it is not tested here."
	for _, p := range published() {
		if p.title == d.StandIn {
			text += " To get it: go run . data get " + p.name
		}
	}
	return text
}
