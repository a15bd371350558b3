// Package chat speaks the Wirelaw Chat Protocol. All of it but this file is generated from the table spec/chat.yaml;
// spec/chat/CHAT.md is the same protocol for readers.
//
// There is a struct for each message, a constant for each opcode, error, state and feature, and a type for what must not
// be mixed up: a [Username] is no [Password], a [Sequence] no [Epoch]. Secrets do not print.
//
// [AppendFrame] encodes; it refuses what the table does not allow. A [Reader] cuts a stream into frames. A server judges a
// header with [CheckHeader] before it reads the body, and the rest with [Dispatch], which calls a [Handler]; so the order
// of checks is the table's. A client decodes with [DecodeServer].
//
// [Error] is the protocol's error and Go's: handlers return it, clients find it with errors.AsType.
package chat
