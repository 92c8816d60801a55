import ChaosHold
