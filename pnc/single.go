//go:build !js

package pnc

// single says whether there is arithmetic in float32.
const single = true
