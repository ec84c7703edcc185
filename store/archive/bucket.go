package archive

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	partSize = 16 << 20        // bytes; a part is kept in memory
	slowest  = 64 << 10        // bytes/s: an upload that is slower is broken off
	patience = 2 * time.Minute // for what does not depend on the length
	checksum = "Sha256"        // in the object's metadata
)

// bucket is the far side.
type bucket struct {
	client   *minio.Client
	name     string
	patience time.Duration
}

func openBucket(cfg Config) (*bucket, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("endpoint %q is not the URL of a store, such as https://s3.example.com", cfg.Endpoint)
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("endpoint %s://%s: a host and a port is all it may have", u.Scheme, u.Host)
	}
	if cfg.Bucket == "" || cfg.AccessKey == "" || cfg.SecretKey == "" {
		return nil, errors.New("bucket, access key and secret key are needed")
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:     u.Scheme == "https",
		Region:     cfg.Region, // or it would ask for it
		Transport:  only{host: u.Host, bucket: cfg.Bucket, next: transport(cfg)},
		MaxRetries: 1, // trying again is what the journal is for
	})
	if err != nil {
		return nil, fmt.Errorf("endpoint %s: %w", cfg.Endpoint, err)
	}
	return &bucket{client: client, name: cfg.Bucket, patience: patience}, nil
}

// transport makes connections without proxies from the environment: they would
// be another endpoint.
func transport(cfg Config) *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   cfg.Parallel,
		DisableCompression:    true,
	}
}

// only lets requests pass to one host, and to the bucket's name before it.
type only struct {
	host, bucket string
	next         http.RoundTripper
}

func (o only) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != o.host && r.URL.Host != o.bucket+"."+o.host {
		return nil, fmt.Errorf("the store sends us to %s, which is not the configured endpoint", r.URL.Host)
	}
	return o.next.RoundTrip(r)
}

// sent is what the store has confirmed.
type sent struct {
	bytes  int64
	sha256 string
}

// hopeless says that trying again does not help: there is no such file, or
// nothing in it.
func hopeless(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errIrregular)
}

var errIrregular = errors.New("not a file with something in it")

// send uploads a file and returns once the store has confirmed it.
func (b *bucket) send(ctx context.Context, u Upload) (sent, error) {
	f, err := os.Open(u.Path)
	if err != nil {
		return sent{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return sent{}, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return sent{}, fmt.Errorf("%s: %w", u.Path, errIrregular)
	}
	s := sent{bytes: info.Size()}
	sum := sha256.New()
	if n, err := io.Copy(sum, f); err != nil || n != s.bytes {
		return sent{}, errors.Join(err, fmt.Errorf("read %s: %d of %d bytes", u.Path, n, s.bytes))
	}
	s.sha256 = hex.EncodeToString(sum.Sum(nil))
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return sent{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.patience+time.Duration(s.bytes/slowest)*time.Second)
	defer cancel()
	if u.Tries > 0 && s.bytes > partSize {
		// Parts that a broken try has left behind cost money and are of no use.
		if err := b.client.RemoveIncompleteUpload(ctx, b.name, u.Object); err != nil {
			return sent{}, fmt.Errorf("remove an incomplete upload: %w", explain(err))
		}
	}
	return s, b.put(ctx, u, f, s)
}

// put sends the file with a checksum that the store compares (Content-MD5, of
// each part), and then asks what it has.
func (b *bucket) put(ctx context.Context, u Upload, f io.Reader, s sent) error {
	_, err := b.client.PutObject(ctx, b.name, u.Object, f, s.bytes, minio.PutObjectOptions{
		UserMetadata:   map[string]string{checksum: s.sha256},
		ContentType:    contentType(u.Object),
		SendContentMd5: true,
		PartSize:       partSize,
		NumThreads:     1,
	})
	if err != nil {
		return fmt.Errorf("upload: %w", explain(err))
	}
	got, err := b.client.StatObject(ctx, b.name, u.Object, minio.StatObjectOptions{})
	if err != nil {
		return fmt.Errorf("verify: %w", explain(err))
	}
	if got.Size != s.bytes || got.UserMetadata[checksum] != s.sha256 {
		return fmt.Errorf("verify: the store has %d bytes with checksum %q, sent were %d with %s",
			got.Size, got.UserMetadata[checksum], s.bytes, s.sha256)
	}
	return nil
}

// explain names the store's code, which its text often leaves out.
func explain(err error) error {
	var r minio.ErrorResponse
	if errors.As(err, &r) && r.Code != "" && !strings.Contains(err.Error(), r.Code) {
		return fmt.Errorf("%s (%d): %w", r.Code, r.StatusCode, err)
	}
	return err
}

func contentType(object string) string {
	switch {
	case strings.HasSuffix(object, ".wav"):
		return "audio/wav"
	case strings.HasSuffix(object, ".opus"), strings.HasSuffix(object, ".ogg"):
		return "audio/ogg"
	default:
		return "application/octet-stream"
	}
}
