package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"time"
)

// certificateResult is what "certificate" prints.
type certificateResult struct {
	Cert string `json:"cert"` // path of the file
	Key  string `json:"key"`
}

// runCertificate makes a certificate that signs itself, for a day.
func runCertificate(args []string) (*certificateResult, error) {
	var made certificateResult
	flags := flag.NewFlagSet("certificate", flag.ContinueOnError)
	flags.StringVar(&made.Cert, "cert", "cert.pem", "file to write the certificate to")
	flags.StringVar(&made.Key, "key", "key.pem", "file to write the key to")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := writePEM(made.Cert, "CERTIFICATE", cert); err != nil {
		return nil, err
	}
	return &made, writePEM(made.Key, "PRIVATE KEY", keyBytes)
}

func writePEM(path, kind string, data []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600)
}
