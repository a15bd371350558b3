package server

import (
	"errors"
	"fmt"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// One page takes at most this much work; then it ends, with a cursor.
const (
	listNames = 4096      // names looked at
	listSteps = 1_000_000 // steps of an expression; one name takes as many at most
	listChunk = 256       // names asked of the store at a time
)

// List answers with one page of a listing (CHAT.md, LIST).
func (c *conn) List(id uint32, m *chat.List) error {
	p, err := parsePattern(m.By, m.Pattern)
	if err != nil {
		return refusal(chat.CodeBadPattern, err.Error())
	}
	after, ok := c.srv.readCursor(m.By, m.Pattern, m.Cursor)
	if !ok {
		return refusal(chat.CodeBadCursor, "the cursor is not one that this server gave out for this listing")
	}
	limit := c.srv.opts.Page
	if m.Limit > 0 {
		limit = min(limit, int(m.Limit))
	}
	names, last, more, err := c.page(p, after, limit)
	if err != nil {
		return err
	}
	reply := &chat.Accounts{Names: names}
	if more {
		reply.Next = c.srv.cursor(m.By, m.Pattern, last)
	}
	return c.out.put(entry{id: id, msg: reply, cost: entryCost + len(names)*maxName}, replyRoom, nil)
}

func parsePattern(by chat.Listing, s string) (pattern, error) {
	switch by {
	case chat.ListingAll:
		if s != "" {
			return pattern{}, errors.New("a listing of all accounts has no pattern")
		}
		return everything(), nil
	case chat.ListingWildcard:
		return parseWildcard(s)
	case chat.ListingRegex:
		return parseExpression(s)
	}
	return pattern{}, fmt.Errorf("there is no listing %d", by)
}

// page collects at most limit names of accounts after an identity. last is the
// identity that it looked at last, more whether others may follow.
func (c *conn) page(p pattern, after string, limit int) (names []chat.Username, last string, more bool, err error) {
	last = after
	chunk := min(listChunk, max(limit+1, listChunk/4))
	for seen := 0; seen < listNames && p.steps() < listSteps; {
		list, err := c.srv.store.Names(c.srv.ctx, p.prefix, last, chunk)
		if err != nil {
			return nil, "", false, err
		}
		for i, e := range list {
			if len(names) == limit || p.steps() >= listSteps {
				return names, last, true, nil
			}
			seen++
			last = e.Identity
			if p.match(e.Identity) {
				names = append(names, chat.Username(list[i].Name))
			}
		}
		if len(list) < chunk {
			return names, last, false, nil
		}
	}
	return names, last, true, nil
}
