package media

import "trunkline/media/internal/shard"

type process struct{}

func (p *process) take(e *Engine, l *lane, n *shard.Notice) {}
func (p *process) close(e *Engine)                          {}
