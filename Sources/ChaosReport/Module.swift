// ChaosReport
