// Package proxy judges live traffic: it sits between any client and any server, passes every byte on as it is, and holds both directions
// against the table.
//
// What it knows is what it sees. A server that forgets a message, or a client that shows one twice, is not found out by it; frames, ids, the
// order of replies, states, errors and their reactions, pushes, windows and rising sequences are judged. TLS is not looked into.
//
// Where replies do not tell which request they answer, each frame is judged by itself and by the state in which it comes.
//
// A connection can be saved as a transcript that wirecheck replay runs, for every table by which servers can be judged.
package proxy
