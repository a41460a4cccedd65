package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/flow"
)

// dropOffDays is how far the drop-off of a flow looks back (SPEC F16).
const dropOffDays = 7

// liveNode is how many calls are in a node now.
type liveNode struct {
	Node  string   `json:"node"`
	Calls int      `json:"calls"`
	IDs   []string `json:"call_ids"`
}

// nodeTraffic is what calls did in a node.
type nodeTraffic struct {
	Node    string  `json:"node"`
	Entered int     `json:"entered" doc:"Calls that came to it."`
	Dropped int     `json:"dropped" doc:"Of them, those whose caller hung up in it."`
	Rate    float64 `json:"drop_rate" doc:"Dropped of entered: 0 to 1."`
}

type trafficAnswer struct {
	Body struct {
		Since string        `json:"since" format:"date-time"`
		Calls int           `json:"calls" doc:"That were looked at: the newest ones, of this flow, that are over."`
		Data  []nodeTraffic `json:"data"`
	}
}

func (s *Server) overlayAPI(a huma.API) {
	huma.Get(a, "/api/v1/flows/{id}/live", s.liveNodes,
		operation("flows", "get-flow-live", "Says how many calls are in each node now", provisioning.FlowsRead, http.StatusNotFound))
	huma.Get(a, "/api/v1/flows/{id}/drop-off", s.dropOff,
		operation("flows", "get-flow-drop-off", "Says in which nodes callers hung up in the last 7 days", provisioning.FlowsRead, http.StatusNotFound))
}

func (s *Server) liveNodes(ctx context.Context, q *idRequest) (*listOf[liveNode], error) {
	_, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	out := []liveNode{}
	place := map[string]int{}
	for _, l := range s.rooms.Switchboard.Live() {
		if l.Record.Flow.ID != string(f.ID) || l.Node == "" {
			continue
		}
		i, known := place[l.Node]
		if !known {
			i = len(out)
			place[l.Node] = i
			out = append(out, liveNode{Node: l.Node})
		}
		out[i].Calls++
		out[i].IDs = append(out[i].IDs, string(l.Record.ID))
	}
	return asList(out), nil
}

func (s *Server) dropOff(ctx context.Context, q *idRequest) (*trafficAnswer, error) {
	_, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	since := time.Now().Add(-dropOffDays * 24 * time.Hour)
	calls, err := s.rooms.Versions.FlowWalks(ctx, f.ID, since)
	if err != nil {
		return nil, s.failed(ctx, "read the walks of a flow", err)
	}
	out := &trafficAnswer{}
	out.Body.Since, out.Body.Calls, out.Body.Data = *stamp(since), len(calls), traffic(f, calls)
	return out, nil
}

// traffic counts the walks of calls, in the order of the flow's nodes; those that the flow has no more come last.
func traffic(f *provisioning.Flow, walks []provisioning.Walk) []nodeTraffic {
	at := map[string]int{}
	out := []nodeTraffic{}
	count := func(node string) *nodeTraffic {
		i, known := at[node]
		if !known {
			i = len(out)
			at[node] = i
			out = append(out, nodeTraffic{Node: node})
		}
		return &out[i]
	}
	if parsed, err := flow.Parse([]byte(f.Published)); err == nil {
		for _, id := range parsed.Order() {
			count(string(id))
		}
	}
	for _, w := range walks {
		seen := map[string]struct{}{}
		for _, node := range w.Nodes {
			if _, again := seen[node]; !again {
				count(node).Entered++
			}
			seen[node] = struct{}{}
		}
		if w.Dropped && len(w.Nodes) > 0 {
			count(w.Nodes[len(w.Nodes)-1]).Dropped++
		}
	}
	for i := range out {
		if out[i].Entered > 0 {
			out[i].Rate = float64(out[i].Dropped) / float64(out[i].Entered)
		}
	}
	return out
}
