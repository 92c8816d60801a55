import ChaosHTTP
