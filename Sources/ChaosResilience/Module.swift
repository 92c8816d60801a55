// ChaosResilience
