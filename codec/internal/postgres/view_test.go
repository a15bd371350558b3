package postgres_test

import (
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/postgres"
)

// A view uses the slice of the message again, and holds what a copy holds.
func TestViewsUseSlicesAgain(t *testing.T) {
	var view postgres.DataRow
	for _, values := range [][]postgres.Datum{
		{[]byte("a"), nil, []byte{}, []byte("dd")},
		{nil},
		{[]byte("x"), []byte("y")},
	} {
		frame, err := postgres.AppendFrame(nil, &postgres.DataRow{Values: values})
		if err != nil {
			t.Fatal(err)
		}
		h, body := postgres.ParseHeader(frame), frame[postgres.HeaderSize:]
		var copied postgres.DataRow
		if err := copied.Unmarshal(h, body); err != nil {
			t.Fatal(err)
		}
		if err := view.UnmarshalView(h, body); err != nil || !reflect.DeepEqual(view, copied) || !reflect.DeepEqual(copied.Values, values) {
			t.Errorf("the view is %v, the copy %v, %v", view, copied, err)
		}
		if n := testing.AllocsPerRun(10, func() { view.UnmarshalView(h, body) }); n != 0 {
			t.Errorf("%v allocations to view %v", n, values)
		}
		body[len(body)-1]++
		if values[len(values)-1] != nil && reflect.DeepEqual(view, copied) {
			t.Error("the view does not alias the body")
		}
		if err := view.UnmarshalView(h, body[:1]); err == nil || view.Values != nil {
			t.Errorf("after an error the message is %v, %v", view, err)
		}
		view.UnmarshalView(h, body)
	}
}
