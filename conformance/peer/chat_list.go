package peer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A listing is where a cursor goes on.
type listing struct {
	by      uint64
	pattern string
	after   string // the last identity form that was shown
	n       int    // how many were
	full    bool   // the next page of sparse ones shows something
}

func (a *chat) list(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	at := listing{by: number(m, "by"), pattern: text(m, "pattern")}
	match, ok := a.matcher(at.by, at.pattern)
	cursor := text(m, "cursor")
	if !ok && !(a.s.is(CursorBeforePattern) && cursor != "") {
		return nil, a.s.error("BAD_PATTERN")
	}
	if cursor != "" {
		before, known := a.cursors[cursor]
		same := before.by == at.by && before.pattern == at.pattern || a.s.is(CursorOfAnyListing)
		if (!known || !same) && !a.s.is(CursorUnchecked) {
			return nil, a.s.error("BAD_CURSOR")
		}
		before.by, before.pattern = at.by, at.pattern
		at = before
	}
	if !ok {
		return nil, a.s.error("BAD_PATTERN")
	}
	all := a.matching(match)
	rest := a.rest(all, at)
	n := a.pageSize(int(number(m, "limit")))
	if a.s.style.Sparse {
		n = 1
		if !at.full {
			n = 0
		}
		at.full = !at.full
	}
	page := rest[:min(n, len(rest))]
	names := []any{}
	for _, u := range page {
		name := u.name
		if a.s.is(ListShowsIdentity) {
			name = u.id
		}
		names = append(names, name)
	}
	next := ""
	if len(rest) > len(page) && !a.s.is(OnlyFirstPage) || a.s.is(LastPageHasNext) {
		if at.n += len(page); len(page) > 0 {
			at.after = page[len(page)-1].id
		}
		next = a.cursor(at, rest[len(page):])
	}
	return a.reply("ACCOUNTS", "names", names, "next", []byte(next)), nil
}

// pageSize is how many accounts one page shows.
func (a *chat) pageSize(limit int) int {
	most := int(a.s.style.Page)
	switch {
	case a.s.is(LimitIgnored):
		return most
	case a.s.is(PageIgnored) && limit == 0:
		return 1000
	case a.s.is(PageIgnored):
		return min(limit, 1000)
	case a.s.is(LimitOneMore) && limit > 0:
		limit++
	}
	if limit == 0 || limit > most {
		return most
	}
	return limit
}

// cursor keeps where a listing goes on.
func (a *chat) cursor(at listing, rest []*user) string {
	switch {
	case a.s.is(PageBorderSkips) && len(rest) > 0:
		at.after = rest[0].id
	case a.s.is(PageBorderRepeats) && len(at.after) > 0:
		at.after = at.after[:len(at.after)-1]
	}
	c := fmt.Sprintf("%d", len(a.cursors)+1)
	c = strings.Repeat("0", max(0, a.s.style.Cursor-len(c))) + c
	a.cursors[c] = at
	return c
}

// matching lists the accounts that are listed, sorted.
func (a *chat) matching(match func(string) bool) (list []*user) {
	for _, u := range a.created {
		there := a.users[u.id] == u
		if a.s.is(DeletedIsListed) {
			there = there || a.ghosts[u.id] == u && a.users[u.id] == nil
		}
		if a.s.is(OwnSessionUnlisted) && u.conn != nil || a.s.is(CreatedUnlisted) && !u.known {
			there = false
		}
		if there && match(u.id) {
			list = append(list, u)
		}
	}
	switch {
	case a.s.is(ListUnsorted):
	case a.s.is(SortedBySpelling):
		slices.SortFunc(list, func(x, y *user) int { return strings.Compare(x.name, y.name) })
	default:
		slices.SortFunc(list, func(x, y *user) int { return strings.Compare(x.id, y.id) })
	}
	return list
}

// rest is what of a listing comes after what was shown.
func (a *chat) rest(list []*user, at listing) []*user {
	switch {
	case a.s.is(CursorIsOffset):
		return list[min(at.n, len(list)):]
	case a.s.is(ListUnsorted), a.s.is(SortedBySpelling):
		i := slices.IndexFunc(list, func(u *user) bool { return u.id == at.after })
		return list[i+1:]
	}
	i := slices.IndexFunc(list, func(u *user) bool { return u.id > at.after })
	if i < 0 {
		return nil
	}
	return list[i:]
}

// matcher says which identity forms a pattern matches. It is not ok if it cannot be understood.
func (a *chat) matcher(by uint64, pattern string) (match func(string) bool, ok bool) {
	switch by {
	case 0:
		return func(string) bool { return true }, pattern == "" || a.s.is(PatternOfAllIgnored)
	case 1:
		w, ok := a.wildcard(a.composed(pattern))
		return func(id string) bool { return matches(w, a.chars(id)) }, ok
	}
	pattern = a.composed(pattern)
	e, err := expression(pattern)
	if a.s.is(ExpressionIsPerl) {
		e, err = pattern, nil
	}
	switch {
	case a.s.is(ExpressionIsAnchored):
		e = "^(?:" + e + ")$"
	case a.s.is(ExpressionKnowsNoSpans):
		if strings.Contains(pattern, "{") {
			return nil, false
		}
	case a.s.is(ExpressionDotIsLiteral):
		e = strings.ReplaceAll(e, ".", `\.`)
	}
	if !a.s.is(CaseInExpression) {
		e = "(?i)" + e
	}
	if err != nil {
		return nil, false
	}
	re, err := regexp.Compile(e)
	if err != nil {
		return nil, false
	}
	if a.s.is(ExpressionHangs) && strings.Contains(pattern, "+)+") {
		return func(string) bool { return hang(a.s) }, true
	}
	return re.MatchString, true
}
