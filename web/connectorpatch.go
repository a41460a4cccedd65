package web

import (
	"tandem/provisioning"
	"tandem/routing"
)

// ConnectorPatch is what a connector can be told (exported: the framework passes over embedded fields that are not); secrets are told and never shown.
type ConnectorPatch struct {
	Name      optional[string]    `json:"name,omitzero"`
	Role      optional[string]    `json:"role,omitzero"`
	Operator  optional[string]    `json:"operator_id,omitzero"`
	Trunk     optional[string]    `json:"trunk_id,omitzero"`
	Centre    optional[string]    `json:"centre,omitzero"`
	Country   optional[string]    `json:"country,omitzero"`
	InDoubt   optional[string]    `json:"in_doubt,omitzero"`
	Window    optional[int]       `json:"window,omitzero"`
	Rate      optional[float64]   `json:"rate,omitzero"`
	Keep      optional[float64]   `json:"keep_seconds,omitzero"`
	Emergency optional[bool]      `json:"emergency,omitzero"`
	Numbers   optional[[]string]  `json:"number_ids,omitzero"`
	Disabled  optional[bool]      `json:"disabled,omitzero"`
	Password  optional[string]    `json:"password,omitzero"`
	Token     optional[string]    `json:"token,omitzero"`
	SMPP      optional[smppPatch] `json:"smpp,omitzero"`
	HTTP      optional[httpPatch] `json:"http,omitzero"`
}

type smppPatch struct {
	Address     optional[string]   `json:"address,omitzero"`
	TLS         optional[bool]     `json:"tls,omitzero"`
	Authority   optional[string]   `json:"authority,omitzero"`
	SystemID    optional[string]   `json:"system_id,omitzero"`
	SystemType  optional[string]   `json:"system_type,omitzero"`
	Bind        optional[string]   `json:"bind,omitzero"`
	Binds       optional[int]      `json:"binds,omitzero"`
	ServiceType optional[string]   `json:"service_type,omitzero"`
	Default     optional[string]   `json:"default,omitzero"`
	Long        optional[string]   `json:"long,omitzero"`
	Enquire     optional[float64]  `json:"enquire_seconds,omitzero"`
	Patience    optional[float64]  `json:"patience_seconds,omitzero"`
	Sources     optional[[]string] `json:"sources,omitzero"`
}

type httpPatch struct {
	Send    optional[httpRequest] `json:"send,omitzero"`
	Sent    optional[httpReading] `json:"sent,omitzero"`
	Inbound optional[httpReading] `json:"inbound,omitzero"`
	Receipt optional[httpReading] `json:"receipt,omitzero"`
	Answer  optional[string]      `json:"answer,omitzero"`
	Sign    optional[httpSign]    `json:"sign,omitzero"`
	Key     optional[bool]        `json:"key,omitzero"`
}

// ConnectorCreate is what a connector is made of.
type ConnectorCreate struct {
	ConnectorPatch

	Kind   string         `json:"kind" enum:"smpp,smpp_server,http,sip,ims"`
	Shared optional[bool] `json:"shared,omitzero" doc:"true: of all accounts; only for who may see them all."`
}

// changeConnector puts into a connector what was sent.
func changeConnector(c *provisioning.Connector, p ConnectorPatch) (*provisioning.Connector, error) {
	next := *c
	is := &next.Settings
	p.Name.set(&next.Name)
	next.Name = provisioning.Clean(next.Name)
	usual := provisioning.NewConnector(c.ID, is.Kind)
	setWordOr(p.Role, &is.Role, usual.Settings.Role)
	setWordOr(p.InDoubt, &is.InDoubt, usual.Settings.InDoubt)
	setWord(p.Operator, &is.Operator)
	setWord(p.Trunk, &is.Trunk)
	setWord(p.Password, &next.Password)
	setWord(p.Token, &next.Token)
	p.Centre.set(&is.Centre)
	p.Country.set(&is.Country)
	p.Window.set(&is.Window)
	p.Rate.set(&is.Rate)
	setTime(p.Keep, &is.Keep)
	p.Emergency.set(&is.Emergency)
	p.Disabled.set(&is.Disabled)
	if p.Numbers.Sent {
		is.Numbers = idsOf[routing.NumberID](p.Numbers.Value)
	}
	if p.SMPP.Sent {
		is.SMPP = changeSMPP(is.SMPP, &p.SMPP)
	}
	if p.HTTP.Sent {
		is.HTTP = changeHTTP(is.HTTP, &p.HTTP)
	}
	return &next, nil
}

// setWordOr is setWord, where null is what most have.
func setWordOr[S ~string](sent optional[string], to *S, usual S) {
	setWord(sent, to)
	if sent.Null {
		*to = usual
	}
}

// changeSMPP puts into how a connector speaks SMPP what was sent; null is nothing.
func changeSMPP(before *provisioning.SMPPSettings, sent *optional[smppPatch]) *provisioning.SMPPSettings {
	if sent.Null {
		return nil
	}
	next, p := provisioning.SMPPSettings{}, &sent.Value
	if before != nil {
		next = *before
	}
	p.Address.set(&next.Address)
	p.TLS.set(&next.TLS)
	p.Authority.set(&next.Authority)
	p.SystemID.set(&next.SystemID)
	p.SystemType.set(&next.SystemType)
	setWord(p.Bind, &next.Bind)
	p.Binds.set(&next.Binds)
	p.ServiceType.set(&next.ServiceType)
	p.Default.set(&next.Default)
	setWord(p.Long, &next.Long)
	setTime(p.Enquire, &next.Enquire)
	setTime(p.Patience, &next.Patience)
	p.Sources.set(&next.Sources)
	return &next
}

// changeHTTP puts into how a connector speaks HTTP what was sent; null is nothing.
func changeHTTP(before *provisioning.HTTPSettings, sent *optional[httpPatch]) *provisioning.HTTPSettings {
	if sent.Null {
		return nil
	}
	next, p := provisioning.HTTPSettings{}, &sent.Value
	if before != nil {
		next = *before
	}
	if p.Send.Sent {
		next.Send = provisioning.HTTPTemplate(p.Send.Value)
	}
	for _, r := range []struct {
		sent *optional[httpReading]
		to   *provisioning.HTTPReading
	}{{&p.Sent, &next.Sent}, {&p.Inbound, &next.Inbound}, {&p.Receipt, &next.Receipt}} {
		if r.sent.Sent {
			*r.to = provisioning.HTTPReading(r.sent.Value)
		}
	}
	p.Answer.set(&next.Answer)
	if p.Sign.Sent {
		next.Sign = provisioning.HTTPSign(p.Sign.Value)
	}
	p.Key.set(&next.Key)
	return &next
}
