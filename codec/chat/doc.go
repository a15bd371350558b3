// Package chat speaks the Wirelaw Chat Protocol. It is generated from spec/chat.yaml, but for this file; spec/chat/CHAT.md
// is the same protocol for readers.
package chat
