// Package client speaks the Wirelaw chat protocol to a server.
//
// A [Client] is one connection: its methods are the requests of the protocol, one file each, and its deliveries are pulled with
// [Client.Next] and acknowledged with [Client.Ack]. Many requests may be in flight; the server answers them in their order.
//
// A [Session] stands above it for programs that talk for long: it connects again by itself, logs in again, sends again what was not
// accepted and drops what was delivered before, so that no message is lost or doubled.
//
// Refusals of the server are [*chat.Error] and leave the connection as it was, unless their reaction says that it closes. Values that
// break a limit of the protocol are refused before they are sent, as [*codec.Error]; [Code] finds the error code in both. When the
// connection ends, everything that waits gets a [*LostError].
package client
