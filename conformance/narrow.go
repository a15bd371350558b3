package conformance

import "context"

type narrowKey struct{}

// Narrow asks who opens a connection to a target with ctx for one that takes in as few bytes as the system allows while nobody reads: then a
// server's writes stick early.
func Narrow(ctx context.Context) context.Context { return context.WithValue(ctx, narrowKey{}, true) }

// IsNarrow reports whether ctx asks for that.
func IsNarrow(ctx context.Context) bool { return ctx.Value(narrowKey{}) != nil }
