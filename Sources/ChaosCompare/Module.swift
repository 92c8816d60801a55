// ChaosCompare
