// ChaosSim
