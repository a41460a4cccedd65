package routing

import (
	"math"

	"tandem/media"
	"tandem/media/prompt"
)

// softTone plays to a party whose partner's page is away: quiet, and unlike the music of a hold, so that nobody hangs up and nobody thinks of a queue.
func (c *call) softTone(l *leg) {
	c.plays++
	l.voice.Play(media.Play{ID: media.PlayID(c.plays), Prompts: []*prompt.Prompt{c.sw.soft}, Loop: true})
}

// newSoftTone makes the tone: 150 ms every two seconds, swelling and fading.
func newSoftTone() *prompt.Prompt {
	const (
		pitch  = 520.0 // Hz
		sound  = prompt.Rate * 15 / 100
		whole  = prompt.Rate * 2
		height = 1800.0 // of 32,767: about -25 dB
	)
	pcm := make([]int16, whole)
	for i := range sound {
		swell := math.Sin(math.Pi * float64(i) / sound)
		pcm[i] = int16(height * swell * math.Sin(2*math.Pi*pitch*float64(i)/prompt.Rate))
	}
	return prompt.FromPCM("soft_tone", pcm)
}
