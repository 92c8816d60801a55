import ChaosNATS
