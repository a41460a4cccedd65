package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

func TestTheDescriptionIsOpenAPI31AndListsTheWebhooks(t *testing.T) {
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.GetVersion(), "3.1") {
		t.Errorf("it says that it is OpenAPI %s", doc.GetVersion())
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if valid, problems := v.ValidateDocument(); !valid {
		for _, p := range problems {
			t.Errorf("%s: %s", p.Message, p.Reason)
		}
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	if model.Model.Webhooks == nil || model.Model.Webhooks.Len() < 20 {
		t.Error("it does not list the webhooks")
	}
	names := map[string]string{}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method, o := range item.GetOperations().FromOldest() {
			at := method + " " + path
			switch {
			case o.OperationId == "" || o.Summary == "" || len(o.Tags) == 0:
				t.Errorf("%s lacks a name, a summary or a tag", at)
			case names[o.OperationId] != "":
				t.Errorf("%s and %s are both called %s", at, names[o.OperationId], o.OperationId)
			case o.Responses == nil || o.Responses.Codes.Len()+map[bool]int{true: 1}[o.Responses.Default != nil] < 2:
				t.Errorf("%s does not say how it refuses", at)
			}
			names[o.OperationId] = at
		}
	}
}

const key = "pk_contract_test"

// tandem builds and starts the program, on records of its own, and gives its address.
func tandem(t *testing.T) (binary, address string) {
	t.Helper()
	dir := t.TempDir()
	binary = filepath.Join(dir, "tandem")
	run(t, exec.CommandContext(t.Context(), "go", "build", "-C", "../..", "-o", binary, "./cmd/tandem"))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, binary, "serve", "--set", "data_dir="+filepath.Join(dir, "data"), "--set", "http.listen=127.0.0.1:0",
		"--set", "http.api_key="+key, "--set", "observe.metrics=", "--set", "sip.udp=127.0.0.1:0", "--set", "sip.tcp=127.0.0.1:0",
		"--set", "media.bind=127.0.0.1")
	log := &diary{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	address = listens(t, log)
	await(t, "http://"+address+"/readyz")
	return binary, address
}

// diary is what a program says, while it says it.
type diary struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// listens waits until the program says which port the system chose: one that a test found free may be another's by then.
func listens(t *testing.T, log *diary) string {
	t.Helper()
	said := regexp.MustCompile(`"peer":"http ([0-9.:]+)"`)
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for range 1200 {
		if m := said.FindStringSubmatch(log.String()); m != nil {
			return m[1]
		}
		<-every.C
	}
	t.Fatal("the program does not say where it listens")
	return ""
}

// await asks until the program is ready.
func await(t *testing.T, url string) {
	t.Helper()
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for range 1200 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		<-every.C
	}
	t.Fatal("the program does not become ready")
}

// run runs a command to its end and gives what it wrote.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// The client is generated from the description that the program itself gives; the driver that uses it is compiled with it, and does what an administrator does on
// the first day.
func TestAGeneratedClientSetsUpAnOffice(t *testing.T) {
	binary, address := tandem(t)
	dir := t.TempDir()
	described := filepath.Join(dir, "openapi.json")
	text := run(t, exec.CommandContext(t.Context(), binary, "openapi", "--3.0"))
	if err := os.WriteFile(described, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	client := filepath.Join(dir, "client.go")
	run(t, exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-generate", "types,client", "-package", "client", "-o", client, described))
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	files, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(here, "office", "main.go"):             filepath.Join(here, "testdata", "office.go"),
		filepath.Join(here, "office", "client", "client.go"): client,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, files, 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, exec.CommandContext(t.Context(), "go", "run", "-overlay", overlay, "./office", "http://"+address, key))
	if !strings.HasSuffix(strings.TrimSpace(out), "the office stands") {
		t.Errorf("the driver says: %s", out)
	}
}
