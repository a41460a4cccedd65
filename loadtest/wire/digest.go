package wire

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
)

// Credentials is what a phone registers with.
type Credentials struct{ Realm, Username, Password string }

// MD5Challenge picks the challenge that asks for MD5, as its parameters.
func MD5Challenge(all []string) map[string]string {
	re := regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^\s,"]+))`)
	for _, v := range all {
		params := map[string]string{}
		for _, m := range re.FindAllStringSubmatch(v, -1) {
			params[m[1]] = m[2] + m[3]
		}
		if a := params["algorithm"]; a == "" || a == "MD5" {
			return params
		}
	}
	return nil
}

// Authorization answers a challenge for a request to target; the value of an Authorization or Proxy-Authorization header.
func Authorization(c map[string]string, method, target string, who Credentials) string {
	ha1 := md5hex(who.Username + ":" + c["realm"] + ":" + who.Password)
	ha2 := md5hex(method + ":" + target)
	response := md5hex(ha1 + ":" + c["nonce"] + ":" + ha2)
	qop := ""
	if c["qop"] != "" {
		response = md5hex(ha1 + ":" + c["nonce"] + ":00000001:phone:auth:" + ha2)
		qop = `, qop=auth, nc=00000001, cnonce="phone"`
	}
	return fmt.Sprintf("Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=MD5%s",
		who.Username, c["realm"], c["nonce"], target, response, qop)
}

func md5hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
