package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

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
	table := filepath.Join("..", "..", "..", "testdata", "specs", "mqtt.yaml")
	status, out, stderr := wirecheck(t, "test", "--spec", table, "--exec", "mosquitto -p {port}", "--report", "json="+file)
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
