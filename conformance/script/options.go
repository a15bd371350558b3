package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the words of a command that begin with @.
type options struct {
	within, after time.Duration
	split         int
	hold, flood   bool
	narrow        bool
	first         int
	loose, quiet  bool
	until         bool
	orResult      bool
	orReset       bool
	fence         bool
	lie           string // FIELD:N
	extra         []byte
	cut           int
}

// cutOptions takes the options out of args. Only those named are allowed.
func cutOptions(args []string, allowed ...string) (o options, rest []string, err error) {
	for _, a := range args {
		if !strings.HasPrefix(a, "@") {
			rest = append(rest, a)
			continue
		}
		name, value, valued := strings.Cut(a[1:], "=")
		if !slices.Contains(allowed, name) {
			return o, nil, fmt.Errorf("the option @%s does not belong here", name)
		}
		if valued == slices.Contains([]string{"hold", "flood", "narrow", "loose", "quiet", "until", "or-result", "or-reset", "fence"}, name) {
			return o, nil, fmt.Errorf("%q is no option: see the manual", a)
		}
		if err := o.set(name, value); err != nil {
			return o, nil, err
		}
	}
	return o, rest, nil
}

func (o *options) set(name, value string) (err error) {
	switch name {
	case "hold":
		o.hold = true
	case "narrow":
		o.narrow = true
	case "flood":
		o.flood = true
	case "loose":
		o.loose = true
	case "quiet":
		o.quiet = true
	case "until":
		o.until = true
	case "or-result":
		o.orResult = true
	case "or-reset":
		o.orReset = true
	case "fence":
		o.fence = true
	case "within":
		o.within, err = time.ParseDuration(value)
	case "after":
		o.after, err = time.ParseDuration(value)
	case "split":
		if o.split, err = strconv.Atoi(value); err == nil && o.split < 1 {
			err = fmt.Errorf("@split=%s: write at least one byte", value)
		}
	case "first":
		if o.first, err = strconv.Atoi(value); err == nil && o.first < 1 {
			err = fmt.Errorf("@first=%s: send at least one byte", value)
		}
	case "cut":
		if o.cut, err = strconv.Atoi(value); err == nil && o.cut < 0 {
			err = fmt.Errorf("@cut=%s: a number of bytes", value)
		}
	case "extra":
		o.extra, err = hexBytes([]string{value})
	case "lie":
		o.lie = value
		if _, _, ok := strings.Cut(value, ":"); !ok {
			err = fmt.Errorf("@lie=%s: write @lie=FIELD:N", value)
		}
	}
	return err
}
