// ChaosPlan
