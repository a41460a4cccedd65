package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// deviceObject is a device of a user in the API.
type deviceObject struct {
	ID       string `json:"id"`
	UserID   string `json:"user_id"`
	Kind     string `json:"kind" enum:"native,workspace,cti,app,sip_phone"`
	Username string `json:"username" doc:"What it registers with."`
	AOR      string `json:"aor" doc:"Its address: username@realm."`
	Realm    string `json:"realm"`
	Password string `json:"password,omitempty" doc:"Told once, when it is made: only a digest of it is kept."`
}

type deviceCreate struct {
	Kind     string `json:"kind,omitempty" enum:"native,workspace,cti,app,sip_phone" default:"sip_phone"`
	Username string `json:"username,omitempty" doc:"Absent: one is made up."`
}

type deviceRequest struct {
	ID      string `path:"id" maxLength:"64"`
	Device  string `path:"device" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
}

type deviceNew struct {
	ID   string `path:"id" maxLength:"64"`
	Body deviceCreate
}

type myDeviceRequest struct {
	Device  string `path:"device" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
}

type myDeviceNew struct{ Body deviceCreate }

func (s *Server) devicesAPI(a huma.API) {
	const read, write, at = provisioning.UsersRead, provisioning.UsersWrite, "/api/v1/users/{id}/devices"
	gone := []int{http.StatusNotFound, http.StatusPreconditionFailed}
	huma.Get(a, at, func(ctx context.Context, q *idRequest) (*listOf[deviceObject], error) {
		return s.listDevices(ctx, q.ID)
	},
		operation("users", "list-user-devices", "Lists the devices of a user", read, http.StatusNotFound))
	huma.Post(a, at, func(ctx context.Context, q *deviceNew) (*createdAnswer[deviceObject], error) {
		return s.makeDevice(ctx, q.ID, q.Body)
	},
		operation("users", "create-user-device", "Makes a device of a user, and tells its password once", write, http.StatusNotFound, http.StatusConflict), created)
	huma.Delete(a, at+"/{device}", func(ctx context.Context, q *deviceRequest) (*struct{}, error) { return nil, s.dropDevice(ctx, q) },
		operation("users", "delete-user-device", "Deletes a device of a user", write, gone...))
	huma.Post(a, at+"/{device}/rotate-password", s.rotateDevice,
		operation("users", "rotate-user-device-password", "Gives a device another password, and tells it once", write, gone...))

	const mine, own = "/api/v1/me/devices", provisioning.Own
	huma.Get(a, mine, func(ctx context.Context, _ *struct{}) (*listOf[deviceObject], error) {
		return s.listDevices(ctx, string(who(ctx).user))
	},
		operation("me", "list-my-devices", "Lists one's devices", own, http.StatusNotFound))
	huma.Post(a, mine, func(ctx context.Context, q *myDeviceNew) (*createdAnswer[deviceObject], error) {
		return s.makeDevice(ctx, string(who(ctx).user), q.Body)
	}, operation("me", "create-my-device", "Makes a device of one's own, and tells its password once", own, http.StatusNotFound, http.StatusConflict), created)
	huma.Delete(a, mine+"/{device}", func(ctx context.Context, q *myDeviceRequest) (*struct{}, error) {
		return nil, s.dropDevice(ctx, mineOf(ctx, q))
	}, operation("me", "delete-my-device", "Deletes a device of one's own", own, gone...))
	huma.Post(a, mine+"/{device}/rotate-password", func(ctx context.Context, q *myDeviceRequest) (*objectAnswer[deviceObject], error) {
		return s.rotateDevice(ctx, mineOf(ctx, q))
	}, operation("me", "rotate-my-device-password", "Gives one's device another password, and tells it once", own, gone...))
}

func mineOf(ctx context.Context, q *myDeviceRequest) *deviceRequest {
	return &deviceRequest{ID: string(who(ctx).user), Device: q.Device, IfMatch: q.IfMatch}
}

func showDevice(d *provisioning.Device) deviceObject {
	_, realm, _ := strings.Cut(d.AOR, "@")
	return deviceObject{ID: string(d.ID), UserID: string(d.User), Kind: string(d.Kind), Username: d.Username, AOR: d.AOR, Realm: realm}
}

func devicesOf(st *provisioning.State, id routing.UserID) []deviceObject {
	out := []deviceObject{}
	for _, d := range st.Devices {
		if d.User == id {
			out = append(out, showDevice(d))
		}
	}
	return out
}

func (s *Server) listDevices(ctx context.Context, user string) (*listOf[deviceObject], error) {
	st, u, err := look[*provisioning.User](ctx, s, provisioning.KindUser, user)
	if err != nil {
		return nil, err
	}
	return asList(devicesOf(st, u.ID)), nil
}

// devicePassword makes one for a device, and puts what is kept of it into the device.
func (s *Server) devicePassword(d *provisioning.Device) string {
	realm := cmp.Or(s.cfg.Realm, provisioning.DefaultRealm)
	password := rand.Text()
	d.AOR = d.Username + "@" + realm
	d.HA1MD5, d.HA1SHA256 = provisioning.HA1(d.Username, realm, provisioning.Secret(password))
	return password
}

func (s *Server) makeDevice(ctx context.Context, user string, c deviceCreate) (*createdAnswer[deviceObject], error) {
	d := provisioning.Device{Kind: routing.DeviceKind(c.Kind), Username: c.Username}
	if d.Username == "" {
		d.Username = "d-" + strings.ToLower(rand.Text()[:12])
	}
	password := s.devicePassword(&d)
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		u, err := theirs[*provisioning.User](ctx, st, provisioning.KindUser, user)
		if err != nil {
			return nil, err
		}
		d.ID, d.Account, d.User = routing.DeviceID(routing.NewID(provisioning.KindDevice.Prefix(), time.Now())), u.Account, u.ID
		return st.Put(&d)
	})
	if err != nil {
		return nil, err
	}
	out := &createdAnswer[deviceObject]{ETag: etag(&d), Location: "/api/v1/users/" + string(d.User) + "/devices/" + string(d.ID), Body: showDevice(&d)}
	out.Body.Password = password
	return out, nil
}

// device finds a device of a user.
func device(ctx context.Context, st *provisioning.State, q *deviceRequest) (*provisioning.Device, error) {
	if _, err := theirs[*provisioning.User](ctx, st, provisioning.KindUser, q.ID); err != nil {
		return nil, err
	}
	d, err := theirs[*provisioning.Device](ctx, st, provisioning.KindDevice, q.Device)
	if err != nil || string(d.User) != q.ID {
		return nil, provisioning.NotFound(provisioning.KindDevice, q.Device)
	}
	return d, matches(q.IfMatch, d)
}

func (s *Server) dropDevice(ctx context.Context, q *deviceRequest) error {
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		d, err := device(ctx, st, q)
		if err != nil {
			return nil, err
		}
		return st.Delete(provisioning.KindDevice, string(d.ID))
	})
	return err
}

func (s *Server) rotateDevice(ctx context.Context, q *deviceRequest) (*objectAnswer[deviceObject], error) {
	var now provisioning.Device
	password := ""
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		d, err := device(ctx, st, q)
		if err != nil {
			return nil, err
		}
		now = *d
		password = s.devicePassword(&now)
		return st.Put(&now)
	})
	if err != nil {
		return nil, err
	}
	out := &objectAnswer[deviceObject]{ETag: etag(&now), Body: showDevice(&now)}
	out.Body.Password = password
	return out, nil
}
