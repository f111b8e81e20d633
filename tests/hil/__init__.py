"""The lines and the wires behind them, one suite for three benches: simulated, QEMU, metal."""
