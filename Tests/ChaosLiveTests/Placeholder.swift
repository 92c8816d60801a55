import ChaosLive
