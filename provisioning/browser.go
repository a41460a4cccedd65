package provisioning

import "tandem/routing"

// BrowserDevice is the device of a kind that stands for a user's pages: it has no password, so that nothing but a page that the user is signed in to opens it.
// Nil: there is none yet.
func (s *State) BrowserDevice(u routing.UserID, k routing.DeviceKind) *Device {
	for _, d := range s.Devices {
		if d.User == u && d.Kind == k && d.HA1MD5 == "" && d.HA1SHA256 == "" {
			return d
		}
	}
	return nil
}
