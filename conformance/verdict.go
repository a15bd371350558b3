package conformance

// A Verdict is what became of a case.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "PASS"
	Fail    Verdict = "FAIL"
	XFail   Verdict = "XFAIL"   // failed, and was known to
	XPass   Verdict = "XPASS"   // passed, but was known to fail
	Flaky   Verdict = "FLAKY"   // passed or failed, and was known to do either
	Skip    Verdict = "SKIP"    // needs a feature, --slow or --exec that is not there
	Blocked Verdict = "BLOCKED" // something that it builds on does not work
	Error   Verdict = "ERROR"   // the judge is at fault, or the transcript
)

// Verdicts lists all verdicts in the order in which they are counted.
var Verdicts = []Verdict{Pass, Fail, XFail, XPass, Flaky, Skip, Blocked, Error}

// A Status is the exit status of a judge.
type Status int

// The exit statuses.
const (
	StatusOK       Status = 0 // all as expected
	StatusFailed   Status = 1 // a failure or an unexpected pass
	StatusUsage    Status = 2 // a wrong command line, a wrong table or transcript
	StatusTarget   Status = 3 // the target cannot be used at all
	StatusNothing  Status = 4 // nothing was selected
	StatusInternal Status = 5 // the judge is at fault
)
