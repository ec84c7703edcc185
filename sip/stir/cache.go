package stir

import (
	"context"
	"sync"
	"time"

	"trunkline/internal/fetch"
)

// Fetcher gets what is at an address; *fetch.Client is one.
type Fetcher interface {
	Get(ctx context.Context, address string, limits fetch.Limits) (*fetch.Response, error)
}

// How long what was fetched is kept, and how much of it. A failure is kept for a
// moment, so that a broken repository is not asked once per call.
const (
	keepGood   = time.Hour
	keepBad    = 30 * time.Second
	maxKept    = 512
	fetchLimit = 2 * time.Second // a caller is waiting
)

// types are what repositories serve certificates as.
var types = []string{
	"application/pem-certificate-chain", "application/pkix-cert", "application/x-pem-file", "application/x-x509-ca-cert",
	"application/octet-stream", "binary/octet-stream", "text/plain",
}

// cache keeps credentials by their address. One goroutine fetches an address; the
// others wait for it.
type cache struct {
	fetcher Fetcher

	mu   sync.Mutex
	kept map[string]*kept
}

type kept struct {
	ready     chan struct{} // closed when what follows is there
	cred      *credential
	err       *Problem
	until     time.Time
	abandoned bool // whoever fetched gave up, which says nothing about the address
}

// get returns the credential at an address.
func (c *cache) get(ctx context.Context, address string, now time.Time) (*credential, *Problem) {
	for {
		k, mine := c.entry(address, now)
		if mine {
			k.cred, k.err = c.fetch(ctx, address)
			k.until = now.Add(keepGood)
			if k.err != nil {
				k.until = now.Add(keepBad)
				k.abandoned = ctx.Err() != nil
			}
			close(k.ready)
		}
		select {
		case <-k.ready:
		case <-ctx.Done():
			return nil, problem(436, "wait for the certificate: %v", ctx.Err())
		}
		if mine || !k.abandoned {
			return k.cred, k.err
		}
	}
}

// entry returns what is kept of an address. When there is nothing, it is the
// caller's to fetch.
func (c *cache) entry(address string, now time.Time) (k *kept, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[address]; k != nil && !k.expired(now) {
		return k, false
	}
	c.makeRoom(now)
	k = &kept{ready: make(chan struct{})}
	c.kept[address] = k
	return k, true
}

// expired is asked with the lock held; what is not ready is still fresh.
func (k *kept) expired(now time.Time) bool {
	select {
	case <-k.ready:
		return k.abandoned || !now.Before(k.until)
	default:
		return false
	}
}

// makeRoom forgets what has expired, and if that is nothing, anything: addresses
// come from outside.
func (c *cache) makeRoom(now time.Time) {
	if len(c.kept) < maxKept {
		return
	}
	for address, k := range c.kept {
		if k.expired(now) {
			delete(c.kept, address)
		}
	}
	for address := range c.kept {
		if len(c.kept) < maxKept {
			return
		}
		delete(c.kept, address)
	}
}

func (c *cache) fetch(ctx context.Context, address string) (*credential, *Problem) {
	res, err := c.fetcher.Get(ctx, address, fetch.Limits{Timeout: fetchLimit, Redirects: 2, Types: types})
	if err != nil {
		return nil, problem(436, "%v", err)
	}
	cred, err := readCredential(res.Body)
	if err != nil {
		return nil, problem(437, "%v", err)
	}
	return cred, nil
}
