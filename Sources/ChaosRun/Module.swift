// ChaosRun
