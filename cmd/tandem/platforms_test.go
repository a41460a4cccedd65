package main

import (
	"context"
	"errors"
	"testing"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
)

// moody is an eSIM platform that answers as it likes.
type moody struct {
	provisioning.ProfileServer

	says error
}

func (m *moody) ReleaseProfile(context.Context, es2plus.Call, es2plus.ICCID) error { return m.says }

func TestTheLastThatAPlatformSaidIsKnown(t *testing.T) {
	var kept answers
	if kept.of("op_1") != nil {
		t.Fatal("it was asked nothing, and said something")
	}
	platform := &moody{}
	asked := heard{platform, "op_1", &kept}
	for _, row := range []struct {
		says           error
		status, detail string
	}{
		{nil, "Executed-Success", ""},
		{&es2plus.Failure{Function: "releaseProfile", Status: es2plus.Status{Execution: es2plus.Failed}}, "Failed", "releaseProfile: failed"},
		{errors.New("connection refused"), "", "connection refused"},
	} {
		platform.says = row.says
		if err := asked.ReleaseProfile(t.Context(), "call", "8933010000000000010"); !errors.Is(err, row.says) {
			t.Errorf("%v became %v", row.says, err)
		}
		last := kept.of("op_1")
		if last == nil || last.Status != row.status || last.Detail != row.detail || last.At.IsZero() || kept.of("op_2") != nil {
			t.Errorf("%v is told as %+v", row.says, last)
		}
	}
}
