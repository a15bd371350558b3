package client

import (
	"bytes"
	"context"
	"iter"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// ListPage asks for one page of a listing. The first has an empty Cursor, each further one the Next of the page before. CHAT.md, LIST.
func (c *Client) ListPage(ctx context.Context, m *chat.List) (*chat.Accounts, error) {
	return do[*chat.Accounts](ctx, c, m)
}

// List lists accounts, all or by pattern, sorted. It asks for a page when it needs one; an error ends the listing.
func (c *Client) List(ctx context.Context, by chat.Listing, pattern string) iter.Seq2[chat.Username, error] {
	return listing(ctx, by, pattern, c.ListPage)
}

func listing(ctx context.Context, by chat.Listing, pattern string, page func(context.Context, *chat.List) (*chat.Accounts, error)) iter.Seq2[chat.Username, error] {
	return func(yield func(chat.Username, error) bool) {
		m := &chat.List{By: by, Pattern: pattern}
		for {
			p, err := page(ctx, m)
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range p.Names {
				if !yield(name, nil) {
					return
				}
			}
			switch {
			case len(p.Next) == 0:
				return
			case bytes.Equal(p.Next, m.Cursor):
				yield("", breach("the next page of a listing is the same page again"))
				return
			}
			m.Cursor = p.Next
		}
	}
}
