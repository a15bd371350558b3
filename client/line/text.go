package line

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// textPrinter prints for people. On a screen it says more, and everything goes to the same place.
type textPrinter struct {
	out, err io.Writer
	width    func() int // in columns; 0: lines are not broken
	screen   bool

	mu sync.Mutex
}

func (p *textPrinter) print(w io.Writer, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := io.WriteString(w, text)
	return err
}

func (p *textPrinter) say(format string, args ...any) {
	p.print(p.out, layout("", fmt.Sprintf(format, args...), 2, p.width()))
}

func (p *textPrinter) complain(sentence string) {
	head := "! "
	if !p.screen {
		head = "chat: "
	}
	p.print(p.err, layout(head, sentence, len(head), p.width()))
}

func (p *textPrinter) fatal(sentence string) {
	p.complain(sentence)
}

const guestMenu = `
  create NAME     make an account
  login NAME      log in
  help            all commands
  exit            leave
`

const memberMenu = `
  send NAME TEXT  send a message
  to NAME         talk to NAME
  list [PATTERN]  list accounts
  delete          delete your account
  logout          log out
  exit            leave
`

func (p *textPrinter) connected(w *chat.Welcome, addr string, tls bool) {
	if !p.screen {
		return
	}
	p.say("Connected to %s at %s.", cleanWord(w.Agent), addr)
	if !tls && !loopback(addr) {
		p.complain("This connection is not encrypted: others on the way can read passwords and messages. Use --tls if the server has it.")
	}
	p.print(p.out, guestMenu)
}

func (p *textPrinter) message(d *client.Delivery) error {
	head := fmt.Sprintf("%s %s: ", shortTime(d.Time, time.Now()), cleanWord(string(d.From)))
	return p.print(p.out, layout(head, clean(string(d.Text)), 6, p.width()))
}

// shortTime is the local time of t, with the date if that is not today.
func shortTime(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

func (p *textPrinter) result(r *result) {
	if r.err != nil {
		text := sentence(r)
		if r.line > 0 {
			text = fmt.Sprintf("line %d: %s", r.line, text)
		}
		p.complain(text)
		return
	}
	switch r.verb.name {
	case "create":
		p.say("The account %s exists now. Log in with: login %s", cleanWord(r.name), cleanWord(r.name))
	case "login":
		p.say("You are logged in as %s.%s", cleanWord(string(r.member.Name)), waiting(r.member.Waiting))
		if p.screen {
			p.print(p.out, memberMenu)
		}
	case "list":
		p.list(r)
	case "send":
		p.say("Sent to %s.", cleanWord(r.to))
	case "to":
		p.talk(r)
	case "delete":
		p.say("The account %s is deleted.", cleanWord(r.name))
	case "logout":
		p.say("Logged out.")
	case "help":
		p.help()
	}
}

func waiting(n uint32) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " One message was waiting:"
	}
	return fmt.Sprintf(" %d messages were waiting:", n)
}

func (p *textPrinter) talk(r *result) {
	if !p.screen {
		return
	}
	if r.name == "" {
		p.say("Lines are commands again.")
		return
	}
	p.say("Every line goes to %s now. Commands begin with a slash, as in /help; /to alone ends this.", cleanWord(r.name))
}

// list prints one name a line, in columns on a screen.
func (p *textPrinter) list(r *result) {
	var b strings.Builder
	widest, total := 0, p.width()
	for _, name := range r.names {
		widest = max(widest, columns(cleanWord(string(name))))
	}
	across := 1
	if p.screen {
		across = max(1, (total-2)/(widest+2))
	}
	for i, name := range r.names {
		name := cleanWord(string(name))
		if p.screen {
			b.WriteString("  ")
		}
		b.WriteString(name)
		if (i+1)%across == 0 || i+1 == len(r.names) {
			b.WriteByte('\n')
		} else {
			b.WriteString(strings.Repeat(" ", widest-columns(name)))
		}
	}
	p.print(p.out, b.String())
	if p.screen {
		p.say("%s", accounts(len(r.names), r.pattern != ""))
	}
}

func accounts(n int, matching bool) string {
	switch {
	case n == 0 && matching:
		return "No account matches."
	case n == 1:
		return "1 account."
	}
	return fmt.Sprintf("%d accounts.", n)
}

func (p *textPrinter) help() {
	var b strings.Builder
	for _, v := range verbs {
		head := fmt.Sprintf("  %-17s ", strings.TrimSpace(v.name+" "+v.args))
		b.WriteString(layout(head, v.help, len(head), p.width()))
	}
	p.print(p.out, b.String())
}

func (p *textPrinter) event(e client.Event) {
	switch e.Kind {
	case client.Disconnected:
		p.complain(lostSentence(e.Err) + " Trying to connect again." + kept(e.Unsent))
	case client.Reconnected:
		if e.Member != nil {
			p.complain(fmt.Sprintf("Connected again, as %s.", cleanWord(string(e.Member.Name))))
		} else {
			p.complain("Connected again.")
		}
	case client.LoggedOut:
		p.complain(fmt.Sprintf("%s is no longer logged in: %s", cleanWord(string(e.Member.Name)), loggedOutReason(e.Err)))
	case client.Ended:
		p.complain("There is no connection any more: " + plainSentence(e.Err))
	}
}

func kept(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " One message is kept and will be sent then."
	}
	return fmt.Sprintf(" %d messages are kept and will be sent then.", n)
}
