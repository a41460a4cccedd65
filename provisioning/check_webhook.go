package provisioning

// checkWebhook asks the rules of webhooks.
func (s *State) checkWebhook(before, after *Webhook) Refusals { return nil }
