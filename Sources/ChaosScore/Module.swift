// ChaosScore
