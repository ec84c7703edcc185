package nlu

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Many trials must outweigh the prior, wherever it starts: an undamped Newton step runs away here.
func TestLogisticFindsTheTruth(t *testing.T) {
	truth := calibration{evidence{-0.5, 1, 3}}
	rng := rand.New(rand.NewPCG(1, 2))
	var trials []trial
	for range 20_000 {
		e := evidence{1, rng.NormFloat64(), rng.Float64()}
		trials = append(trials, trial{0, e, rng.Float64() < truth.probability(e), 1})
	}
	prior, _ := priors()
	for _, prior := range []calibration{prior, {}, {evidence{50, -50, 50}}} {
		got := logistic(trials, prior)
		for i, w := range got.weights {
			if math.Abs(w-truth.weights[i]) > 0.2 {
				t.Errorf("from %v: weights %v; want about %v", prior.weights, got.weights, truth.weights)
				break
			}
		}
	}
}

func TestLogisticKeepsThePriorWithoutTrials(t *testing.T) {
	prior, _ := priors()
	if got := logistic(nil, prior); got != prior {
		t.Errorf("weights %v; want the prior's", got.weights)
	}
}

// Perfectly separable trials have no finite best fit; the penalty must give them one.
func TestLogisticSurvivesSeparableTrials(t *testing.T) {
	var trials []trial
	for range 500 {
		trials = append(trials, trial{0, evidence{1, 1, 1}, true, 1}, trial{0, evidence{1, -1, 0}, false, 1})
	}
	prior, _ := priors()
	got := logistic(trials, prior)
	if p := got.probability(evidence{1, 1, 1}); p < 0.95 || math.IsNaN(p) {
		t.Errorf("the clear case gets %v, weights %v", p, got.weights)
	}
	if p := got.probability(evidence{1, -1, 0}); p > 0.05 || math.IsNaN(p) {
		t.Errorf("the hopeless case gets %v, weights %v", p, got.weights)
	}
}

// The threshold must reject the asked share of valid trials.
func TestQuantile(t *testing.T) {
	var trials []trial
	for i := range 100 {
		trials = append(trials, trial{evidence: evidence{3: float64(99 - i)}})
	}
	f := func(share, want float64) {
		t.Helper()
		if got := quantile(trials, share); got != want {
			t.Errorf("quantile(%v) = %v; want %v", share, got, want)
		}
	}
	f(0, 5) // the default
	f(0.02, 2)
	f(0.10, 10)
	f(1, 99)
	if got := quantile(nil, 0.05); !math.IsInf(got, -1) {
		t.Errorf("quantile of nothing = %v; want -Inf", got)
	}
}
