package chat_test

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

func ExampleAppendFrame() {
	buf, err := chat.AppendFrame(nil, 7, &chat.Send{Key: chat.Key{1, 2, 3}, To: "bob", Text: "hi"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("% x\n", buf[:chat.HeaderSize])
	fmt.Printf("% x\n", buf[chat.HeaderSize:])
	// Output:
	// 06 00 00 18 00 00 00 07
	// 01 02 03 00 00 00 00 00 00 00 00 00 00 00 00 00 03 62 6f 62 00 02 68 69
}

// A message that breaks a limit of the table is never sent: the error names the field, the limit and the place.
func ExampleAppendFrame_limit() {
	_, err := chat.AppendFrame(nil, 2, &chat.Create{Name: "alice", Password: "short", Again: "short"})
	fmt.Println(err)
	if e, ok := errors.AsType[*codec.Error](err); ok {
		fmt.Println(e.Field, e.Because, e.Limit)
	}
	// Output:
	// CREATE: password is shorter than 6 bytes (BAD_PASSWORD, offset 14)
	// password min 6
}

// A client reads what the server sends.
func ExampleReader() {
	stream, _ := chat.AppendFrame(nil, 7, &chat.Accepted{Time: 1767225600000})
	stream, _ = chat.AppendFrame(stream, 8, &chat.Error{Code: chat.CodeNoSuchUser, Text: "there is no user \"bbo\""})

	r := chat.NewReader(bytes.NewReader(stream))
	for {
		h, body, err := r.Next(chat.MaxBody)
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := chat.DecodeServer(h, body)
		if err != nil {
			fmt.Println(err)
			return
		}
		switch m := m.(type) {
		case *chat.Accepted:
			fmt.Println(h.ID, h.Opcode, m.Time, m.Duplicate)
		case *chat.Error:
			fmt.Println(h.ID, h.Opcode, m)
		}
	}
	// Output:
	// 7 ACCEPTED 1767225600000 false
	// 8 ERROR there is no user "bbo" (NO_SUCH_USER)
	// EOF
}

// A server judges a frame by the table and hands it to its handler, or answers with the refusal.
func ExampleDispatch() {
	frame, _ := chat.AppendFrame(nil, 3, &chat.Send{To: "bob", Text: "hi"})
	h := chat.ParseHeader(frame)
	for _, s := range []chat.State{chat.StateGuest, chat.StateMember} {
		if err := chat.CheckHeader(s, h); err != nil {
			fmt.Println(err)
			continue
		}
		err := chat.Dispatch(printer{}, s, h, frame[chat.HeaderSize:], nil)
		if e, ok := errors.AsType[*chat.Error](err); ok {
			fmt.Println(e, e.Code.Reaction())
		}
	}
	// Output:
	// SEND is not legal in state guest (BAD_STATE) reply
	// 3: to bob: hi
}

// printer prints what is sent; it embeds the interface to leave the other requests out.
type printer struct{ chat.Handler }

func (printer) Send(id uint32, m *chat.Send) error {
	fmt.Printf("%d: to %s: %s\n", id, m.To, m.Text)
	return nil
}

func ExampleState() {
	s := chat.StateConnected
	for _, op := range []chat.Opcode{chat.OpHello, chat.OpLogin, chat.OpSend, chat.OpLogout} {
		fmt.Println(s, op, s.Legal(op), s.MaxBody())
		s = s.After(op)
	}
	// Output:
	// connected HELLO true 1024
	// guest LOGIN true 1024
	// member SEND true 65536
	// member LOGOUT true 65536
}

func ExampleError() {
	var err error = &chat.Error{Code: chat.CodeNameTaken, Text: "the name \"alice\" is taken"}
	if e, ok := errors.AsType[*chat.Error](err); ok {
		fmt.Println(e.Code, e.Code.Reaction(), e.Code.Doc())
	}
	fmt.Println(errors.Is(err, &chat.Error{Code: chat.CodeNameTaken}))
	// Output:
	// NAME_TAKEN reply An account of this name, or of one that counts as the same, exists.
	// true
}
