package provisioning

// Document is a record that is kept as JSON: nothing is ever joined on what it says. Its secrets are kept beside it, since they marshal to dots.
type Document interface {
	Record
	// Secrets are its fields that nobody may read, by name, for whoever keeps them.
	Secrets() map[string]*Secret
}

// NewDocument is an empty document of a kind; nil for the kinds that have a table of their own.
func NewDocument(k Kind) Document {
	switch k {
	case KindHours:
		return &WorkingHours{}
	case KindSpecialDate:
		return &SpecialDate{}
	case KindReason:
		return &Reason{}
	case KindTag:
		return &Tag{}
	case KindBlocked:
		return &BlockedNumber{}
	case KindContact:
		return &Contact{}
	case KindWebhook:
		return &Webhook{}
	case KindKey:
		return &Key{}
	case KindOperator:
		return &Operator{}
	case KindConnector:
		return &Connector{}
	case KindAccount, KindUser, KindDevice, KindTeam, KindTrunk, KindFlow, KindNumber, KindAudio:
	}
	return nil
}
