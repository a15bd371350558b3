package report

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestJUnitSchema holds the XML, hostile texts in it, against a schema. TestCounts checks its shape where there is no xmllint.
func TestJUnitSchema(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("needs xmllint")
	}
	validate := func(text string) (string, error) {
		cmd := exec.Command(lint, "--noout", "--nonet", "--schema", filepath.Join("testdata", "junit.xsd"), "-")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, r := range []*Run{fixed(t, how), New(unusable(t), how)} {
		var b strings.Builder
		if err := JUnit(&b, r); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if out, err := validate(text); err != nil {
			t.Errorf("%v\n%s\n%s", err, out, text)
		}
		for _, broken := range []string{
			strings.Replace(text, `tests="`, `tests="x`, 1), strings.Replace(text, "</testsuites>", "<testcase/></testsuites>", 1),
			strings.Replace(text, ` time="`, ` time="1,`, 1), strings.Replace(text, "</testcase>", "\x01</testcase>", 1),
		} {
			if _, err := validate(broken); err == nil {
				t.Error("the schema accepts anything")
			}
		}
	}
}
