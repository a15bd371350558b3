package server

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// cursorMAC is how many bytes of a cursor are its signature.
const cursorMAC = 16

// cursor returns the cursor of the page after the identity last: a signature and
// last. It is good for this server and for this listing only.
func (s *Server) cursor(by chat.Listing, pattern, last string) []byte {
	return append(s.sign(by, pattern, last), last...)
}

// readCursor returns after which identity a page begins, and whether this server
// gave the cursor out for this listing. An empty one is that of the first page.
func (s *Server) readCursor(by chat.Listing, pattern string, cursor []byte) (after string, ok bool) {
	if len(cursor) == 0 {
		return "", true
	}
	if len(cursor) < cursorMAC {
		return "", false
	}
	after = string(cursor[cursorMAC:])
	return after, hmac.Equal(cursor[:cursorMAC], s.sign(by, pattern, after))
}

func (s *Server) sign(by chat.Listing, pattern, last string) []byte {
	mac := hmac.New(sha256.New, s.cursorKey[:])
	mac.Write([]byte{byte(by), byte(len(pattern) >> 8), byte(len(pattern))})
	mac.Write([]byte(pattern))
	mac.Write([]byte(last))
	return mac.Sum(nil)[:cursorMAC]
}
