package dynamic_test

import (
	"fmt"
	"log"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

func ExampleCodec_Append() {
	p, err := spec.Chat()
	if err != nil {
		log.Fatal(err)
	}
	c := dynamic.New(p)
	m := c.Example(p.Message("LOGIN"))
	m.ID = 7
	m.Set("window", uint64(1))
	frame, err := c.Append(nil, m)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range c.Annotate(spec.FromClient, frame) {
		fmt.Printf("%2d %-15s %s\n", s.Offset, s.Path, s.Text)
	}
	// Output:
	//  0 opcode          LOGIN
	//  1 length          22
	//  4 id              7
	//  8 name.length     5
	//  9 name            "alice"
	// 14 password.length 13
	// 15 password        [secret]
	// 28 window          1
}

func ExampleCodec_CheckRequest() {
	p, err := spec.Chat()
	if err != nil {
		log.Fatal(err)
	}
	c := dynamic.New(p)
	m := c.Example(p.Message("LOGIN"))
	m.ID = 7
	m.Set("window", uint64(0))
	frame := c.AppendIllegal(nil, m)
	_, answer, why := c.CheckRequest(p.State("guest"), frame, nil)
	fmt.Println(answer.Name, "because of", why.Field+"."+why.Because, "at", why.Offset)
	// Output:
	// BAD_FIELD because of window.min at 28
}
