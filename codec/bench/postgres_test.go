package bench

import (
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/wirelaw/wirelaw/codec/internal/postgres"
)

// Both sides work on frames in memory, and what they decode aliases them.
func postgresDuels(t testing.TB) (out []duel) {
	const peer = "pgx/pgproto3"
	row, xrow := &postgres.DataRow{}, &pgproto3.DataRow{}
	for i := range 10 {
		v := []byte("a value of a row")
		if i == 3 {
			v = nil
		}
		row.Values = append(row.Values, v)
		xrow.Values = append(xrow.Values, v)
	}
	params := [][]byte{[]byte("alice"), nil, []byte("42")}
	bind := &postgres.Bind{Statement: "find", Formats: []postgres.Format{0}, Results: []postgres.Format{1}}
	for _, p := range params {
		bind.Parameters = append(bind.Parameters, p)
	}
	xbind := &pgproto3.Bind{PreparedStatement: "find", ParameterFormatCodes: []int16{0}, Parameters: params, ResultFormatCodes: []int16{1}}
	query := "SELECT name, inbox FROM accounts WHERE name LIKE 'al%' ORDER BY name"
	for _, c := range []struct {
		name   string
		own    postgres.Message
		theirs interface {
			Encode(dst []byte) ([]byte, error)
			Decode(body []byte) error
		}
	}{
		{"DATA_ROW", row, xrow},
		{"BIND", bind, xbind},
		{"QUERY", &postgres.Query{Text: postgres.Text(query)}, &pgproto3.Query{String: query}},
	} {
		var buf, xbuf []byte
		ours := func() (err error) {
			buf, err = postgres.AppendFrame(buf[:0], c.own)
			return err
		}
		theirs := func() (err error) {
			xbuf, err = c.theirs.Encode(xbuf[:0])
			return err
		}
		if err := ours(); err != nil {
			t.Fatal(err)
		}
		if err := theirs(); err != nil {
			t.Fatal(err)
		}
		same(t, c.name, buf, xbuf)
		out = append(out, duel{"postgres encode " + c.name, peer, ours, theirs})

		frame := append([]byte{}, buf...)
		m := postgres.NewMessage(c.name).(interface {
			UnmarshalView(h postgres.Header, body []byte) error
		})
		out = append(out, duel{"postgres decode " + c.name, peer, func() error {
			return m.UnmarshalView(postgres.ParseHeader(frame), frame[postgres.HeaderSize:])
		}, func() error {
			return c.theirs.Decode(frame[postgres.HeaderSize:])
		}})
	}
	return out
}
