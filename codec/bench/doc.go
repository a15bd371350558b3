// Package bench compares generated codecs with those that people have written by hand for the same protocols, at equal
// work: golang.org/x/net/http2, pgproto3 of jackc/pgx, and the packets of Eclipse Paho.
//
//	go test ./...                       both sides give the same bytes, and understand each other's
//	go test -run Compare -rounds 9 -v   measures, interleaved, and prints medians and ratios
//
// It is a module of its own, so that the main one does not need theirs.
package bench
