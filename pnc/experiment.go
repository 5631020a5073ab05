package pnc

// Source is a recipe for data.
type Source interface {
	Generate(seed uint64) (*Dataset, error)
}
