package web

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

type infoAnswer struct{ Body Info }

func (s *Server) systemAPI(a huma.API) {
	huma.Get(a, "/api/v1/system/info", s.info, operation("system", "get-system-info", "Shows the running program", provisioning.SystemRead))
	s.doctorAPI(a)
	s.bansAPI(a)
}

func (s *Server) info(ctx context.Context, _ *struct{}) (*infoAnswer, error) {
	i, err := s.rooms.System.Info(ctx)
	if err != nil {
		return nil, s.failed(ctx, "system info", err)
	}
	return &infoAnswer{Body: i}, nil
}
