import ChaosFleet
