package gen

// HexRuns is for tests.
var HexRuns = hexRuns
