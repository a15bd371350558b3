package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The parameters of new hashes: argon2id as OWASP recommends it.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSalt    = 16 // bytes
	hashSize    = 32 // bytes
)

// No stored hash may cost more than this, whoever wrote it.
const (
	maxHashMemory = 256 * 1024 // KiB
	maxHashTime   = 32
)

// errHashBusy says that too many requests wait for a hash already.
var errHashBusy = errors.New("too many logins at once")

// A hasher makes and checks password hashes, a few at a time: each takes
// 19 MiB and tens of milliseconds of a core.
type hasher struct {
	slots chan struct{} // one per hash that is being computed
	queue chan struct{} // one per caller, waiting or computing
	dummy string        // the hash of nothing, to spend the time of a check on
}

// newHasher returns a hasher with as many slots as there are processors, for
// which at most waiting callers wait.
func newHasher(waiting int) *hasher {
	n := runtime.GOMAXPROCS(0)
	var salt [hashSalt]byte
	rand.Read(salt[:]) // never fails
	return &hasher{
		slots: make(chan struct{}, n),
		queue: make(chan struct{}, n+waiting),
		dummy: phc{memory: hashMemory, time: hashTime, threads: hashThreads, salt: salt[:], key: salt[:]}.String(),
	}
}

// enter waits for a slot. The caller calls leave afterwards.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.queue <- struct{}{}:
	default:
		return errHashBusy
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.queue
		return ctx.Err()
	}
}

func (h *hasher) leave() {
	<-h.slots
	<-h.queue
}

// hash returns the encoded hash of password with a fresh salt, or errHashBusy.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	p := phc{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, hashSalt)}
	rand.Read(p.salt)
	p.key = p.derive(password, hashSize)
	return p.String(), nil
}

// verify reports whether encoded is a hash of password, and whether it should be
// made anew because the parameters have changed since. With an empty encoded it
// spends the time of a check and says no.
func (h *hasher) verify(ctx context.Context, encoded, password string) (ok, old bool, err error) {
	exists := encoded != ""
	if !exists {
		encoded = h.dummy
	}
	p, err := parsePHC(encoded)
	if err != nil {
		return false, false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	same := subtle.ConstantTimeCompare(p.derive(password, len(p.key)), p.key) == 1
	return same && exists, p.old(), nil
}

// A phc is a password hash of argon2id in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func (p phc) derive(password string, size int) []byte {
	return argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(size))
}

func (p phc) old() bool {
	return p.memory != hashMemory || p.time != hashTime || p.threads != hashThreads ||
		len(p.salt) != hashSalt || len(p.key) != hashSize
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

// parsePHC reads an encoded hash. Its errors never show it.
func parsePHC(s string) (p phc, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, errors.New("the stored password hash is not an argon2id hash")
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errors.New("the stored password hash has an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, errors.New("the stored password hash has unreadable parameters")
	}
	if p.time < 1 || p.time > maxHashTime || p.threads < 1 || p.memory > maxHashMemory {
		return p, errors.New("the stored password hash has impossible parameters")
	}
	b64 := base64.RawStdEncoding.Strict()
	if p.salt, err = b64.DecodeString(parts[4]); err != nil {
		return p, errors.New("the stored password hash has an unreadable salt")
	}
	if p.key, err = b64.DecodeString(parts[5]); err != nil || len(p.key) < 4 || len(p.key) > 1024 {
		return p, errors.New("the stored password hash has an unreadable key")
	}
	return p, nil
}
