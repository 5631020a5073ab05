package pnc

// Version is the version of this module. Reports and files with results name the
// version that computed them.
const Version = "0.8.0"
