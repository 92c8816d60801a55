print("gauntlet-serve")
