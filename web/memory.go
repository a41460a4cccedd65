package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"sync"
	"time"
)

// maxMemories is how many answers a memory holds.
const maxMemories = 10_000

// memory is a Keeper that forgets everything when the process ends.
type memory struct {
	mu      sync.Mutex
	secrets map[string][]byte
	answers map[string]memoryAnswer
}

type memoryAnswer struct {
	text  []byte
	until time.Time
}

// Secret makes 32 bytes for each name.
func (m *memory) Secret(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, made := m.secrets[name]; made {
		return s, nil
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a secret: %w", err)
	}
	if m.secrets == nil {
		m.secrets = map[string][]byte{}
	}
	m.secrets[name] = secret
	return secret, nil
}

// Remember keeps an answer.
func (m *memory) Remember(_ context.Context, key string, answer []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil {
		m.answers = map[string]memoryAnswer{}
	}
	now := time.Now()
	if len(m.answers) >= maxMemories {
		maps.DeleteFunc(m.answers, func(_ string, a memoryAnswer) bool { return now.After(a.until) })
	}
	if len(m.answers) >= maxMemories {
		clear(m.answers)
	}
	if a, kept := m.answers[key]; !kept || now.After(a.until) {
		m.answers[key] = memoryAnswer{answer, until}
	}
	return nil
}

// Recall gives what is kept.
func (m *memory) Recall(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, kept := m.answers[key]; kept && time.Now().Before(a.until) {
		return a.text, nil
	}
	return nil, nil
}

// KeysUsed keeps nothing.
func (m *memory) KeysUsed(context.Context, map[string]time.Time) error { return nil }

// KeyUse knows nothing.
func (m *memory) KeyUse(context.Context) (map[string]time.Time, error) {
	return map[string]time.Time{}, nil
}
