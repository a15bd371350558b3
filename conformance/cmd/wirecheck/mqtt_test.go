package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

var mqttTable = filepath.Join("..", "..", "..", "testdata", "specs", "mqtt.yaml")

// What mosquitto does otherwise than the table of MQTT says; testdata/specs/README.md tells more.
var mosquitto = []*regexp.Regexp{
	regexp.MustCompile(`/left\.(longer|longest)$`),                                                           // lengths in more bytes than they need are read
	regexp.MustCompile(`^mqtt/(pingreq|puback|pubrec|pubrel|pubcomp)/.*/(flags|trailing|split-malformed)\.`), // flags and bytes behind the last field
	regexp.MustCompile(`^mqtt/(segment|half-close)/.*[.-]layout\.online$`),                                   // are not looked at: these are a PINGREQ with a byte
	regexp.MustCompile(`^mqtt/(pingresp|suback|unsuback)/derived/from-client\.`),                             // what only a server sends is ignored
	regexp.MustCompile(`^mqtt/connect/derived/level\.const\+1$`),                                             // level 5 is spoken, and its CONNECT looks otherwise
	regexp.MustCompile(`^mqtt/(connect|publish)/derived/.*\.u\+(0080|0085|ffff|10ffff)$`),                    // control characters and what is none may be refused
}

// TestMosquitto judges a broker that people use, by nothing but its table: it is wrong where that is known, and nowhere else.
func TestMosquitto(t *testing.T) {
	if _, err := exec.LookPath("mosquitto"); err != nil {
		t.Skip("mosquitto is not installed")
	}
	file := filepath.Join(t.TempDir(), "run.json")
	status, out, stderr := wirecheck(t, "test", "--spec", mqttTable, "--exec", "mosquitto -p {port}", "--report", "json="+file)
	if status != conformance.StatusFailed {
		t.Fatalf("status %d\n%s%s", status, out, stderr)
	}
	report, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	type result struct{ ID, Verdict, Reason string }
	results := map[string]result{} // the last line of a case holds
	for lines := bufio.NewScanner(report); lines.Scan(); {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		results[r.ID] = r
	}
	delete(results, "") // what is said of the run
	passed, seen := 0, map[*regexp.Regexp]bool{}
	for id, r := range results {
		if r.Verdict == "PASS" {
			passed++
			continue
		}
		known := false
		for _, re := range mosquitto {
			if re.MatchString(id) {
				known, seen[re] = true, true
			}
		}
		if !known || r.Verdict != "FAIL" {
			t.Errorf("%s %s %s", r.Verdict, id, r.Reason)
		}
	}
	if passed < 1000 || len(seen) < len(mosquitto) {
		t.Errorf("%d passed; %d of %d deviations were seen", passed, len(seen), len(mosquitto))
	}
}

// TestForeignMQTT holds wirecheck against servers that get the first answer of MQTT wrong: each is told what is wrong.
func TestForeignMQTT(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(net.Conn)
		want string
	}{
		{"mute", func(nc net.Conn) { io.Copy(io.Discard, nc) }, "does not answer CONNECT"},
		{"echo", func(nc net.Conn) { io.Copy(nc, nc) }, "echo"},
		{"length counts the header", answers("\x20\x04\x00\x00"), "counted the header"},
		{"length is longer than it needs", answers("\x20\x82\x00\x00\x00"), "not in its shortest form"},
		{"length has no end", answers("\x20\xff\xff\xff\xff\xff"), "longer than it may be"},
		{"says more than it sends", func(nc net.Conn) { io.WriteString(nc, "\x20\x85\x01\x00\x00") }, "announces a frame of 133 bytes and sends 2"},
		{"unknown", answers("\x00\x00"), "no message of a server has opcode 0x00"},
		{"another", answers("\xd0\x00"), "answers with PINGRESP"},
		{"refuses", answers("\x20\x02\x00\x05"), "refuses the request: CONNACK, NOT_AUTHORIZED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, out, stderr := wirecheck(t, "test", "--patience", "0.3", "--spec", mqttTable, "--addr", listen(t, c.f))
			if status != conformance.StatusTarget || !strings.Contains(out, c.want) {
				t.Errorf("status %d, want %q:\n%s%s", status, c.want, out, stderr)
			}
		})
	}
}
