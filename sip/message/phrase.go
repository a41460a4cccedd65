package message

// Phrase is the reason phrase of a status as the RFCs have it; a status that is not in the list gets that of its class.
func Phrase(status int) string {
	switch status / 100 {
	case 1:
		return provisional(status)
	case 2:
		return success(status)
	case 3:
		return redirection(status)
	case 4:
		return requestFailure(status)
	case 5:
		return serverFailure(status)
	default:
		return globalFailure(status)
	}
}

func provisional(status int) string {
	switch status {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 181:
		return "Call Is Being Forwarded"
	case 182:
		return "Queued"
	case 183:
		return "Session Progress"
	default:
		return "Progress"
	}
}

func success(status int) string {
	switch status {
	case 200:
		return "OK"
	case 202:
		return "Accepted"
	case 204:
		return "No Notification"
	default:
		return "OK"
	}
}

func redirection(status int) string {
	switch status {
	case 300:
		return "Multiple Choices"
	case 301:
		return "Moved Permanently"
	case 302:
		return "Moved Temporarily"
	case 305:
		return "Use Proxy"
	case 380:
		return "Alternative Service"
	default:
		return "Redirection"
	}
}

func requestFailure(status int) string {
	const first = 400
	phrases := [...]string{
		400 - first: "Bad Request",
		401 - first: "Unauthorized",
		402 - first: "Payment Required",
		403 - first: "Forbidden",
		404 - first: "Not Found",
		405 - first: "Method Not Allowed",
		406 - first: "Not Acceptable",
		407 - first: "Proxy Authentication Required",
		408 - first: "Request Timeout",
		410 - first: "Gone",
		413 - first: "Request Entity Too Large",
		414 - first: "Request-URI Too Long",
		415 - first: "Unsupported Media Type",
		416 - first: "Unsupported URI Scheme",
		420 - first: "Bad Extension",
		421 - first: "Extension Required",
		422 - first: "Session Interval Too Small",
		423 - first: "Interval Too Brief",
		428 - first: "Use Identity Header",
		429 - first: "Provide Referrer Identity",
		430 - first: "Flow Failed",
		433 - first: "Anonymity Disallowed",
		436 - first: "Bad Identity-Info",
		437 - first: "Unsupported Certificate",
		438 - first: "Invalid Identity Header",
		439 - first: "First Hop Lacks Outbound Support",
		469 - first: "Bad Info Package",
		480 - first: "Temporarily Unavailable",
		481 - first: "Call/Transaction Does Not Exist",
		482 - first: "Loop Detected",
		483 - first: "Too Many Hops",
		484 - first: "Address Incomplete",
		485 - first: "Ambiguous",
		486 - first: "Busy Here",
		487 - first: "Request Terminated",
		488 - first: "Not Acceptable Here",
		489 - first: "Bad Event",
		491 - first: "Request Pending",
		493 - first: "Undecipherable",
		494 - first: "Security Agreement Required",
	}
	if i := status - first; i < len(phrases) && phrases[i] != "" {
		return phrases[i]
	}
	return "Request Failure"
}

func serverFailure(status int) string {
	switch status {
	case 500:
		return "Server Internal Error"
	case 501:
		return "Not Implemented"
	case 502:
		return "Bad Gateway"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Server Time-out"
	case 505:
		return "Version Not Supported"
	case 513:
		return "Message Too Large"
	case 580:
		return "Precondition Failure"
	default:
		return "Server Failure"
	}
}

func globalFailure(status int) string {
	switch status {
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	case 604:
		return "Does Not Exist Anywhere"
	case 606:
		return "Not Acceptable"
	case 607:
		return "Unwanted"
	case 608:
		return "Rejected"
	default:
		return "Global Failure"
	}
}
